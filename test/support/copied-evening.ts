import { cp } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { CrashStage } from './crash-stage.js';
import { logFile } from './log-damage.js';
import { recordEvening } from './recorded-evening.js';

/** What a test may damage. */
export interface CopiedEvening {
  readonly stage: CrashStage;
  /** Its log. */
  readonly file: string;
}

/** Has these tracks recorded once for all tests of a file; each of them finds a stage of its own with a copy. */
export function copiedEvening(tracks: readonly string[]): CopiedEvening {
  let evening: CrashStage;
  let stage: CrashStage;
  beforeAll(async () => {
    evening = await CrashStage.set();
    await recordEvening(evening, tracks);
  });
  afterAll(() => evening.clear());
  beforeEach(async () => {
    stage = await CrashStage.set();
    await cp(evening.dataDir, stage.dataDir, { recursive: true });
  });
  afterEach(() => stage.clear());
  return {
    get stage() {
      return stage;
    },
    get file() {
      return logFile(stage.dataDir);
    },
  };
}

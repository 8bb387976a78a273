import { randomBytes } from 'node:crypto';
import { cp, readFile, truncate, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CrashStage } from '../support/crash-stage.js';
import { damageLog, logFile } from '../support/log-damage.js';
import { recordEvening } from '../support/recorded-evening.js';

let evening: CrashStage;
let stage: CrashStage;
let file: string;
beforeAll(async () => {
  evening = await CrashStage.set();
  await recordEvening(evening, ['live/one', 'live/two']);
});
afterAll(async () => {
  await evening.clear();
});
beforeEach(async () => {
  stage = await CrashStage.set();
  file = logFile(stage.dataDir);
  await cp(evening.dataDir, stage.dataDir, { recursive: true });
});
afterEach(async () => {
  await stage.clear();
});

describe('a log file that cannot be trusted', () => {
  it('when half of it is gone keeps the service from starting, which names the file', async () => {
    const { length } = await readFile(file);
    await truncate(file, Math.floor(length / 2));
    const refused = await stage.serveRefused();
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain(`${file} is damaged`);
    expect(refused.stderr).toMatch(/last good positions|no track in it can be read/);
  });

  it('with its first page overwritten, keeps the service from starting', async () => {
    const bytes = await readFile(file);
    randomBytes(4_096).copy(bytes);
    await writeFile(file, bytes);
    const refused = await stage.serveRefused();
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain(`${file} is damaged`);
  });

  it('that went through an unknown migration is refused', async () => {
    damageLog(stage.dataDir, `INSERT INTO kysely_migration (name, timestamp) VALUES ('0999-of-tomorrow', '')`);
    const refused = await stage.serveRefused();
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('0999-of-tomorrow');
  });
});

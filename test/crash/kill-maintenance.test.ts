import { afterEach, describe, expect, it } from '@jest/globals';
import { newDataDir, removeDataDirs } from '../event-log/sample-log.js';
import { killWhileBackingUp, killWhileRetaining, killWhileSealing } from '../support/kill-maintenance.js';

afterEach(removeDataDirs);

describe('SIGKILL', () => {
  it('while segments are cut and sealed loses nothing', async () => {
    expect(await killWhileSealing(newDataDir(), 1)).toEqual([]);
  });

  it('during a backup leaves no half copy', async () => {
    expect(await killWhileBackingUp(newDataDir(), newDataDir(), 3)).toEqual([]);
  });

  it('during retention leaves a log in order, and the next call ends it', async () => {
    expect(await killWhileRetaining(newDataDir(), 4)).toEqual([]);
  });
});

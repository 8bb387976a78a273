import { afterEach, describe, expect, it } from '@jest/globals';
import { newDataDir, removeDataDirs } from '../event-log/sample-log.js';
import { killWhileBackingUp, killWhileRetaining, killWhileSealing } from '../support/kill-maintenance.js';

const SEEDS = Array.from({ length: 10 }, (_, index) => 101 + index);

afterEach(removeDataDirs);

describe('SIGKILL at ten instants and more', () => {
  it.each([2, ...SEEDS])('while segments are cut and sealed: seed %i', async (seed) => {
    expect(await killWhileSealing(newDataDir(), seed)).toEqual([]);
  });

  it.each(SEEDS)('during a backup: seed %i', async (seed) => {
    expect(await killWhileBackingUp(newDataDir(), newDataDir(), seed)).toEqual([]);
  });

  it.each(SEEDS)('during retention: seed %i', async (seed) => {
    expect(await killWhileRetaining(newDataDir(), seed)).toEqual([]);
  });
});

import { expect } from '@jest/globals';
import type { KillFindings } from './kill-in-the-churn.js';

/** What `kill -9` may never change, whatever the instant. */
export function expectKillSurvived({ audience, verified, restarts, faults, told, folded }: KillFindings): void {
  expect(audience.summary?.first_violations ?? audience.stderr).toEqual([]);
  expect(audience.exitCode).toBe(0);
  expect(audience.summary?.positions).toMatchObject({ missing: 0, wrong: 0, moves_unexplained: 0 });
  expect(audience.summary?.resumes).toBeGreaterThan(0);
  expect(verified).toMatchObject({ exitCode: 0 });
  expect(restarts).toBe(1);
  expect(faults).toEqual([]);
  expect(told).toEqual(folded);
}

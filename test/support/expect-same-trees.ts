import { expect } from '@jest/globals';
import type { Recording } from './tree-recorder.js';

/** The service and its log must say the same of every position, to the byte. */
export function expectSameTrees({ trees, withLiveness, restarts }: Recording, kills: number): void {
  expect(restarts).toBe(kills);
  for (const { told, folded, foldedWithoutSnapshots, overdueTooEarly } of [...trees, ...withLiveness]) {
    expect(folded).toBe(told);
    expect(foldedWithoutSnapshots).toBe(told);
    expect(overdueTooEarly).toEqual([]);
  }
}

/** Positions that were looked at, each once. */
export function positionsOf(answers: Recording['trees']): number {
  return new Set(answers.map(({ position }) => position)).size;
}

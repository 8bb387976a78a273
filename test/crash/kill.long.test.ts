import { describe, it } from '@jest/globals';
import { expectKillSurvived } from '../support/expect-kill-survived.js';
import { killInTheChurn } from '../support/kill-in-the-churn.js';

const SEEDS = Array.from({ length: 20 }, (_, index) => 101 + index);

describe('a service killed in the middle of a large churning audience', () => {
  it.each(SEEDS)('keeps every acknowledged event and every place: instant of seed %i', async (seed) => {
    expectKillSurvived(await killInTheChurn({ seed, peers: 500 }));
  });
});

describe('a service killed in the middle of a churning audience', () => {
  it.each([2, 3])('keeps every acknowledged event and every place: instant of seed %i', async (seed) => {
    expectKillSurvived(await killInTheChurn({ seed, peers: 150 }));
  });
});

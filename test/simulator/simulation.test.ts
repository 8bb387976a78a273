import { describe, expect, it } from '@jest/globals';
import { CONTENDERS, runScenario, type Contender } from '../../src/simulator/policies.js';
import type { Scenario } from '../../src/simulator/scenario.js';
import { SCENARIOS } from '../../src/simulator/scenarios.js';

const contender = (name: string): Contender => CONTENDERS.find((candidate) => candidate.name === name)!;

/** A small event that has all there is: churn, silent leaves, free-riders, tight limits. */
const small: Scenario = {
  name: 'small',
  runMs: 1_200_000,
  measureFromMs: 300_000,
  arrivals: [
    { kind: 'steady', viewers: 80, afterMs: 600_000 },
    { kind: 'flash', viewers: 60, atMs: 600_000, withinMs: 10_000 },
  ],
  sessions: { kind: 'lognormal', mu: 5.5, sigma: 2 },
  capacities: [
    { from: 0, to: 0, share: 40 },
    { from: 1, to: 3, share: 60 },
  ],
  limits: { rootPeerCount: 3, maxChildren: 3, maxDepth: 4 },
  silentShare: 0.3,
  freeRiderShare: 0.05,
};

describe('a simulated run', () => {
  it.each(['resilient', 'shallowest', 'random', 'longest-first', 'minimum-depth', 'lvqr-unrepaired'])(
    'of %s is the same whenever it is made',
    (name) => {
      const first = runScenario(small, contender(name), 7);
      expect(runScenario(small, contender(name), 7)).toEqual(first);
      expect(runScenario(small, contender(name), 8).stateHash).not.toBe(first.stateHash);
    },
  );

  it('depends on its seed in the same way for ever', () => {
    const hashes = CONTENDERS.map(
      ({ name }) => `${name} ${runScenario(small, contender(name), 1).stateHash.slice(0, 16)}`,
    );
    expect(hashes).toMatchInlineSnapshot(`
     [
       "resilient 12cdf5c427120324",
       "shallowest 177d386608663d87",
       "random cf8730a5b3e99038",
       "longest-first ffa230694f1a7238",
       "minimum-depth 74ca4520130913c9",
       "lvqr-unrepaired 1d2f64553924432b",
     ]
    `);
  });

  it('meets the same audience under every policy', () => {
    const joins = CONTENDERS.map((policy) => runScenario(small, policy, 3).joins);
    expect(new Set(joins).size).toBe(1);
  });

  it.each(['resilient', 'shallowest', 'random', 'longest-first', 'minimum-depth'])(
    'of %s breaks no rule at any event',
    (name) => {
      for (const seed of [1, 2, 3])
        expect(runScenario(small, contender(name), seed, { check: true }).violations).toBe(0);
    },
  );

  it('brings about as many viewers online as the scenario says', () => {
    const scenario = SCENARIOS.find(({ name }) => name === 'E2k')!;
    const { joins } = runScenario({ ...scenario, runMs: 3_600_000 }, contender('shallowest'), 1);
    // 1,000 viewers after an hour whose sessions end with a mean of 784 s inside it: 3,600 / 784 x 1,000 joins.
    expect(joins).toBeGreaterThan(4_300);
    expect(joins).toBeLessThan(4_900);
  });
});

import { DEPTH_MAX } from '../domain/limits.js';
import type { CapacityShare, Scenario } from './scenario.js';

const MINUTE_MS = 60_000;
const exactly = (capacity: number, share: number): CapacityShare => ({ from: capacity, to: capacity, share });

const MIXED = [exactly(0, 30), exactly(1, 20), exactly(2, 20), exactly(3, 30)];

/** A live event of PLANNER.md: empty start, 10,000 viewers after an hour, two hours, the last 100 minutes measured. */
const EVENT: Omit<Scenario, 'name'> = {
  runMs: 120 * MINUTE_MS,
  measureFromMs: 20 * MINUTE_MS,
  arrivals: [{ kind: 'steady', viewers: 10_000, afterMs: 60 * MINUTE_MS }],
  sessions: { kind: 'lognormal', mu: 5.5, sigma: 2 },
  capacities: MIXED,
  limits: { rootPeerCount: 30, maxChildren: 3, maxDepth: 6 },
  silentShare: 0.2,
  freeRiderShare: 0,
};

/** The scenarios every policy is measured in. */
export const SCENARIOS: readonly Scenario[] = [
  {
    ...EVENT,
    name: 'E1p',
    // The mix of the study this scenario follows (Sripanidkulchai et al., SIGCOMM 2004).
    capacities: [
      exactly(0, 49.3),
      exactly(1, 18.7),
      exactly(2, 8.4),
      { from: 3, to: 19, share: 5.2 },
      exactly(20, 6.8),
    ],
    limits: { rootPeerCount: 20, maxChildren: 20, maxDepth: DEPTH_MAX },
  },
  { ...EVENT, name: 'E2' },
  { ...EVENT, name: 'E2k', arrivals: [{ kind: 'steady', viewers: 1_000, afterMs: 60 * MINUTE_MS }] },
  { ...EVENT, name: 'E3', capacities: [exactly(3, 100)] },
  {
    ...EVENT,
    name: 'E4',
    capacities: [exactly(0, 50), exactly(1, 15), exactly(2, 15), exactly(3, 20)],
    limits: { rootPeerCount: 300, maxChildren: 3, maxDepth: 6 },
  },
  { ...EVENT, name: 'E6', freeRiderShare: 0.05 },
  {
    ...EVENT,
    name: 'S5',
    runMs: 30 * MINUTE_MS,
    // Measured from the flash on: from minute 20 nothing of it would be seen.
    measureFromMs: 10 * MINUTE_MS,
    arrivals: [
      { kind: 'steady', viewers: 500, afterMs: 10 * MINUTE_MS },
      { kind: 'flash', viewers: 9_500, atMs: 10 * MINUTE_MS, withinMs: MINUTE_MS },
    ],
  },
];

/** @returns null for an unknown name. */
export function scenarioNamed(name: string): Scenario | null {
  return SCENARIOS.find((scenario) => scenario.name === name) ?? null;
}

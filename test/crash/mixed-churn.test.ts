import { it } from '@jest/globals';
import { expectChurnSurvived, mixedChurn } from '../support/mixed-churn.js';

/** A few seconds, unless the machine is busy with something else. */
const RUN_MS_MAX = 150_000;

it(
  'viewers of both wires stand where the tree has them after churn and a kill, and leave no session behind',
  async () => {
    expectChurnSurvived(await mixedChurn({ seed: 1, perWire: 12, churnMs: 3_000, heartbeatTimeoutMs: 3_000 }), 12);
  },
  RUN_MS_MAX,
);

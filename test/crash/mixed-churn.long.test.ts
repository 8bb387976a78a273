import { it } from '@jest/globals';
import { expectChurnSurvived, mixedChurn } from '../support/mixed-churn.js';

it('200 viewers over each wire stand where the tree has them after a minute of churn with a kill', async () => {
  expectChurnSurvived(await mixedChurn({ seed: 2, perWire: 200, churnMs: 60_000, heartbeatTimeoutMs: 10_000 }), 200);
});

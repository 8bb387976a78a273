import { describe, it } from '@jest/globals';
import { expectKillSurvived } from '../support/expect-kill-survived.js';
import { killInTheChurn } from '../support/kill-in-the-churn.js';

/** Ten seconds each, unless the machine is busy with something else. */
const RUN_MS_MAX = 150_000;

describe('a service killed in the middle of a churning audience', () => {
  it(
    'keeps every acknowledged event and every place: one instant here, many in the long tests',
    async () => {
      expectKillSurvived(await killInTheChurn({ seed: 1, peers: 150 }));
    },
    RUN_MS_MAX,
  );
});

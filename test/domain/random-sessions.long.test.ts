import { describe, it } from '@jest/globals';
import fc from 'fast-check';
import { expectSameParentsAsLinearScan } from '../support/linear-scan-session.js';
import { commandPlan, trackSettings } from '../support/random-commands.js';
import {
  both,
  expectOrderedLog,
  expectSameTreeFromLog,
  nothingInSilence,
  retryIsSafe,
  runSession,
  soundAtEveryEvent,
  splitPoints,
} from '../support/tree-properties.js';

/** On a busy machine this takes a while. */
const TIMEOUT_MS = 1_800_000;
const plans = fc.array(commandPlan, { maxLength: 200, size: 'max' });

describe('whatever peers and operators do for long', () => {
  it(
    'every property of a session holds',
    () => {
      const checks = both(soundAtEveryEvent, nothingInSilence, retryIsSafe);
      fc.assert(
        fc.property(trackSettings, plans, splitPoints, (settings, session, splits) => {
          runSession(settings, session, checks);
          const done = runSession(settings, session);
          expectOrderedLog(done);
          expectSameTreeFromLog(done, splits);
        }),
        { numRuns: 10_000 },
      );
    },
    TIMEOUT_MS,
  );

  it(
    'every peer has the parent that a plain search through all peers finds',
    () => {
      fc.assert(fc.property(trackSettings, plans, expectSameParentsAsLinearScan), { numRuns: 10_000 });
    },
    TIMEOUT_MS,
  );
});

import { describe, it } from '@jest/globals';
import fc from 'fast-check';
import { doubtingPlan, resilientSettings } from '../support/random-commands.js';
import {
  expectOrderedLog,
  expectSameTreeFromLog,
  nothingInSilence,
  retryIsSafe,
  runSession,
  soundAtEveryEvent,
  splitPoints,
} from '../support/tree-properties.js';

const plans = fc.array(doubtingPlan, { maxLength: 60 });
const RUNS = { numRuns: 300 };

describe('whatever happens under the policy resilient', () => {
  it('the tree is sound at every event, and nobody waits beside a free slot', () => {
    fc.assert(
      fc.property(
        resilientSettings,
        plans,
        (settings, session) => void runSession(settings, session, soundAtEveryEvent),
      ),
      RUNS,
    );
  });

  it('nobody is lost or moved without an event that says so and why', () => {
    fc.assert(
      fc.property(
        resilientSettings,
        plans,
        (settings, session) => void runSession(settings, session, nothingInSilence),
      ),
      RUNS,
    );
  });

  it('a retry gives the same answer and no second event', () => {
    fc.assert(
      fc.property(resilientSettings, plans, (settings, session) => void runSession(settings, session, retryIsSafe)),
      RUNS,
    );
  });

  it('the log alone gives the tree that was live, from whatever point it is taken up', () => {
    fc.assert(
      fc.property(resilientSettings, plans, splitPoints, (settings, session, splits) => {
        const done = runSession(settings, session);
        expectOrderedLog(done);
        expectSameTreeFromLog(done, splits);
      }),
      RUNS,
    );
  });
});

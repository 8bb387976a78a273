import fc from 'fast-check';
import { noCapacityStarves, movesAreBounded, surplusOnlyShrinks } from './planner-properties.js';
import { configuringPlan, crowdedPlans, resilientSettings, roomySettings, trackSettings } from './random-commands.js';
import {
  both,
  expectOrderedLog,
  expectSameTreeFromLog,
  nothingInSilence,
  retryIsSafe,
  runSession,
  soundAtEveryEvent,
  type StepChecks,
  splitPoints,
} from './tree-properties.js';

const anySettings = fc.oneof(trackSettings, resilientSettings);
const plans = fc.array(configuringPlan, { maxLength: 60 });

/** Sessions under both policies, with every command there is, whose rules change meanwhile. */
export function assertForSessions(checks: () => StepChecks, numRuns: number): void {
  fc.assert(
    fc.property(anySettings, plans, (settings, session) => void runSession(settings, session, checks())),
    { numRuns },
  );
}

/** The same, where limits are lowered over a crowd, so that the surplus lasts for several commands. */
export function assertForCrowds(checks: () => StepChecks, numRuns: number): void {
  fc.assert(
    fc.property(roomySettings, crowdedPlans, (settings, session) => void runSession(settings, session, checks())),
    { numRuns },
  );
}

/** The log of such a session gives the tree that was live. */
export function assertSameTreeFromLog(numRuns: number): void {
  const sessions = fc.oneof(fc.tuple(anySettings, plans), fc.tuple(roomySettings, crowdedPlans));
  fc.assert(
    fc.property(sessions, splitPoints, ([settings, session], splits) => {
      const done = runSession(settings, session);
      expectOrderedLog(done);
      expectSameTreeFromLog(done, splits);
    }),
    { numRuns },
  );
}

export const everyRule = (): StepChecks => both(soundAtEveryEvent, nothingInSilence, retryIsSafe);
export const everyBound = (): StepChecks => both(surplusOnlyShrinks(), movesAreBounded, noCapacityStarves);

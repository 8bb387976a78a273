import { expect } from '@jest/globals';
import fc from 'fast-check';
import { evolve, fold } from '../../src/domain/evolve.js';
import { RelayTree } from '../../src/domain/relay-tree.js';
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

/**
 * Who is next is listed when it is first asked, and kept up to date from then on: it must be the same whoever asked before, and when.
 */
export function assertSameTurnsWheneverAsked(numRuns: number): void {
  const sessions = fc.oneof(fc.tuple(anySettings, plans), fc.tuple(roomySettings, crowdedPlans));
  fc.assert(
    fc.property(sessions, fc.integer({ min: 1, max: 9 }), ([settings, session], between) => {
      const { log, tree } = runSession(settings, session);
      const asked = new RelayTree();
      for (const [index, event] of log.entries()) {
        evolve(asked, event);
        if (index % between === 0) expect(turnsIn(asked)).toEqual(turnsIn(fold(log.slice(0, index + 1))));
      }
      expect(turnsIn(asked)).toEqual(turnsIn(tree));
    }),
    { numRuns },
  );
}

function turnsIn(tree: RelayTree): object {
  return {
    unplaced: tree.nextUnplaced()?.number,
    unplacedCount: tree.unplacedCount,
    waiting: tree.nextWaiting()?.number,
    mostSpare: tree.mostSpareWaiting()?.number,
    waitingTops: tree.waitingTops.map(({ number }) => number).sort((one, other) => one - other),
  };
}

export const everyRule = (): StepChecks => both(soundAtEveryEvent, nothingInSilence, retryIsSafe);
export const everyBound = (): StepChecks => both(surplusOnlyShrinks(), movesAreBounded, noCapacityStarves);

import { describe, it } from '@jest/globals';
import { noCapacityStarves, movesAreBounded, surplusOnlyShrinks } from '../support/planner-properties.js';
import {
  assertForCrowds,
  assertForSessions,
  assertSameTreeFromLog,
  assertSameTurnsWheneverAsked,
} from '../support/planner-sessions.js';
import { nothingInSilence, retryIsSafe, soundAtEveryEvent } from '../support/tree-properties.js';

describe('whatever happens on a track whose policy and limits change', () => {
  it('the tree is sound at every event, with limits lowered or not', () => {
    assertForSessions(() => soundAtEveryEvent, 300);
    assertForCrowds(() => soundAtEveryEvent, 50);
  });

  it('nobody is lost or moved without an event that says so and why', () => {
    assertForSessions(() => nothingInSilence, 300);
    assertForCrowds(() => nothingInSilence, 100);
  });

  it('a retry gives the same answer and no second event', () => {
    assertForSessions(() => retryIsSafe, 300);
  });

  it('what is above lowered limits becomes less with every move, and never more', () => {
    assertForSessions(surplusOnlyShrinks, 300);
    assertForCrowds(surplusOnlyShrinks, 100);
  });

  it('no command moves more peers than the constants say', () => {
    assertForSessions(() => movesAreBounded, 300);
    assertForCrowds(() => movesAreBounded, 100);
  });

  it('no capacity starves while the first who waits could be placed by a legal swap', () => {
    assertForSessions(() => noCapacityStarves, 1_000);
    assertForCrowds(() => noCapacityStarves, 100);
  });

  it('the log alone gives the tree that was live, from whatever point it is taken up', () => {
    assertSameTreeFromLog(80);
  });

  it('who is next does not depend on who asked before', () => {
    assertSameTurnsWheneverAsked(100);
  });
});

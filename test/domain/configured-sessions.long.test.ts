import { describe, it } from '@jest/globals';
import {
  assertForCrowds,
  assertForSessions,
  assertSameTreeFromLog,
  everyBound,
  everyRule,
} from '../support/planner-sessions.js';

/** On a busy machine this takes a while. */
const TIMEOUT_MS = 1_800_000;

describe('whatever happens for long on a track whose policy and limits change', () => {
  it('every rule holds', () => assertForSessions(everyRule, 10_000), TIMEOUT_MS);

  it('every bound holds', () => assertForSessions(everyBound, 10_000), TIMEOUT_MS);

  it('every rule holds for a crowd', () => assertForCrowds(everyRule, 1_000), TIMEOUT_MS);

  it('every bound holds for a crowd', () => assertForCrowds(everyBound, 1_000), TIMEOUT_MS);

  it('the log alone gives the tree that was live', () => assertSameTreeFromLog(10_000), TIMEOUT_MS);
});

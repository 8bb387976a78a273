import { expect, it } from '@jest/globals';
import { drawnEvent } from '../../src/simulator/policies.js';
import { scenarioNamed } from '../../src/simulator/scenarios.js';
import {
  asFarAsKnown,
  factsOfShallowest,
  firstDifferenceMs,
  resilientRun,
  resilientWhatIf,
} from '../support/what-if-runs.js';

const E2 = scenarioNamed('E2')!;
const SEED = 1;
/** A silent death is found after 15 s at the latest. */
const UNKNOWN_TAIL_MS = 15_000;

it('the facts of a full E2 under shallowest come out under resilient as a run of the same facts does: each event, every measure, the state hash', () => {
  const facts = factsOfShallowest(E2, SEED);
  const lived = resilientWhatIf(facts, E2.measureFromMs);
  const direct = resilientRun(asFarAsKnown(E2, SEED, facts.runMs), facts.settings);
  expect(lived.events.length).toBeGreaterThan(400_000);
  expect(firstDifferenceMs(lived, direct)).toBeNull();
  expect(lived.result.measures).toEqual(direct.result.measures);
  expect(lived.result.stateHash).toBe(direct.result.stateHash);

  // A run that goes on to its end meets deaths that no log of that length can know, and differs from the first of them on.
  const whole = resilientRun(drawnEvent(E2, SEED), facts.settings);
  expect(firstDifferenceMs(lived, whole)).toBeGreaterThan(E2.runMs - UNKNOWN_TAIL_MS);
}, 300_000);

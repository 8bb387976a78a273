import { createHash } from 'node:crypto';
import type { RecordedTopologyEvent, TrackSettings } from '../../src/domain/events.js';
import { DomainPlanner } from '../../src/simulator/domain-planner.js';
import { CONTENDERS, drawnEvent, runScenario } from '../../src/simulator/policies.js';
import { recordedFacts, type RecordedFacts } from '../../src/simulator/recorded-event.js';
import type { Scenario } from '../../src/simulator/scenario.js';
import {
  LEAVE_NOTICED_MS,
  RUN_START_MS,
  type RunResult,
  type SimulatedEvent,
  Simulation,
} from '../../src/simulator/simulation.js';
import { rulesRun } from '../../src/simulator/what-if.js';

const resilient = (settings: TrackSettings): TrackSettings => ({ ...settings, policy: 'resilient', policyVersion: 1 });

/** What came of a run, with a digest of each event so that two runs of half a million can be held against each other. */
export interface WatchedRun {
  readonly result: RunResult;
  readonly events: readonly WatchedEvent[];
}

interface WatchedEvent {
  /** Milliseconds since the beginning. */
  readonly atMs: number;
  readonly digest: string;
}

/** A log of `shallowest`, as the facts that are in it. */
export function factsOfShallowest(scenario: Scenario, seed: number): RecordedFacts {
  const shallowest = CONTENDERS.find(({ name }) => name === 'shallowest');
  const events: RecordedTopologyEvent[] = [];
  if (shallowest !== undefined)
    runScenario(scenario, shallowest, seed, { onEvent: (event) => void events.push(event) });
  const facts = recordedFacts(events);
  if (facts === null) throw new Error('the run left no log');
  return facts;
}

/** The facts of a log lived through once more, under `resilient`. */
export function resilientWhatIf(facts: RecordedFacts, measureFromMs: number): WatchedRun {
  const { events, onEvent } = watching();
  return { result: finished(rulesRun(facts, resilient, { measureFromMs, onEvent })), events };
}

/** The same audience, drawn from its seed as ever, under `resilient`. No recorded fact is looked at. */
export function resilientRun(event: SimulatedEvent, settings: TrackSettings): WatchedRun {
  const { events, onEvent } = watching();
  const planner = new DomainPlanner(resilient(settings), RUN_START_MS, { onEvent });
  return { result: finished(new Simulation(event, planner, resilient(settings)).run()), events };
}

/** An audience that does what a log which ends at `endMs` can know of it: who would be found gone later stays to the end. */
export function asFarAsKnown(scenario: Scenario, seed: number, endMs: number): SimulatedEvent {
  const drawn = drawnEvent(scenario, seed);
  return {
    ...drawn,
    runMs: endMs,
    schedule: (time, stage) =>
      drawn.schedule(time, {
        ...stage,
        arrive: (plan) => {
          const foundGoneMs = time.nowMs + plan.sessionMs + (plan.silent ? plan.deadlineMs : LEAVE_NOTICED_MS);
          stage.arrive(foundGoneMs <= endMs ? plan : { ...plan, sessionMs: Infinity });
        },
      }),
  };
}

/** When the first event happened that only one of two runs has, milliseconds since the beginning; null when they are the same. */
export function firstDifferenceMs(one: WatchedRun, other: WatchedRun): number | null {
  const length = Math.max(one.events.length, other.events.length);
  for (let index = 0; index < length; index += 1) {
    const [left, right] = [one.events[index], other.events[index]];
    if (left?.digest !== right?.digest) return Math.min(left?.atMs ?? Infinity, right?.atMs ?? Infinity);
  }
  return null;
}

function watching(): { events: WatchedEvent[]; onEvent: (event: RecordedTopologyEvent) => void } {
  const events: WatchedEvent[] = [];
  const onEvent = (event: RecordedTopologyEvent): void => {
    const digest = createHash('sha1').update(JSON.stringify(event)).digest('base64');
    events.push({ atMs: event.recordedAt - RUN_START_MS, digest });
  };
  return { events, onEvent };
}

function finished(run: Generator<number, RunResult>): RunResult {
  for (;;) {
    const step = run.next();
    if (step.done === true) return step.value;
  }
}

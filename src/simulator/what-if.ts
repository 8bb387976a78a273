import type { RecordedTopologyEvent } from '../domain/events.js';
import { DomainPlanner } from './domain-planner.js';
import { type Impact, ImpactBook } from './impact-book.js';
import { type ChangeRules, recordedEvent, type RecordedFacts } from './recorded-event.js';
import { type RunResult, Simulation } from './simulation.js';

/** What the same facts came to under one set of rules. */
export type OutcomeOfRules = RunResult &
  Readonly<{
    /** Decisions by what they decided: `waiting`, and each cause of an assignment. */
    decisions: Readonly<Record<string, number>>;
    /** Departures that cut others off, in order of time. */
    impacts: readonly Impact[];
  }>;

export type RulesRunOptions = Readonly<{
  check?: boolean;
  /** Measure from here on, milliseconds since the beginning. */
  measureFromMs?: number;
  onEvent?: (event: RecordedTopologyEvent) => void;
}>;

/**
 * Lives through recorded facts once more, under the rules as `change` makes them. Suspicion, stalls, findings of free-riders, tenure and the
 * decisions are made anew by the same code as in a simulated run. Minute by minute of virtual time.
 */
export function* rulesRun(
  facts: RecordedFacts,
  change: ChangeRules,
  options: RulesRunOptions = {},
): Generator<number, OutcomeOfRules> {
  const settings = change(facts.settings);
  const decisions: Record<string, number> = {};
  const planner = new DomainPlanner(settings, facts.startMs, {
    check: options.check ?? false,
    tends: true,
    onEvent: (event) => {
      if (event.type === 'ParentAssigned') decisions[event.cause] = (decisions[event.cause] ?? 0) + 1;
      else if (event.type === 'PeerWaiting') decisions['waiting'] = (decisions['waiting'] ?? 0) + 1;
      options.onEvent?.(event);
    },
  });
  const book = new ImpactBook();
  const event = recordedEvent(facts, change, options.measureFromMs ?? 0);
  const result = yield* new Simulation(event, planner, settings, book).run();
  book.finish();
  return { ...result, decisions, impacts: book.impacts };
}

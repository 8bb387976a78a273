import { describe, expect, it } from '@jest/globals';
import type { RecordedTopologyEvent, TrackSettings } from '../../src/domain/events.js';
import { recordedFacts, type RecordedFacts } from '../../src/simulator/recorded-event.js';
import { CONTENDERS, type Contender, runScenario } from '../../src/simulator/policies.js';
import type { Scenario } from '../../src/simulator/scenario.js';
import { scenarioNamed } from '../../src/simulator/scenarios.js';
import { RUN_START_MS } from '../../src/simulator/simulation.js';
import { type OutcomeOfRules, rulesRun } from '../../src/simulator/what-if.js';
import { RecordedTrack } from '../support/recorded-track.js';
import {
  asFarAsKnown,
  factsOfShallowest,
  firstDifferenceMs,
  resilientRun,
  resilientWhatIf,
} from '../support/what-if-runs.js';

const contender = (name: string): Contender => CONTENDERS.find((candidate) => candidate.name === name)!;

/** E2 with an audience of a test's size. */
const E2_SMALL: Scenario = {
  ...scenarioNamed('E2')!,
  runMs: 2_400_000,
  arrivals: [{ kind: 'steady', viewers: 150, afterMs: 1_200_000 }],
  limits: { rootPeerCount: 6, maxChildren: 3, maxDepth: 6 },
};
/** Who died or left so shortly before the end that the log does not know it yet cannot be in the facts. */
const UNKNOWN_TAIL_MS = 20_000;

function direct(policy: string): RecordedTopologyEvent[] {
  const events: RecordedTopologyEvent[] = [];
  runScenario(E2_SMALL, contender(policy), 5, { onEvent: (event) => void events.push(event) });
  return events;
}

function finished(run: Generator<number, OutcomeOfRules>): OutcomeOfRules {
  for (;;) {
    const step = run.next();
    if (step.done === true) return step.value;
  }
}

function lived(
  facts: RecordedFacts,
  change: (settings: TrackSettings) => TrackSettings,
): { events: RecordedTopologyEvent[]; outcome: OutcomeOfRules } {
  const events: RecordedTopologyEvent[] = [];
  const outcome = finished(rulesRun(facts, change, { check: true, onEvent: (event) => void events.push(event) }));
  return { events, outcome };
}

const known = (events: readonly RecordedTopologyEvent[]): RecordedTopologyEvent[] =>
  events.filter(({ recordedAt }) => recordedAt < RUN_START_MS + E2_SMALL.runMs - UNKNOWN_TAIL_MS);
const unchanged = (settings: TrackSettings): TrackSettings => settings;
const resilient = (settings: TrackSettings): TrackSettings => ({ ...settings, policy: 'resilient', policyVersion: 1 });

describe('the same facts under other rules', () => {
  const log = direct('shallowest');
  const facts = recordedFacts(log)!;

  it('come out, from shallowest to resilient, as a run of resilient with the same audience does, event by event', () => {
    const { events, outcome } = lived(facts, resilient);
    expect(known(events).length).toBeGreaterThan(500);
    expect(known(events)).toEqual(known(direct('resilient')));
    expect(outcome.violations).toBe(0);
  });

  it.each([1, 2, 3])(
    'come out, up to the last event and the state hash, as a run that knows no more than the log (seed %i)',
    (seed) => {
      const recorded = factsOfShallowest(E2_SMALL, seed);
      const one = resilientWhatIf(recorded, E2_SMALL.measureFromMs);
      const other = resilientRun(asFarAsKnown(E2_SMALL, seed, recorded.runMs), recorded.settings);
      expect(firstDifferenceMs(one, other)).toBeNull();
      expect(one.result).toMatchObject(other.result);
    },
  );

  it.each(['shallowest', 'resilient'])('come out as they are recorded under the rules of the day, %s', (policy) => {
    const recorded = direct(policy);
    const { events } = lived(recordedFacts(recorded)!, unchanged);
    expect(known(events)).toEqual(known(recorded));
  });

  it('book every interruption that a departure made to that departure, under either rules alike', () => {
    const before = lived(facts, unchanged).outcome;
    const after = lived(facts, resilient).outcome;
    expect(before.impacts.length).toBeGreaterThan(10);
    const lost = ({ impacts }: OutcomeOfRules): number => impacts.reduce((sum, { lostMs }) => sum + lostMs, 0);
    expect(lost(after)).toBeLessThan(lost(before));
    const departed = new Set(log.flatMap((event) => ('formerParent' in event ? [event.peer] : [])));
    for (const { peer } of after.impacts) expect(departed).toContain(peer);
  });
});

describe('the facts of a log', () => {
  const settings = { rootPeerCount: 3 };

  it('are joins, claims, leaves, kicks, silent deaths with the last sign of life, replacements, and what operators did', () => {
    const track = new RecordedTrack('live', settings).join('ana', 2).join('ben', 2).join('carl').join('dora', 1);
    track.later(5_000).claim('ana', 1).later(1_000).leave('ben').later(1_000).kick('carl');
    track.later(20_000).expire('dora', 12_000).later(1_000).join('ana', 1, true).later(1_000).leave('ana').close();
    const { arrivals, deeds, runMs } = recordedFacts(track.events as RecordedTopologyEvent[])!;
    expect(runMs).toBe(29_000);
    expect(arrivals.map(({ atMs, plan }) => ({ atMs, ...plan, recorded: undefined }))).toMatchObject([
      { atMs: 0, capacity: 2, silent: false },
      { atMs: 0, capacity: 2, sessionMs: 5_800, silent: false },
      { atMs: 0, capacity: null, sessionMs: 7_000, silent: false },
      { atMs: 0, capacity: 1, sessionMs: 15_000, silent: true, deadlineMs: 12_000 },
      { atMs: 28_000, capacity: 1, sessionMs: 800 },
    ]);
    expect(arrivals.map(({ plan: { recorded } }) => [recorded?.peerId, recorded?.end])).toEqual([
      ['ana', 'stays'],
      ['ben', 'leaves'],
      ['carl', 'kicked'],
      ['dora', 'leaves'],
      ['ana', 'leaves'],
    ]);
    expect(arrivals[0]?.plan.recorded?.claims).toEqual([{ afterMs: 5_000, capacity: 1, position: 10 }]);
    expect(arrivals[4]?.plan.recorded?.replaces).toBe(2);
    expect(deeds).toEqual([{ atMs: 29_000, position: track.events.length, command: { type: 'Close' } }]);
  });

  it('come out as they are recorded, whatever peers and operators did', () => {
    const track = new RecordedTrack('live', settings).join('ana', 2).join('ben', 2).join('carl').join('dora', 1);
    track.join('eve').later(5_000).claim('ana', 0).later(1_000).leave('ben').later(1_000).kick('carl');
    track.later(9_000).recover('restart', 700).later(11_000).expire('dora', 12_000);
    track.later(1_000).join('ana', 1, true).later(500);
    track
      .command({ type: 'Configure', change: { rootPeerCount: 1 } })
      .later(500)
      .command({ type: 'Configure', change: { rootPeerCount: 2 } });
    track
      .later(1_000)
      .leave('ana')
      .leave('eve')
      .later(1_000)
      .close()
      .later(1_000)
      .join('finn')
      .later(1_000)
      .join('gil');
    const recorded = track.events as RecordedTopologyEvent[];
    const { events } = lived(recordedFacts(recorded)!, unchanged);
    const nameless = (event: RecordedTopologyEvent): object => ({ ...event, identity: null });
    expect(events.map(nameless)).toEqual(recorded.map(nameless));
  });

  it('are none where a track was never opened', () => {
    expect(recordedFacts([])).toBeNull();
  });
});

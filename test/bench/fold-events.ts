import type { RecordedTopologyEvent } from '../../src/domain/events.js';
import { fold } from '../../src/domain/evolve.js';
import { type Benchmark, collectGarbage, figureOf, PROCESSOR_TIME_TEXT, processorMicrosecondsOf } from './benchmark.js';
import { CLAIMS_TEXT, GrownTrack } from './grown-track.js';
import { randomBelow, seededRandom } from './seeded-random.js';

const PEERS = 10_000;
const EVENTS_MIN = 300_000;
const RUNS = 7;

/** The log of a track that grew to `peers` and went on with as many joins as departures, until it has so many events. */
export function eventsOfEvening(peers: number, eventsMin: number): RecordedTopologyEvent[] {
  const events: RecordedTopologyEvent[] = [];
  const track = new GrownTrack((event) => events.push(event)).growTo(peers);
  const random = seededRandom(3);
  const present = track.numbers();
  while (events.length < eventsMin) {
    track.later(5);
    const index = randomBelow(random, present.length);
    track.run({ type: 'Leave', peer: present[index] ?? 0 });
    const joined = track.run(track.nextJoin());
    present[index] = joined.ok ? (joined.peer ?? 0) : 0;
  }
  return events;
}

/** `fold_events_per_s`: topology events applied to a tree, in memory. */
export const foldEvents: Benchmark = {
  names: ['fold_events_per_s'],
  measure() {
    const events = eventsOfEvening(PEERS, EVENTS_MIN);
    const values: number[] = [];
    collectGarbage();
    for (let run = -2; run < RUNS; run += 1) {
      const tookUs = processorMicrosecondsOf(() => fold(events));
      if (run >= 0) values.push((events.length / tookUs) * 1e6);
    }
    const conditions = `${PROCESSOR_TIME_TEXT}; ${String(events.length)} topology events in memory: growth to ${String(PEERS)} peers (${CLAIMS_TEXT}), then joins and departures in equal number; 2 runs to warm up`;
    return [figureOf({ name: 'fold_events_per_s', unit: 'events/s', values, conditions })];
  },
};

import { stateHash } from '../../src/event-log/state-hash.js';
import { openEventLogReader } from '../../src/event-log/sqlite-event-log-reader.js';
import { treeAt } from '../../src/history/tree-at.js';
import { largeTrackName, writeLargeLog } from '../support/large-log.js';
import { type Benchmark, collectGarbage, type Figure, figureOf, quantile } from './benchmark.js';
import { seededRandom } from './seeded-random.js';
import { inTemporaryDirectory } from './temporary-directory.js';

const PEERS = 10_000;
const EVENTS = 10_000_000;
const QUESTIONS = 50;
const RUNS = 3;

/** `as_of_ms_p50`, `as_of_ms_p95`: the tree of a random position of a long log, with its state hash. */
export const asOf: Benchmark = {
  names: ['as_of_ms_p50', 'as_of_ms_p95'],
  measure: () => inTemporaryDirectory((dataDir) => measureAsOf(dataDir, PEERS, EVENTS)),
};

/** @param events topology events and pulses of one track together, at least. */
export async function measureAsOf(dataDir: string, peers: number, events: number): Promise<Figure[]> {
  await writeLargeLog(dataDir, { tracks: 1, peersPerTrack: peers, eventsPerTrack: events });
  const reader = openEventLogReader(dataDir);
  const track = largeTrackName(0);
  const head = reader.head(track)?.position ?? 0;
  const random = seededRandom(9);
  const p50: number[] = [];
  const p95: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    collectGarbage();
    const times = Array.from({ length: QUESTIONS }, () => {
      const position = 1 + Math.floor(random() * head);
      const startedAt = performance.now();
      stateHash(treeAt(reader, track, position));
      return performance.now() - startedAt;
    });
    p50.push(quantile(times, 0.5));
    p95.push(quantile(times, 0.95));
  }
  reader.close();
  const conditions = `${String(QUESTIONS)} random positions of a track of ${String(head)} events with ${String(peers)} peers, from the snapshots that its data directory has, else from the first event; the file in the system's page cache`;
  return [
    figureOf({ name: 'as_of_ms_p50', unit: 'ms', values: p50, conditions }),
    figureOf({ name: 'as_of_ms_p95', unit: 'ms', values: p95, conditions }),
  ];
}

import { fold } from '../../src/domain/evolve.js';
import { PagesAhead } from '../../src/event-log/pages-ahead.js';
import { openEventLogReader, type SqliteEventLogReader } from '../../src/event-log/sqlite-event-log-reader.js';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.js';
import { type Benchmark, collectGarbage, type Figure, figureOf } from './benchmark.js';
import { eventsOfEvening } from './fold-events.js';
import { STARTED_AT } from './grown-track.js';
import { heartbeatRun, randomPeers } from './heartbeat-runs.js';
import { seededRandom } from './seeded-random.js';
import { inTemporaryDirectory } from './temporary-directory.js';

const TRACK = 'bench/replay';
const WARM_UP_RUNS = 2;
const RUNS = 7;
const PEERS = 10_000;
const TOPOLOGY_EVENTS = 200_000;
const EVENTS_PER_COMMIT = 500;
const PULSES = 2_000_000;
/** As many as wait 200 ms for each other in tracks of 1,500, 12,000 and 45,000 peers that beat each 3 s. */
const BLOCK_SIZES = [100, 800, 3_000] as const;
/** The size that stands for all. */
const TYPICAL_BLOCK = 100;
const NAME_OF_PULSES = 'pulse_replay_per_s';
const WARM_UP_TEXT = `${String(WARM_UP_RUNS)} runs to warm up`;
const READ_TEXT = 'read from the file through the reader, which the system has in its page cache';

/** `topology_replay_per_s`, `pulse_replay_per_s*`: a track rebuilt from its log, and its pulses read, by how many stand in a block. */
export const replay: Benchmark = {
  names: ['topology_replay_per_s', ...BLOCK_SIZES.map(nameOfPulses)],
  async measure(wanted) {
    const figures: Figure[] = [];
    if (wanted.has('topology_replay_per_s')) figures.push(await inTemporaryDirectory(measureTopology));
    for (const size of BLOCK_SIZES) {
      if (!wanted.has(nameOfPulses(size))) continue;
      figures.push(await inTemporaryDirectory((dataDir) => measurePulses(dataDir, size)));
    }
    return figures;
  },
};

async function measureTopology(dataDir: string): Promise<Figure> {
  const written = await writeTopology(dataDir);
  const values = measureReading(dataDir, (reader) => {
    const tree = fold(reader.topologyEvents({ track: TRACK, afterPosition: 0 }));
    if (tree.position !== written) throw new Error('the replay ended early');
    return written;
  });
  const conditions = `${String(written)} topology events of one track (growth to ${String(PEERS)} peers, then joins and departures), ${READ_TEXT}, decoded and folded; ${WARM_UP_TEXT}`;
  return figureOf({ name: 'topology_replay_per_s', unit: 'events/s', values, conditions });
}

function nameOfPulses(size: number): string {
  return size === TYPICAL_BLOCK ? NAME_OF_PULSES : `${NAME_OF_PULSES}_${String(size)}`;
}

async function measurePulses(dataDir: string, size: number): Promise<Figure> {
  await writePulses(dataDir, size);
  const values = measureReading(dataDir, (reader) => {
    let pulses = 0;
    for (const run of reader.pulseRuns({ track: TRACK, afterPosition: 0 })) pulses += run.count;
    return pulses;
  });
  const conditions = `${String(Math.ceil(PULSES / size) * size)} heartbeats in blocks of ${String(size)}, ${READ_TEXT}, decoded run by run; ${WARM_UP_TEXT}`;
  return figureOf({ name: nameOfPulses(size), unit: 'pulses/s', values, conditions });
}

/** @param read returns how many events it saw. */
function measureReading(dataDir: string, read: (reader: SqliteEventLogReader) => number): number[] {
  const reader = openEventLogReader(dataDir, { pagesAhead: new PagesAhead() });
  const values: number[] = [];
  // Not before each run: every one pays for the garbage of the one before, and a collection by force makes the next run
  // slower by a fifth, since the young generation is small again after it.
  collectGarbage();
  for (let run = -WARM_UP_RUNS; run < RUNS; run += 1) {
    const startedAt = performance.now();
    const count = read(reader);
    if (run >= 0) values.push((count / (performance.now() - startedAt)) * 1000);
  }
  reader.close();
  return values;
}

/** @returns how many. None of them stays in memory: a replay has nothing but the file, and collections would look through them all. */
async function writeTopology(dataDir: string): Promise<number> {
  const events = eventsOfEvening(PEERS, TOPOLOGY_EVENTS);
  const log = await SqliteEventLog.open({ dataDir, durability: 'normal', nowMs: STARTED_AT });
  for (let from = 0; from < events.length; from += EVENTS_PER_COMMIT) {
    const run = { kind: 'topology', events: events.slice(from, from + EVENTS_PER_COMMIT) } as const;
    await log.append([{ track: TRACK, previousPosition: from, runs: [run], open: true }]);
  }
  await log.close();
  return events.length;
}

async function writePulses(dataDir: string, size: number): Promise<void> {
  const log = await SqliteEventLog.open({ dataDir, durability: 'normal', nowMs: STARTED_AT });
  const random = seededRandom(6);
  for (let position = 0; position < PULSES; position += size) {
    const run = heartbeatRun(
      position + 1,
      randomPeers(random, size, PEERS),
      STARTED_AT + Math.floor(position * (200 / size)),
      200,
    );
    await log.append([{ track: TRACK, previousPosition: position, runs: [run], open: true }]);
  }
  await log.close();
}

import { join } from 'node:path';
import type { RecordedTopologyEvent } from '../../src/domain/events.js';
import type { EventLog } from '../../src/event-log/event-log.js';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.js';
import { WorkerEventLog } from '../../src/event-log/worker-event-log.js';
import { type Benchmark, type Figure, figureOf, median } from './benchmark.js';
import { emmettEventOf, type EmmettStore, emmettVersions, openEmmettStore } from './emmett-store.js';
import { eventsOfEvening } from './fold-events.js';
import { STARTED_AT } from './grown-track.js';
import { inTemporaryDirectory } from './temporary-directory.js';

const ON_WORKER = 'emmett_append_ratio_batch_100';
const IN_THREAD = 'emmett_append_ratio_batch_100_in_thread';
const BATCH = 100;
const PEERS = 5_000;
/** More than any run gets through, so that no event is appended twice. */
const EVENTS = 400_000;
const RUNS = 5;
const RUN_MS = 600;

/**
 * `emmett_append_ratio_batch_100`, `..._in_thread`: topology events a second, through our log and through emmett-sqlite; ours on the
 * worker as the service writes, and in the calling thread as imports and the simulator do.
 */
export const emmettAppend: Benchmark = {
  names: [ON_WORKER, IN_THREAD],
  onlyByName: true,
  measure: async () => {
    const events = eventsOfEvening(PEERS, EVENTS);
    return inTemporaryDirectory((directory) => measureAll(directory, events));
  },
};

/** Runs of all three in turn. Processor time stands beside them: it says the same on a busy machine. */
async function measureAll(directory: string, events: readonly RecordedTopologyEvent[]): Promise<Figure[]> {
  const emmett = await openEmmettStore(join(directory, 'emmett.sqlite'));
  const worker = await WorkerEventLog.open({ dataDir: join(directory, 'worker'), nowMs: STARTED_AT });
  const inThread = await SqliteEventLog.open({ dataDir: join(directory, 'in-thread'), nowMs: STARTED_AT });
  const theirs: Contender = { appendNext: batchesIntoEmmett(emmett, events), paces: [] };
  const onWorker: Contender = { appendNext: batchesInto(worker, events), paces: [] };
  const calling: Contender = { appendNext: batchesInto(inThread, events), paces: [] };
  for (let run = -1; run < RUNS; run += 1) {
    for (const { appendNext, paces } of [onWorker, theirs, calling]) {
      const pace = await paceOf(appendNext);
      if (run >= 0) paces.push(pace);
    }
  }
  await worker.close();
  await inThread.close();
  emmett.close();
  return [
    figureBeside(theirs, onWorker, ON_WORKER, "on the log's worker"),
    figureBeside(theirs, calling, IN_THREAD, 'in the calling thread'),
  ];
}

interface Contender {
  readonly appendNext: AppendNext;
  readonly paces: Pace[];
}

function figureBeside(theirs: Contender, ours: Contender, name: string, where: string): Figure {
  const conditions = `the topology events of one track that grows to ${String(PEERS)} peers and then changes, ${String(BATCH)} an append, one append after the other, through the log's encoder and committed ${where}, with names, hashes and indexes, WAL, synchronous=FULL; runs of ${String(RUN_MS)} ms in turn, 1 to warm up; ratio is the figure; baseline: the same events appended to one stream of ${emmettVersions()}, one connection, WAL, synchronous=FULL; processor time of all threads: ${processorText(ours.paces)} an event against ${processorText(theirs.paces)}`;
  return figureOf({
    name,
    unit: 'events/s',
    values: ours.paces.map(({ eventsPerSecond }) => eventsPerSecond),
    baselines: theirs.paces.map(({ eventsPerSecond }) => eventsPerSecond),
    conditions,
  });
}

type AppendNext = () => Promise<void>;

function batchesInto(log: EventLog, events: readonly RecordedTopologyEvent[]): AppendNext {
  let next = 0;
  return async () => {
    const previousPosition = next;
    next += BATCH;
    const run = { kind: 'topology', events: batchOf(events, previousPosition) } as const;
    await log.append([{ track: 'bench/emmett', previousPosition, runs: [run], open: true }]);
  };
}

function batchesIntoEmmett(emmett: EmmettStore, events: readonly RecordedTopologyEvent[]): AppendNext {
  let next = 0;
  return async () => {
    const batch = batchOf(events, next).map(emmettEventOf);
    next += BATCH;
    await emmett.append(batch);
  };
}

function batchOf(events: readonly RecordedTopologyEvent[], from: number): readonly RecordedTopologyEvent[] {
  const batch = events.slice(from, from + BATCH);
  if (batch.length < BATCH) throw new Error('there are not events enough for so fast a machine');
  return batch;
}

interface Pace {
  readonly eventsPerSecond: number;
  /** Microseconds of processor time for each event. */
  readonly processorUs: number;
}

async function paceOf(appendNext: AppendNext): Promise<Pace> {
  const startedAt = performance.now();
  const before = process.cpuUsage();
  let events = 0;
  while (performance.now() - startedAt < RUN_MS) {
    await appendNext();
    events += BATCH;
  }
  const { user, system } = process.cpuUsage(before);
  return {
    eventsPerSecond: (events / (performance.now() - startedAt)) * 1000,
    processorUs: (user + system) / events,
  };
}

function processorText(paces: readonly Pace[]): string {
  return `${median(paces.map(({ processorUs }) => processorUs)).toFixed(1)} us`;
}

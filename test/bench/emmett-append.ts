import { join } from 'node:path';
import type { RecordedTopologyEvent } from '../../src/domain/events.js';
import { WorkerEventLog } from '../../src/event-log/worker-event-log.js';
import { type Benchmark, type Figure, figureOf, median } from './benchmark.js';
import { emmettEventOf, type EmmettStore, emmettVersions, openEmmettStore } from './emmett-store.js';
import { eventsOfEvening } from './fold-events.js';
import { STARTED_AT } from './grown-track.js';
import { inTemporaryDirectory } from './temporary-directory.js';

const NAME = 'emmett_append_ratio_batch_100';
const BATCH = 100;
const PEERS = 5_000;
/** More than any run gets through, so that no event is appended twice. */
const EVENTS = 400_000;
const RUNS = 5;
const RUN_MS = 600;

/** `emmett_append_ratio_batch_100`: topology events a second, through our log and through emmett-sqlite. */
export const emmettAppend: Benchmark = {
  names: [NAME],
  onlyByName: true,
  measure: async () => {
    const events = eventsOfEvening(PEERS, EVENTS);
    return [await inTemporaryDirectory((dataDir) => measureBoth(dataDir, events))];
  },
};

/** Runs of either in turn. Processor time stands beside them: it says the same on a busy machine. */
async function measureBoth(dataDir: string, events: readonly RecordedTopologyEvent[]): Promise<Figure> {
  const emmett = await openEmmettStore(join(dataDir, 'emmett.sqlite'));
  const log = await WorkerEventLog.open({ dataDir, nowMs: STARTED_AT });
  const ours = batchesInto(log, events);
  const theirs = batchesIntoEmmett(emmett, events);
  const values: Pace[] = [];
  const baselines: Pace[] = [];
  for (let run = -1; run < RUNS; run += 1) {
    const value = await paceOf(ours);
    const baseline = await paceOf(theirs);
    if (run < 0) continue;
    values.push(value);
    baselines.push(baseline);
  }
  await log.close();
  emmett.close();
  const conditions = `the topology events of one track that grows to ${String(PEERS)} peers and then changes, ${String(BATCH)} an append, one append after the other, through the log's encoder and worker, with names, hashes and indexes, WAL, synchronous=FULL; runs of ${String(RUN_MS)} ms in turn, 1 to warm up; ratio is the figure; baseline: the same events appended to one stream of ${emmettVersions()}, one connection, WAL, synchronous=FULL; processor time of all threads: ${processorText(values)} an event against ${processorText(baselines)}`;
  return figureOf({
    name: NAME,
    unit: 'events/s',
    values: values.map(({ eventsPerSecond }) => eventsPerSecond),
    baselines: baselines.map(({ eventsPerSecond }) => eventsPerSecond),
    conditions,
  });
}

type AppendNext = () => Promise<void>;

function batchesInto(log: WorkerEventLog, events: readonly RecordedTopologyEvent[]): AppendNext {
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

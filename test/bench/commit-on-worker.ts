import type { RecordedTopologyEvent } from '../../src/domain/events.js';
import type { EventLog, LogBatch } from '../../src/event-log/event-log.js';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.js';
import { WorkerEventLog } from '../../src/event-log/worker-event-log.js';
import { type Benchmark, type Figure, figureOf } from './benchmark.js';
import { eventsOfEvening } from './fold-events.js';
import { STARTED_AT } from './grown-track.js';
import { inTemporaryDirectory } from './temporary-directory.js';

const BATCH_SIZES = [1, 100, 1000] as const;
const RUNS = 5;
const RUN_MS = 400;
const PEERS = 5_000;
/** More than any run gets through, so that no event is appended twice. */
const EVENTS = 400_000;
const RATE = 'commit_on_worker_events_per_s';
const BLOCKED = 'commit_on_worker_blocked_us';

/** `commit_on_worker_*`: what a thread of its own for the commits gives and costs, against commits in the thread of the caller. */
export const commitOnWorker: Benchmark = {
  names: BATCH_SIZES.flatMap((size) => [`${RATE}_${String(size)}`, `${BLOCKED}_${String(size)}`]),
  async measure(wanted) {
    const events = eventsOfEvening(PEERS, EVENTS);
    const figures: Figure[] = [];
    for (const size of BATCH_SIZES) {
      if (wanted.has(`${RATE}_${String(size)}`) || wanted.has(`${BLOCKED}_${String(size)}`)) {
        figures.push(...(await measureBatchesOf(size, events)));
      }
    }
    return figures;
  },
};

interface Commits {
  readonly eventsPerSecond: number;
  /** Microseconds of each append in which the calling thread could do nothing else. */
  readonly blockedUs: number;
}

async function measureBatchesOf(size: number, events: readonly RecordedTopologyEvent[]): Promise<Figure[]> {
  const inThread: Commits[] = [];
  const onWorker: Commits[] = [];
  for (const [Log, runs] of [
    [SqliteEventLog, inThread],
    [WorkerEventLog, onWorker],
  ] as const) {
    await inTemporaryDirectory(async (dataDir) => {
      const log = await Log.open({ dataDir, nowMs: STARTED_AT });
      const appender = new TopologyAppender(log, events, size);
      for (let run = -1; run < RUNS; run += 1) {
        const commits = await appender.run();
        if (run >= 0) runs.push(commits);
      }
      await log.close();
    });
  }
  const conditions = `appends of ${String(size)} topology events one after the other, synchronous=FULL, on the log's worker; runs of ${String(RUN_MS)} ms, 1 to warm up; baseline: the same in the calling thread`;
  const figure = (name: string, unit: string, of: (commits: Commits) => number): Figure =>
    figureOf({ name, unit, values: onWorker.map(of), baselines: inThread.map(of), conditions });
  return [
    figure(`${RATE}_${String(size)}`, 'events/s', (commits) => commits.eventsPerSecond),
    figure(`${BLOCKED}_${String(size)}`, 'us/append', (commits) => commits.blockedUs),
  ];
}

class TopologyAppender {
  #next = 0;

  constructor(
    private readonly log: EventLog,
    private readonly events: readonly RecordedTopologyEvent[],
    private readonly size: number,
  ) {}

  async run(): Promise<Commits> {
    const startedAt = performance.now();
    const loop = performance.eventLoopUtilization();
    let appends = 0;
    while (performance.now() - startedAt < RUN_MS && this.#next + this.size <= this.events.length) {
      await this.log.append(this.#batch());
      appends += 1;
    }
    const elapsedMs = performance.now() - startedAt;
    const { utilization } = performance.eventLoopUtilization(loop);
    return {
      eventsPerSecond: ((appends * this.size) / elapsedMs) * 1000,
      blockedUs: (elapsedMs * utilization * 1000) / appends,
    };
  }

  #batch(): LogBatch {
    const previousPosition = this.#next;
    this.#next += this.size;
    const events = this.events.slice(previousPosition, this.#next);
    return [{ track: 'bench/commits', previousPosition, runs: [{ kind: 'topology', events }], open: true }];
  }
}

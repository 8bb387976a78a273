import type { LogBatch } from '../../src/event-log/event-log.js';
import { WorkerEventLog } from '../../src/event-log/worker-event-log.js';
import { BARE_INSERTS_TEXT, BareInserts } from './bare-inserts.js';
import { type Benchmark, figureOf } from './benchmark.js';
import { STARTED_AT } from './grown-track.js';
import { heartbeatRun, randomPeers } from './heartbeat-runs.js';
import { seededRandom } from './seeded-random.js';
import { inTemporaryDirectory } from './temporary-directory.js';

const HEARTBEATS_PER_BLOCK = 3_000;
const AUDIENCE = 10_000;
const RUNS = 7;
const RUN_MS = 700;
const NAME = 'heartbeats_appended_per_s';

/** `heartbeats_appended_per_s`: blocks of heartbeats, encoded, hashed, committed with a flush, one after the other. */
export const heartbeatsAppended: Benchmark = {
  names: [NAME],
  measure: async () => [
    await inTemporaryDirectory(async (dataDir) => {
      const log = await WorkerEventLog.open({ dataDir, nowMs: STARTED_AT });
      const bare = new BareInserts(dataDir);
      const appender = new HeartbeatAppender(log);
      const values: number[] = [];
      const baselines: number[] = [];
      for (let run = -1; run < RUNS; run += 1) {
        const value = await appender.perSecond(RUN_MS);
        const baseline = bare.perSecond(HEARTBEATS_PER_BLOCK, RUN_MS);
        if (run < 0) continue;
        values.push(value);
        baselines.push(baseline);
      }
      await log.close();
      bare.close();
      const conditions = `${String(HEARTBEATS_PER_BLOCK)} heartbeats a block of one track with ${String(AUDIENCE)} peers, one block a commit, encoder and worker as in the service, synchronous=FULL; runs of ${String(RUN_MS)} ms, 1 to warm up; baseline: ${BARE_INSERTS_TEXT}, as many per transaction`;
      return figureOf({ name: NAME, unit: 'heartbeats/s', values, baselines, conditions });
    }),
  ],
};

class HeartbeatAppender {
  readonly #random = seededRandom(4);
  #position = 0;
  #nowMs = STARTED_AT;

  constructor(private readonly log: WorkerEventLog) {}

  async perSecond(durationMs: number): Promise<number> {
    const startedAt = performance.now();
    const first = this.#position;
    while (performance.now() - startedAt < durationMs) await this.log.append(this.#next());
    return ((this.#position - first) / (performance.now() - startedAt)) * 1000;
  }

  #next(): LogBatch {
    const previousPosition = this.#position;
    const peers = randomPeers(this.#random, HEARTBEATS_PER_BLOCK, AUDIENCE);
    const run = heartbeatRun(previousPosition + 1, peers, this.#nowMs, 200);
    this.#position += HEARTBEATS_PER_BLOCK;
    this.#nowMs += 200;
    return [{ track: 'bench/heartbeats', previousPosition, runs: [run], open: true }];
  }
}

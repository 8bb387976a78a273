import { setTimeout as sleep } from 'node:timers/promises';
import { type Benchmark, type Figure, figureOf, quantile } from './benchmark.js';
import { PAST_TRACK, type PastLog, withPastLog } from './past-log.js';
import { randomBelow, seededRandom } from './seeded-random.js';
import { metricIn, SERVICE_TEXT, withServiceOn } from './server-process.js';
import type { WireClient } from './wire-client.js';
import { closeAll, gather } from './wire-peers.js';

const TRACK = 'bench/beating';
const AUDIENCE = 2_000;
const BEAT_EVERY_MS = 3_000;
const AT_ONCE = 8;
const WARM_UP_MS = 3_000;
const RUNS = 3;
const RUN_MS = 5_000;
const SLICE_MS = 10;
const LAG = 'nodejs_eventloop_lag_p99_seconds';
/** Answers to a question that waited or took too long, which a machine that is too busy gives. */
const BEYOND_BOUNDS: ReadonlySet<number> = new Set([503, 504]);
const DELAY = 'event_loop_delay_ms_p99_queries';

/** `event_loop_delay_ms_p99_queries`: what questions about the past take from the thread that serves sockets. */
export const queriesUnderLoad: Benchmark = {
  names: [DELAY],
  measure: () => withPastLog((log) => withServiceOn(log.dataDir, ({ port }) => measureOn(port, log))),
};

async function measureOn(port: number, log: PastLog): Promise<Figure[]> {
  const audience = await gather(port, TRACK, AUDIENCE);
  const beating = beat(audience);
  try {
    await sleep(WARM_UP_MS);
    const without = await lags(port);
    const asking = new Asking(port, log.events);
    asking.start(AT_ONCE);
    await sleep(WARM_UP_MS);
    const withQueries = await lags(port);
    const answered = await asking.stop();
    const text = `99th percentile of the event loop's delay in the service's own metric, whose own interval of 5 ms is in it; ${String(AUDIENCE)} sockets beating every ${String(BEAT_EVERY_MS)} ms, ${String(AT_ONCE)} questions about the past over HTTP at any time (trees, diffs, lives: ${String(answered.length)} answered, ${String(asking.refused)} refused, p50 ${quantile(answered, 0.5).toFixed(0)} ms); baseline: nobody asks; ${log.text}; ${SERVICE_TEXT}; runs of ${String(RUN_MS)} ms`;
    return [figureOf({ name: DELAY, unit: 'ms', values: withQueries, baselines: without, conditions: text })];
  } finally {
    clearInterval(beating);
    closeAll(audience);
  }
}

function beat(audience: readonly WireClient[]): NodeJS.Timeout {
  const startedAt = performance.now();
  let beats = 0;
  return setInterval(() => {
    const due = ((performance.now() - startedAt) * audience.length) / BEAT_EVERY_MS;
    for (; beats < due; beats += 1) audience[beats % audience.length]?.request('heartbeat', '{}', () => undefined);
  }, SLICE_MS);
}

/** One value for each run. Reading the metric begins the next stretch. */
async function lags(port: number): Promise<number[]> {
  const values: number[] = [];
  await readLag(port);
  for (let run = 0; run < RUNS; run += 1) {
    await sleep(RUN_MS);
    values.push(await readLag(port));
  }
  return values;
}

async function readLag(port: number): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${String(port)}/metrics`);
  return (metricIn(await response.text(), LAG) ?? NaN) * 1000;
}

/** Asks one question after the other, several at any time. */
class Asking {
  readonly #random = seededRandom(23);
  /** Questions that waited or took too long. */
  refused = 0;
  readonly #took: number[] = [];
  #isOver = false;
  #askers: Promise<void>[] = [];

  constructor(
    private readonly port: number,
    private readonly events: number,
  ) {}

  start(count: number): void {
    this.#askers = Array.from({ length: count }, (_, index) => this.#askOn(index));
  }

  /** Milliseconds each answer took. */
  async stop(): Promise<readonly number[]> {
    this.#isOver = true;
    await Promise.all(this.#askers);
    return this.#took;
  }

  async #askOn(index: number): Promise<void> {
    while (!this.#isOver) {
      const startedAt = performance.now();
      const response = await fetch(
        `http://127.0.0.1:${String(this.port)}/api/v1/tracks/${encodeURIComponent(PAST_TRACK)}${this.#path(index)}`,
      );
      await response.arrayBuffer();
      if (response.ok) this.#took.push(performance.now() - startedAt);
      else if (BEYOND_BOUNDS.has(response.status)) this.refused += 1;
      else throw new Error(`${response.url} was answered ${String(response.status)}`);
    }
  }

  #path(index: number): string {
    const position = 1 + randomBelow(this.#random, this.events);
    if (index % 4 === 0) return `/diff?from=${String(Math.floor(position / 2))}&to=${String(position)}`;
    if (index % 4 === 1) return `/peers/viewer-${String(1 + (position % 100_000))}/timeline`;
    return `/tree?position=${String(position)}`;
  }
}

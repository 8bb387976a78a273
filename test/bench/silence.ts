import { setTimeout as sleep } from 'node:timers/promises';
import { writeAgedLog } from './aged-log.js';
import { type Benchmark, type Figure, figureOf } from './benchmark.js';
import { metricIn, withServiceOn } from './server-process.js';
import { inTemporaryDirectory } from './temporary-directory.js';

const NAME = 'event_loop_delay_ms_max_silence';
const PEERS = 99_000;
/** Everybody has beaten since, so that silence does not begin with those who came first. */
const EVENTS = 400_000;
const RUNS = 3;
/** After a start nobody is timed out sooner. */
const TIMEOUT_MS = 12_000;
/** A start is not what is measured. */
const SETTLE_MS = 2_000;
const LOOK_MS = 500;
const LOOKS_BEFORE = 8;
const LOOKS_MAX = 120;
const PEERS_METRIC = 'lvqr_mesh_peers';
const LAG_METRIC = 'nodejs_eventloop_lag_max_seconds';

/** `event_loop_delay_ms_max_silence`: what the thread that serves sockets is kept from while everybody in a large track is timed out. */
export const silence: Benchmark = {
  names: [NAME],
  async measure() {
    const spells: Spell[] = [];
    for (let run = 0; run < RUNS; run += 1) spells.push(await inTemporaryDirectory(measureRun));
    const tookMs = spells.map((spell) => (spell.tookMs / 1000).toFixed(1)).join(', ');
    const conditions = `longest delay of the event loop in the service's own metric while some ${String(PEERS)} peers of one track are timed out, all silent since a start, in ${tookMs} s; baseline: the longest in ${String((LOOKS_BEFORE * LOOK_MS) / 1000)} s before; the service as a process of its own, heartbeat timeout ${String(TIMEOUT_MS / 1000)} s`;
    const values = spells.map((spell) => spell.delayMs);
    const baselines = spells.map((spell) => spell.delayBeforeMs);
    return [figureOf({ name: NAME, unit: 'ms', values, baselines, conditions })] satisfies Figure[];
  },
};

interface Spell {
  readonly delayBeforeMs: number;
  readonly delayMs: number;
  /** From the last look that found everybody there to the first that found nobody. */
  readonly tookMs: number;
}

async function measureRun(dataDir: string): Promise<Spell> {
  await writeAgedLog(dataDir, { tracks: 1, peersPerTrack: PEERS, eventsPerTrack: EVENTS });
  const flags = ['--heartbeat-timeout-ms', String(TIMEOUT_MS)];
  return withServiceOn(dataDir, ({ port }) => watch(port), flags);
}

async function watch(port: number): Promise<Spell> {
  await sleep(SETTLE_MS);
  const { peers } = await look(port);
  let delayBeforeMs = 0;
  for (let count = 0; count < LOOKS_BEFORE; count += 1) {
    await sleep(LOOK_MS);
    delayBeforeMs = Math.max(delayBeforeMs, (await look(port)).delayMs);
  }
  let delayMs = 0;
  let beganAt = performance.now();
  for (let count = 0; count < LOOKS_MAX; count += 1) {
    await sleep(LOOK_MS);
    const seen = await look(port);
    if (seen.peers === peers) beganAt = performance.now();
    else delayMs = Math.max(delayMs, seen.delayMs);
    if (seen.peers === 0) return { delayBeforeMs, delayMs, tookMs: performance.now() - beganAt };
  }
  throw new Error('somebody is never timed out');
}

/** Reading the metric begins the next stretch. */
async function look(port: number): Promise<{ peers: number; delayMs: number }> {
  const text = await (await fetch(`http://127.0.0.1:${String(port)}/metrics`)).text();
  return { peers: metricIn(text, PEERS_METRIC) ?? NaN, delayMs: (metricIn(text, LAG_METRIC) ?? NaN) * 1000 };
}

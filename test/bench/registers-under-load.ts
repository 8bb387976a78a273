import { setTimeout as sleep } from 'node:timers/promises';
import { type Benchmark, type Figure, figureOf, quantile } from './benchmark.js';
import { SERVICE_TEXT, withService } from './server-process.js';
import { WireClient } from './wire-client.js';
import { closeAll, gather, registerBody } from './wire-peers.js';

const TRACK = 'bench/acks';
const AUDIENCE = 2_000;
const PULSES_PER_SECOND = 4_000;
const JOINS_PER_SECOND = 100;
const WARM_UP_MS = 3_000;
const RUNS = 3;
const RUN_MS = 3_000;
/** How long a newcomer stays. */
const STAY_MS = 1_000;
/** How often the load is sent: a slice of what is due by then. */
const SLICE_MS = 10;

/** `ack_ms_*`, `pulse_ack_ms_*`: how long a peer waits for its acknowledgement while others beat and join. */
export const registersUnderLoad: Benchmark = {
  names: ['ack_ms_p50', 'ack_ms_p99', 'pulse_ack_ms_p50', 'pulse_ack_ms_p99'],
  measure: () =>
    withService(async ({ port }) => {
      const load = new EveningLoad(port, await gather(port, TRACK, AUDIENCE));
      load.start();
      await sleep(WARM_UP_MS);
      const runs: Latencies[] = [];
      for (let run = 0; run < RUNS; run += 1) {
        load.latencies = new Latencies();
        await sleep(RUN_MS);
        runs.push(load.latencies);
      }
      await load.stop();
      return figuresOf(runs);
    }),
};

/** Milliseconds, of one run. */
class Latencies {
  /** From the register to its acknowledgement, on a connection just opened. */
  readonly registers: number[] = [];
  /** The same from the first packet of the connection on. */
  readonly joins: number[] = [];
  readonly pulses: number[] = [];
}

/** A steady load: what is sent does not wait for what is acknowledged. */
class EveningLoad {
  latencies = new Latencies();
  #timer: NodeJS.Timeout | null = null;
  #nextPeer = 0;
  #underWay = 0;

  constructor(
    private readonly port: number,
    private readonly audience: readonly WireClient[],
  ) {}

  start(): void {
    const startedAt = performance.now();
    let beats = 0;
    let joins = 0;
    this.#timer = setInterval(() => {
      const elapsedS = (performance.now() - startedAt) / 1000;
      for (; beats < elapsedS * PULSES_PER_SECOND; beats += 1) this.#beat();
      for (; joins < elapsedS * JOINS_PER_SECOND; joins += 1) void this.#comeAndGo();
    }, SLICE_MS);
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    while (this.#underWay > 0) await sleep(SLICE_MS);
    closeAll(this.audience);
  }

  #beat(): void {
    const { pulses } = this.latencies;
    const startedAt = performance.now();
    this.audience[this.#nextPeer]?.request('heartbeat', '{}', (isOk, text) => {
      if (!isOk) throw new Error(`heartbeat: ${text}`);
      pulses.push(performance.now() - startedAt);
    });
    this.#nextPeer = (this.#nextPeer + 1) % this.audience.length;
  }

  async #comeAndGo(): Promise<void> {
    this.#underWay += 1;
    const { registers, joins } = this.latencies;
    const startedAt = performance.now();
    const client = await WireClient.open(this.port);
    registers.push(await client.acknowledged('register', registerBody(TRACK)));
    joins.push(performance.now() - startedAt);
    await sleep(STAY_MS);
    await client.acknowledged('leave', '{}');
    client.close();
    this.#underWay -= 1;
  }
}

function figuresOf(runs: readonly Latencies[]): Figure[] {
  const of = (kind: keyof Latencies, share: number): number[] => runs.map((run) => quantile(run[kind], share));
  const load = `${String(AUDIENCE)} registered sockets beating ${String(PULSES_PER_SECOND)} times a second in total, and ${String(JOINS_PER_SECOND)} fresh joins a second, each leaving after ${String(STAY_MS)} ms, one track; ${SERVICE_TEXT}; runs of ${String(RUN_MS)} ms after ${String(WARM_UP_MS)} ms to warm up`;
  const joins = `from the connection's first packet on: p50 ${median(of('joins', 0.5))} ms, p99 ${median(of('joins', 0.99))} ms`;
  const registers = `register to acknowledgement on connections just opened, ${joins}; ${load}`;
  const pulses = `heartbeat to acknowledgement, of which up to 200 ms are the wait for company; ${load}`;
  const figure = (name: string, kind: keyof Latencies, share: number, conditions: string): Figure =>
    figureOf({ name, unit: 'ms', values: of(kind, share), conditions });
  return [
    figure('ack_ms_p50', 'registers', 0.5, registers),
    figure('ack_ms_p99', 'registers', 0.99, registers),
    figure('pulse_ack_ms_p50', 'pulses', 0.5, pulses),
    figure('pulse_ack_ms_p99', 'pulses', 0.99, pulses),
  ];
}

function median(values: readonly number[]): string {
  return quantile(values, 0.5).toFixed(1);
}

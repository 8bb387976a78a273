import { setTimeout as sleep } from 'node:timers/promises';
import { type Benchmark, type Figure, figureOf, quantile } from './benchmark.js';
import { EveningLoad, Latencies, type Load, STAY_MS } from './evening-load.js';
import { SERVICE_TEXT, withService } from './server-process.js';
import { WireClient } from './wire-client.js';
import { gather, openSome } from './wire-peers.js';

const TRACK = 'bench/acks';
const WARM_UP_MS = 3_000;
const RUNS = 3;
const RUN_MS = 3_000;

/** One load, and what its figures are called. */
interface MeasuredLoad extends Load {
  readonly registers: string;
  readonly pulses: string;
}

const LOADS: readonly MeasuredLoad[] = [
  {
    registers: 'ack_ms',
    pulses: 'pulse_ack_ms',
    audience: 2_000,
    pulsesPerSecond: 4_000,
    registersPerSecond: 100,
    openSockets: null,
  },
  {
    registers: 'open_socket_ack_ms',
    pulses: 'open_socket_pulse_ack_ms',
    audience: 3_000,
    pulsesPerSecond: 10_000,
    registersPerSecond: 1_000,
    openSockets: 2_000,
  },
];
const SHARES = { p50: 0.5, p99: 0.99, p999: 0.999 } as const;
type Share = keyof typeof SHARES;

/** `ack_ms_*` and the like: how long a peer waits for its acknowledgement while others beat and join. */
export const registersUnderLoad: Benchmark = {
  names: LOADS.flatMap((load) => namesOf(load)),
  async measure(wanted) {
    const figures: Figure[] = [];
    for (const load of LOADS) {
      if (namesOf(load).some((name) => wanted.has(name))) figures.push(...(await measureLoad(load)));
    }
    return figures;
  },
};

function namesOf({ registers, pulses }: MeasuredLoad): string[] {
  return [registers, pulses].flatMap((name) => Object.keys(SHARES).map((share) => `${name}_${share}`));
}

function measureLoad(load: MeasuredLoad): Promise<Figure[]> {
  return withService(async ({ port, processorSeconds }) => {
    const audience = await gather(port, TRACK, load.audience);
    const visitors = await openSome(load.openSockets ?? 0, () => WireClient.open(port));
    const evening = new EveningLoad(port, TRACK, load, audience, visitors);
    evening.start();
    await sleep(WARM_UP_MS);
    const runs: Latencies[] = [];
    const processorBefore = await processorSeconds();
    const ownBefore = process.cpuUsage();
    for (let run = 0; run < RUNS; run += 1) {
      evening.latencies = new Latencies();
      await sleep(RUN_MS);
      runs.push(evening.latencies);
    }
    const perSecond = 1000 / (RUNS * RUN_MS);
    const own = process.cpuUsage(ownBefore);
    const used = {
      service: ((await processorSeconds()) - processorBefore) * perSecond,
      load: ((own.user + own.system) / 1e6) * perSecond,
    };
    await evening.stop();
    return figuresOf(load, runs, used);
  });
}

/** Cores of the processor: of the service all its threads together, and of the load beside it. */
interface UsedCores {
  readonly service: number;
  readonly load: number;
}

function figuresOf(load: MeasuredLoad, runs: readonly Latencies[], used: UsedCores): Figure[] {
  const of = (kind: keyof Latencies, share: number): number[] => runs.map((run) => quantile(run[kind], share));
  const acknowledged = runs.reduce((sum, run) => sum + run.registers.length + run.pulses.length, 0);
  const conditions = `${loadText(load)}; ${acknowledged.toFixed(0)} acknowledged, the service using ${used.service.toFixed(2)} cores and the load ${used.load.toFixed(2)}; ${SERVICE_TEXT}; runs of ${String(RUN_MS)} ms after ${String(WARM_UP_MS)} ms to warm up`;
  const joins = `, from the connection's first packet on: p50 ${median(of('joins', 0.5))} ms, p99 ${median(of('joins', 0.99))} ms`;
  const registers = `register to acknowledgement${load.openSockets === null ? joins : ''}; ${conditions}`;
  const pulses = `heartbeat to acknowledgement, of which up to 200 ms are the wait for company; ${conditions}`;
  return (Object.keys(SHARES) as Share[]).flatMap((share) => [
    figureOf({
      name: `${load.registers}_${share}`,
      unit: 'ms',
      values: of('registers', SHARES[share]),
      conditions: registers,
    }),
    figureOf({ name: `${load.pulses}_${share}`, unit: 'ms', values: of('pulses', SHARES[share]), conditions: pulses }),
  ]);
}

function loadText({ audience, pulsesPerSecond, registersPerSecond, openSockets }: Load): string {
  const registers =
    openSockets === null
      ? `${String(registersPerSecond)} fresh connections and registers a second`
      : `${String(registersPerSecond)} registers a second on ${String(openSockets)} other sockets that stay open`;
  return `${String(audience)} registered sockets beating ${String(pulsesPerSecond)} times a second in total, and ${registers}, each leaving after ${String(STAY_MS)} ms, one track`;
}

function median(values: readonly number[]): string {
  return quantile(values, 0.5).toFixed(1);
}

import { setTimeout as sleep } from 'node:timers/promises';
import { type Benchmark, type Figure, figureOf } from './benchmark.js';
import { SERVICE_TEXT, type Target, withEcho, withService } from './server-process.js';
import type { WireClient } from './wire-client.js';
import { closeAll, gather } from './wire-peers.js';

const BYTES = 'bytes_per_peer';
const PROCESSOR = 'processor_us_per_peer_s';
/** Peers there are before the first stretch, so that what every process needs once is not counted. */
const FIRST_PEERS = 500;
/** The stretches in which the audience grows; the first and the last have figures of their own, the whole has the plain name. */
const STRETCHES = { '1k': [FIRST_PEERS, 1_500], between: [1_500, 9_000], '10k': [9_000, 10_000] } as const;
type Stretch = keyof typeof STRETCHES;
const LAST_PEERS = STRETCHES['10k'][1];
const MEASURED: readonly Stretch[] = ['1k', '10k'];
/** The peers beat once in between, and the garbage of their joining can go. */
const SETTLE_MS = 3_000;
const BEAT_MS = 3_000;
const SLICE_MS = 50;

/** `bytes_per_peer*`, `processor_us_per_peer_s*`: what a connected peer costs, and how that grows with their number. */
export const peerMemory: Benchmark = {
  names: [BYTES, ...[BYTES, PROCESSOR].flatMap((name) => MEASURED.map((stretch) => `${name}_${stretch}`))],
  async measure() {
    const service = await withService(measureGrowth);
    const echo = await withEcho(measureGrowth);
    const conditions = `peers of one track, each connected, registered and beating every ${String(BEAT_MS)} ms; ${SERVICE_TEXT}; baseline: connections of bare socket.io under the same load`;
    const bytes = `growth of the resident memory, ${String(SETTLE_MS)} ms after the last joined, no collection forced`;
    const figure = (name: string, unit: string, of: (growth: Growth) => number, text: string): Figure =>
      figureOf({ name, unit, values: [of(service)], baselines: [of(echo)], conditions: `${text}; ${conditions}` });
    const whole = `from ${String(FIRST_PEERS)} to ${String(LAST_PEERS)} peers`;
    return [
      figure(BYTES, 'bytes', ({ bytesPerPeer }) => bytesPerPeer, `${bytes}, ${whole}`),
      ...MEASURED.flatMap((stretch) => {
        const [from, to] = STRETCHES[stretch];
        const about = `from ${String(from)} to ${String(to)} peers`;
        return [
          figure(`${BYTES}_${stretch}`, 'bytes', ({ of }) => of[stretch].bytesPerPeer, `${bytes}, ${about}`),
          figure(
            `${PROCESSOR}_${stretch}`,
            'us',
            ({ of }) => of[stretch].processorUs,
            `processor time of all threads for each second and peer, while ${String(to)} peers beat`,
          ),
        ];
      }),
    ];
  },
};

interface Cost {
  readonly bytesPerPeer: number;
  /** Microseconds for each second and connected peer. */
  readonly processorUs: number;
}

interface Growth {
  readonly bytesPerPeer: number;
  readonly of: Readonly<Record<Stretch, Cost>>;
}

async function measureGrowth(server: Target): Promise<Growth> {
  const everybody: WireClient[] = await gather(server.port, 'bench/memory', FIRST_PEERS);
  await beatFor(everybody, SETTLE_MS);
  const first = await server.residentBytes();
  let before = first;
  const costs: Partial<Record<Stretch, Cost>> = {};
  for (const stretch of Object.keys(STRETCHES) as Stretch[]) {
    const [from, to] = STRETCHES[stretch];
    everybody.push(...(await gather(server.port, 'bench/memory', to - from)));
    await beatFor(everybody, SETTLE_MS);
    const processorUs = await processorOf(server, everybody);
    const bytes = await server.residentBytes();
    costs[stretch] = { bytesPerPeer: (bytes - before) / (to - from), processorUs };
    before = bytes;
  }
  closeAll(everybody);
  return { bytesPerPeer: (before - first) / (LAST_PEERS - FIRST_PEERS), of: costs as Record<Stretch, Cost> };
}

async function processorOf(server: Target, clients: readonly WireClient[]): Promise<number> {
  const startedAt = performance.now();
  const before = await server.processorSeconds();
  await beatFor(clients, BEAT_MS);
  const seconds = (performance.now() - startedAt) / 1000;
  return (((await server.processorSeconds()) - before) * 1e6) / seconds / clients.length;
}

/** Each beats once in `BEAT_MS`, evenly spread; resolves when the last was acknowledged. */
async function beatFor(clients: readonly WireClient[], durationMs: number): Promise<void> {
  const startedAt = performance.now();
  const acknowledged: Promise<number>[] = [];
  let due = 0;
  for (let elapsedMs = 0; elapsedMs < durationMs; elapsedMs = performance.now() - startedAt) {
    for (; due < (elapsedMs / BEAT_MS) * clients.length; due += 1) {
      const client = clients[due % clients.length];
      if (client !== undefined) acknowledged.push(client.acknowledged('heartbeat', '{}'));
    }
    await sleep(SLICE_MS);
  }
  await Promise.all(acknowledged);
}

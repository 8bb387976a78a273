import { setTimeout as sleep } from 'node:timers/promises';
import { type Benchmark, figureOf } from './benchmark.js';
import { SERVICE_TEXT, type Target, withEcho, withService } from './server-process.js';
import { closeAll, gather } from './wire-peers.js';

const FIRST_PEERS = 1_500;
const PEERS = 5_000;
/** The peers beat once in between, and the garbage of their joining can go. */
const SETTLE_MS = 4_000;
const NAME = 'bytes_per_peer';

/** `bytes_per_peer`: by how much the service grows with each connected peer. */
export const peerMemory: Benchmark = {
  names: [NAME],
  async measure() {
    const values = [await withService(bytesPerPeer)];
    const baselines = [await withEcho(bytesPerPeer)];
    const conditions = `growth of the resident memory from ${String(FIRST_PEERS)} to ${String(FIRST_PEERS + PEERS)} connected, registered peers of one track, ${String(SETTLE_MS)} ms after the last joined, no collection forced; ${SERVICE_TEXT}; baseline: connections of bare socket.io`;
    return [figureOf({ name: NAME, unit: 'bytes', values, baselines, conditions })];
  },
};

async function bytesPerPeer(server: Target): Promise<number> {
  const { port } = server;
  const first = await gather(port, 'bench/memory', FIRST_PEERS);
  await sleep(SETTLE_MS / 2);
  const before = await server.residentBytes();
  const others = await gather(port, 'bench/memory', PEERS);
  const everybody = [...first, ...others];
  await Promise.all(everybody.map((client) => client.acknowledged('heartbeat', '{}')));
  await sleep(SETTLE_MS);
  const after = await server.residentBytes();
  closeAll(everybody);
  return (after - before) / PEERS;
}

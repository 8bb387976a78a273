import { CrashStage } from './crash-stage.js';
import { MeshClient } from './mesh-client.js';

const PEERS = 7;
const ROUNDS = 2;

/**
 * Has a real service record these tracks and close the log in good order, for tests to damage. In each, seven peers come and
 * beat, the last one claims another capacity, and the first one leaves.
 */
export async function recordEvening(stage: CrashStage, tracks: readonly string[]): Promise<void> {
  const service = await stage.serve('--pulse-linger-ms', '5', '--root-peer-count', '2', '--max-children', '2');
  await Promise.all(tracks.map((track) => recordTrack(service.url, track)));
  await service.terminate();
}

async function recordTrack(url: string, track: string): Promise<void> {
  const clients: MeshClient[] = [];
  for (let peer = 1; peer <= PEERS; peer += 1) {
    const client = await MeshClient.connect(url);
    clients.push(client);
    await client.register(`peer-${String(peer)}`, track, { capacity: 2 });
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    await Promise.all(clients.map((client) => client.request('heartbeat', {})));
    await clients.at(-1)?.request('capacity', { capacity: round });
  }
  await clients[0]?.request('leave', {});
  for (const client of clients) client.close();
}

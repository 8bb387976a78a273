import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LIVE_TREE_PEERS_MAX } from '../../src/admin/live-tree.js';
import type { MeshJson } from '../../src/history/mesh-json.js';
import { largeTrackName, writeLargeLog } from '../support/large-log.js';
import { temporaryDataDir } from '../support/log-directory.js';
import { MeshClient } from '../support/mesh-client.js';
import { ServiceProcess } from '../support/service-process.js';

/** A few more have come by the end of the log. */
const LARGE = LIVE_TREE_PEERS_MAX + 100;
const SMALL_TRACK = 'live/small';

interface TreeJson {
  readonly peers: readonly { peer_id: string; parent_id: string | null; depth: number }[];
}

let directory: Awaited<ReturnType<typeof temporaryDataDir>>;
let service: ServiceProcess;
let client: MeshClient;

beforeAll(async () => {
  directory = await temporaryDataDir();
  const { dataDir } = directory;
  await writeLargeLog(dataDir, { tracks: 2, peersPerTrack: LARGE, eventsPerTrack: 4 * LARGE, pulsesPerBlock: 500 });
  service = await ServiceProcess.start(['--port', '0', '--data-dir', dataDir, '--pulse-linger-ms', '5']);
  // Nobody beats here.
  for (const index of [0, 1]) await configure(largeTrackName(index), { heartbeat_timeout_ms: 600_000 });
  client = await MeshClient.connect(service.url);
  await client.register('ana', SMALL_TRACK, { capacity: 3 });
}, 60_000);

afterAll(async () => {
  client.close();
  await service.kill();
  await directory.remove();
});

const pathOf = (track: string): string => `/api/v1/tracks/${encodeURIComponent(track)}`;

async function configure(track: string, change: object): Promise<void> {
  const init = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(change) };
  expect((await fetch(`${service.url}${pathOf(track)}/configure`, init)).status).toBe(200);
}

async function json<Body>(path: string): Promise<Body> {
  return (await (await fetch(`${service.url}${path}`)).json()) as Body;
}

async function mesh(track?: string): Promise<MeshJson> {
  return json<MeshJson>(`/api/v1/mesh${track === undefined ? '' : `?track=${encodeURIComponent(track)}`}`);
}

describe('tracks that are too large to be written on the thread that serves sockets', () => {
  it('stand in the mesh as in their own trees', async () => {
    const track = largeTrackName(0);
    const { peers } = await json<TreeJson>(`${pathOf(track)}/tree`);
    const shown = await mesh(track);
    expect(peers.length).toBeGreaterThan(LIVE_TREE_PEERS_MAX);
    expect(shown).toMatchObject({ enabled: true, peer_count: peers.length });
    expect(shown.peers.map(({ peer_id, parent, depth }) => [peer_id, parent, depth])).toEqual(
      peers.map(({ peer_id, parent_id, depth }) => [peer_id, parent_id, depth]),
    );
    const relayed = peers.filter(({ parent_id }) => parent_id !== null).length;
    expect(shown.offload_percentage).toBeCloseTo((100 * relayed) / peers.length, 1);
    expect(shown.peers.some(({ forwarded_frames }) => forwarded_frames > 0)).toBe(true);
  });

  it('stand there beside small ones', async () => {
    const tracks = [largeTrackName(0), largeTrackName(1), SMALL_TRACK];
    const parts = await Promise.all(tracks.map(mesh));
    const whole = await mesh();
    expect(whole.peer_count).toBeGreaterThan(2 * LIVE_TREE_PEERS_MAX + 1);
    expect(whole.peer_count).toBe(whole.peers.length);
    expect(new Set(whole.peers.map((peer) => JSON.stringify(peer)))).toEqual(
      new Set(parts.flatMap(({ peers }) => peers).map((peer) => JSON.stringify(peer))),
    );
  });

  it('are not sent again to who has them', async () => {
    const url = `${service.url}/api/v1/mesh`;
    const tag = (await fetch(url)).headers.get('etag') ?? '';
    const again = (): Promise<Response> => fetch(url, { headers: { 'If-None-Match': tag } });
    expect((await again()).status).toBe(304);
    await client.request('capacity', { capacity: 2 });
    const changed = await again();
    expect(changed.status).toBe(200);
    expect(changed.headers.get('etag')).not.toBe(tag);
  });
});

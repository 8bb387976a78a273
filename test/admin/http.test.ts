import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { commandLine } from '../support/command-line.js';
import { temporaryDataDir } from '../support/log-directory.js';
import { MeshClient } from '../support/mesh-client.js';
import { ServiceProcess } from '../support/service-process.js';

const TRACK = 'live/demo';
const PATH = `/api/v1/tracks/${encodeURIComponent(TRACK)}`;
const ADMIN_TOKEN = 'operators-only';

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

interface EventLine {
  readonly position: number;
  readonly type: string;
  readonly peer_id?: string;
}

let directory: Awaited<ReturnType<typeof temporaryDataDir>>;
let service: ServiceProcess;
const clients: MeshClient[] = [];

beforeAll(async () => {
  directory = await temporaryDataDir();
  service = await ServiceProcess.start([
    ...['--port', '0', '--data-dir', directory.dataDir, '--admin-token', ADMIN_TOKEN],
    ...['--root-peer-count', '1', '--max-children', '2', '--pulse-linger-ms', '5', '--heartbeat-timeout-ms', '600000'],
  ]);
  for (const peerId of ['ana', 'ben', 'carl', 'dora']) {
    const client = await MeshClient.connect(service.url);
    clients.push(client);
    await client.register(peerId, TRACK, peerId === 'carl' ? { capacity: 0 } : {});
  }
  await clients[0]!.request('forward_report', { forwarded_frames: 77 });
});

afterAll(async () => {
  for (const client of clients) client.close();
  await service.kill();
  await directory.remove();
});

async function ask(path: string, init: { method?: string; headers?: Record<string, string> } = {}): Promise<Answer> {
  const headers = { Authorization: `Bearer ${ADMIN_TOKEN}`, ...init.headers };
  const response = await fetch(`${service.url}${path}`, { ...init, headers });
  return { status: response.status, type: response.headers.get('content-type') ?? '', text: await response.text() };
}

async function json<Body>(path: string): Promise<Body> {
  return JSON.parse((await ask(path)).text) as Body;
}

async function problem(
  path: string,
  init: { method?: string } = {},
): Promise<{ status: number; code: string; type: string }> {
  const { status, type, text } = await ask(path, init);
  return { status, type, code: (JSON.parse(text) as { code: string }).code };
}

describe('an operator', () => {
  it('without the admin token reads nothing but health and readiness', async () => {
    const anonymous = (path: string): Promise<Response> => fetch(`${service.url}${path}`);
    for (const path of [
      '/api/v1/mesh',
      '/api/v1/tracks',
      `${PATH}/tree`,
      `${PATH}/events`,
      '/api/v1/stream',
      '/metrics',
    ]) {
      expect((await anonymous(path)).status).toBe(401);
    }
    expect((await fetch(`${service.url}/metrics`, { headers: { Authorization: 'Bearer wrong' } })).status).toBe(401);
    expect((await anonymous('/healthz')).status).toBe(200);
    expect((await anonymous('/readyz')).status).toBe(200);
  });

  it('sees the mesh in the shape of LVQR', async () => {
    expect(await json('/api/v1/mesh')).toEqual({
      enabled: true,
      peer_count: 4,
      offload_percentage: 75,
      peers: [
        {
          peer_id: 'ana',
          role: 'Root',
          parent: null,
          depth: 0,
          intended_children: 2,
          forwarded_frames: 77,
          capacity: null,
        },
        {
          peer_id: 'ben',
          role: 'Relay',
          parent: 'ana',
          depth: 1,
          intended_children: 1,
          forwarded_frames: 0,
          capacity: null,
        },
        {
          peer_id: 'carl',
          role: 'Leaf',
          parent: 'ben',
          depth: 2,
          intended_children: 0,
          forwarded_frames: 0,
          capacity: 0,
        },
        {
          peer_id: 'dora',
          role: 'Relay',
          parent: 'ana',
          depth: 1,
          intended_children: 0,
          forwarded_frames: 0,
          capacity: null,
        },
      ],
    });
    const now = (await json<{ peers: unknown[] }>('/api/v1/mesh')).peers;
    const asOf = async (at: string): Promise<unknown> => json(`/api/v1/mesh?at=${at}`);
    expect(await asOf('0s')).toMatchObject({ enabled: true, peer_count: 4, offload_percentage: 75, peers: now });
    expect(await asOf('1h')).toEqual({ enabled: true, peer_count: 0, offload_percentage: 0, peers: [] });
    expect(await problem(`/api/v1/mesh?at=2999-01-01T00:00:00Z`)).toMatchObject({ code: 'time_out_of_range' });
    expect(await problem(`/api/v1/mesh?at=tomorrow`)).toMatchObject({ status: 400, code: 'invalid_time' });
    expect(await problem(`/api/v1/mesh?at=1s&track=no%2Fbody`)).toMatchObject({ status: 404, code: 'unknown_track' });
    expect(await json('/api/v1/mesh?track=no%2Fbody')).toMatchObject({
      peer_count: 0,
      offload_percentage: 0,
      peers: [],
    });
  });

  it('gets the live tree, the same bytes as a fold of the log from its first position', async () => {
    const live = await ask(`${PATH}/tree`);
    const { position } = JSON.parse(live.text) as { position: number };
    const words = ['tree', '--json', '--track', TRACK, '--data-dir', directory.dataDir, '--position', String(position)];
    const folded = await commandLine(...words);
    expect(folded.stdout.trim()).toBe(live.text);
    expect(await json(`${PATH}/tree?liveness=true`)).toMatchObject({
      peers: [{ forwarded_frames: 77, overdue: false }, {}, {}, {}],
    });
  });

  it('lists the tracks', async () => {
    expect(await json('/api/v1/tracks')).toMatchObject({
      tracks: [{ track: TRACK, open: true, peer_count: 4, root_count: 1, waiting_count: 0 }],
    });
  });

  it('pages through the events without a gap or a repetition', async () => {
    const positions: number[] = [];
    for (let after: number | null = 0; after !== null;) {
      const page: { events: EventLine[]; next_after: number | null } = await json(
        `${PATH}/events?limit=3&after=${String(after)}`,
      );
      positions.push(...page.events.map((event) => event.position));
      after = page.next_after;
    }
    expect(positions).toEqual(positions.map((_, index) => index + 1));
    expect(positions.length).toBeGreaterThanOrEqual(10);
  });

  it('streams events as NDJSON, filtered by type and peer', async () => {
    const accept = { headers: { Accept: 'application/x-ndjson' } };
    const all = (await ask(`${PATH}/events`, accept)).text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as EventLine);
    expect(all[0]).toMatchObject({ position: 1, type: 'TrackOpened' });
    const joined = await ask(`${PATH}/events?type=PeerJoined&peer=ben`, accept);
    expect(joined.type).toContain('application/x-ndjson');
    expect(
      joined.text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as EventLine),
    ).toMatchObject([{ type: 'PeerJoined', peer_id: 'ben' }]);
    expect((await ask(`${PATH}/events?limit=2`, accept)).text.trim().split('\n')).toHaveLength(2);
  });

  it('kicks a peer, whose children are told their new parent', async () => {
    const victim = await MeshClient.connect(service.url);
    clients.push(victim);
    await victim.register('eve', TRACK);
    const kicked = await ask(`${PATH}/peers/eve/kick`, { method: 'POST' });
    expect(kicked.status).toBe(200);
    await victim.disconnected;
    expect(await problem(`${PATH}/peers/eve/kick`, { method: 'POST' })).toMatchObject({
      status: 404,
      code: 'unknown_peer',
    });
  });

  it('asks for a better parent, and nothing moves where there is none', async () => {
    const before = await json<{ state_hash: string }>(`${PATH}/tree`);
    expect((await ask(`${PATH}/peers/ana/reassign`, { method: 'POST' })).status).toBe(200);
    expect((await json<{ state_hash: string }>(`${PATH}/tree`)).state_hash).toBe(before.state_hash);
  });

  it('reads metrics', async () => {
    const { text } = await ask('/metrics');
    for (const name of [
      'queue_depth',
      'commit_seconds_bucket',
      'sessions',
      'peers',
      'peers_waiting',
      'wal_bytes',
      'rejections_total',
      'history_running',
      'history_waiting',
      'history_refused_total',
      'stream_readers',
      'stream_readers_dropped_total',
    ]) {
      expect(text).toContain(`meshledger_${name}`);
    }
    expect(text).toContain('nodejs_eventloop_lag_p99_seconds');
    expect(text).toMatch(/^meshledger_peers 4$/m);
    expect(text).toMatch(/^lvqr_mesh_peers 4$/m);
    expect(text).toMatch(/^lvqr_mesh_offload_percentage 75$/m);
  });
});

describe('a question that cannot be answered gets a problem document with its code', () => {
  it.each([
    ['an unknown track', '/api/v1/tracks/nobody/tree', 404, 'unknown_track'],
    ['events of an unknown track', '/api/v1/tracks/nobody/events', 404, 'unknown_track'],
    ['an unknown peer', `${PATH}/events?peer=nobody`, 404, 'unknown_peer'],
    ['a bad track', '/api/v1/tracks/a%2F%2Fb/tree', 400, 'invalid_track'],
    ['a bad position', `${PATH}/events?after=minus`, 400, 'invalid_query'],
    ['a huge limit', `${PATH}/events?limit=1000000`, 400, 'invalid_query'],
    ['an unknown type', `${PATH}/events?type=PeerExploded`, 400, 'invalid_query'],
    ['a misspelt filter', `${PATH}/events?peers=ana`, 400, 'invalid_query'],
    ['an unknown path', '/api/v1/nothing', 404, 'not_found'],
    ['a broken encoding', '/api/v1/tracks/%E0%A4%A/tree', 400, 'invalid_query'],
  ])('%s', async (_name, path, status, code) => {
    expect(await problem(path)).toMatchObject({
      status,
      code,
      type: expect.stringContaining('application/problem+json'),
    });
  });
});

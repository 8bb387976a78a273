import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { commandLine } from '../support/command-line.js';
import { temporaryDataDir } from '../support/log-directory.js';
import { MeshClient } from '../support/mesh-client.js';
import { ServiceProcess } from '../support/service-process.js';

const TRACK = 'live/demo';
const ADMIN_TOKEN = 'operators-only';
const RULES = { policy: 'resilient', policy_version: 1, root_peer_count: 1, max_children: 2, max_depth: 6 };

let directory: Awaited<ReturnType<typeof temporaryDataDir>>;
let service: ServiceProcess;
const clients: MeshClient[] = [];

function start(...flags: string[]): Promise<ServiceProcess> {
  return ServiceProcess.start([
    ...['--port', '0', '--data-dir', directory.dataDir, '--admin-token', ADMIN_TOKEN],
    ...['--root-peer-count', '1', '--heartbeat-timeout-ms', '600000', '--heartbeat-interval-ms', '3000', ...flags],
  ]);
}

beforeAll(async () => {
  directory = await temporaryDataDir();
  service = await start('--max-children', '2');
  for (const peerId of ['ana', 'ben', 'carl']) {
    const client = await MeshClient.connect(service.url);
    clients.push(client);
    await client.register(peerId, TRACK);
  }
});

afterAll(async () => {
  for (const client of clients) client.close();
  await service.kill();
  await directory.remove();
});

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function configure(body: unknown, track = TRACK, token = ADMIN_TOKEN): Promise<Answer> {
  const response = await fetch(`${service.url}/api/v1/tracks/${encodeURIComponent(track)}/configure`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

describe('an operator who configures a running track', () => {
  it('is answered with the rules in force and the position at which they are', async () => {
    const { status, body } = await configure({ max_children: 1, heartbeat_timeout_ms: 500_000 });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ok: true,
      settings: { ...RULES, max_children: 1, heartbeat_timeout_ms: 500_000 },
      is_moving: false,
    });
    expect((await configure({ max_children: 1 })).body['position']).toBe(body['position']);
  });

  it('finds the event in the log, with a sentence, and the rules in the list of tracks', async () => {
    const dataDir = ['--data-dir', directory.dataDir];
    const { stdout } = await commandLine('events', '--track', TRACK, '--type', 'TrackConfigured', ...dataDir);
    expect(stdout).toMatch(/from here on policy resilient v1, up to 1 root, 1 child each, depth 6, timeout 8 min 20 s/);
    const json = await commandLine('events', '--track', TRACK, '--type', 'TrackConfigured', '--json', ...dataDir);
    expect(JSON.parse(json.stdout)).toMatchObject({ version: 1, settings: { ...RULES, max_children: 1 } });
    expect((await commandLine('tracks', ...dataDir)).stdout).toMatch(/resilient v1 +1 \/ 1 \/ 6/);
    expect(await commandLine('verify', '--redecide', ...dataDir)).toMatchObject({ exitCode: 0 });
  });

  it.each([
    ['no rule at all', {}, 'at least one rule'],
    ['a misspelt rule', { max_childs: 1 }, 'max_childs'],
    ['a limit as text', { max_children: '1' }, 'max_children'],
    ['a limit out of its range', { root_peer_count: 0 }, 'root_peer_count: at least 1'],
    ['an unknown policy', { policy: 'astrology' }, 'policy: one of shallowest, resilient'],
    ['a version that is not in this build', { policy_version: 99 }, 'policy resilient version 99 is not in this build'],
    ['half of the switches', { ideas: { swap: true } }, 'ideas.heir'],
    ['a timeout shorter than the interval of heartbeats', { heartbeat_timeout_ms: 3_000 }, 'more than the interval'],
    ['something that is no object', [1], ''],
  ])('is refused %s, with the field named', async (_name, body, detail) => {
    const answer = await configure(body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_message' } });
    expect(answer.body['detail']).toContain(detail);
  });

  it('is refused what is no JSON, a track nobody has open, and a wrong token', async () => {
    expect(await configure('{')).toMatchObject({ status: 400 });
    expect(await configure({ max_children: 1 }, 'live/nobody')).toMatchObject({
      status: 400,
      body: { code: 'invalid_track' },
    });
    expect(await configure({ max_children: 1 }, TRACK, 'guessed')).toMatchObject({ status: 401 });
  });

  it('is told at the next start which tracks keep rules other than the flags', async () => {
    await service.kill();
    service = await start('--max-children', '5');
    const line = service.stderr.split('\n').find((text) => text.includes('keep their own policy and limits'));
    expect(JSON.parse(line ?? 'null')).toMatchObject({ level: 'warn', flags: { max_children: 5 }, tracks: [TRACK] });
  });
});

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { SignJWT } from 'jose';
import { eventually } from '../support/eventually.js';
import { temporaryDataDir } from '../support/log-directory.js';
import { LvqrClient } from '../support/lvqr-client.js';
import { MeshClient } from '../support/mesh-client.js';
import { ServiceProcess } from '../support/service-process.js';

const SECRETS = { subscribe: 'the-subscribe-token', jwt: 'the-jwt-secret-0123456789abcdef', admin: 'the-admin-token' };
const WRONG = 'the-wrong-token-of-somebody';
const TRACK = 'live/a';
let directory: Awaited<ReturnType<typeof temporaryDataDir>>;
let settings: typeof directory;
let iceServersFile: string;
let service: ServiceProcess;

beforeAll(async () => {
  directory = await temporaryDataDir();
  settings = await temporaryDataDir();
  iceServersFile = join(settings.dataDir, 'ice-servers.json');
  await writeFile(iceServersFile, '[{"urls":"stun:old.example"}]');
  service = await ServiceProcess.start([
    ...['--port', '0', '--data-dir', directory.dataDir, '--ice-servers-file', iceServersFile],
    ...['--subscribe-token', SECRETS.subscribe, '--jwt-secret', SECRETS.jwt, '--admin-token', SECRETS.admin],
  ]);
});
afterAll(async () => {
  await service.kill();
  await directory.remove();
  await settings.remove();
});

function boundToken(): Promise<string> {
  const signer = new SignJWT({ track: TRACK }).setProtectedHeader({ alg: 'HS256' }).setExpirationTime('1h');
  return signer.sign(Buffer.from(SECRETS.jwt));
}

function get(path: string, token: string | null): Promise<Response> {
  return fetch(`${service.url}${path}`, token === null ? {} : { headers: { Authorization: `Bearer ${token}` } });
}

async function iceServersToldTo(peerId: string): Promise<unknown> {
  const client = await MeshClient.connect(service.url, { auth: { token: SECRETS.subscribe } });
  const { assignment } = await client.register(peerId, TRACK);
  client.close();
  return assignment.ice_servers;
}

it('the token of a viewer reads nothing over HTTP, of its own track or another', async () => {
  const tokens = [await boundToken(), SECRETS.subscribe, WRONG, null];
  const paths = [TRACK, 'live/b'].map((track) => `/api/v1/tracks/${encodeURIComponent(track)}/tree`);
  for (const path of [...paths, '/api/v1/mesh?track=live/b', '/api/v1/tracks', '/metrics']) {
    for (const token of tokens) expect([path, (await get(path, token)).status]).toEqual([path, 401]);
  }
  expect((await get('/api/v1/mesh', SECRETS.admin)).status).toBe(200);
});

it('failures are counted, and no token stands in the service log', async () => {
  await expect(LvqrClient.connect(service.url, { token: WRONG })).rejects.toMatchObject({ status: 401 });
  await expect(MeshClient.connect(service.url, { auth: { token: WRONG } })).rejects.toThrow('unauthorized');
  const viewer = await LvqrClient.connect(service.url, { token: await boundToken() });
  viewer.sendRegister('lost', 'live/b');
  expect(await viewer.next('Error')).toMatchObject({ code: 'unauthorized' });
  const metrics = await (await get('/metrics', SECRETS.admin)).text();
  expect(metrics).toMatch(/^meshledger_auth_failures_total 2$/m);
  expect(metrics).toMatch(/^meshledger_rejections_total\{code="unauthorized"\} 1$/m);
  expect(metrics).toMatch(/^meshledger_admin_auth_failures_total 20$/m);
  for (const secret of [...Object.values(SECRETS), WRONG, await boundToken()]) {
    expect(service.stderr + service.stdout).not.toContain(secret);
  }
});

it('SIGHUP reads the ICE servers again; a file that makes no sense changes nothing', async () => {
  expect(await iceServersToldTo('one')).toEqual([{ urls: 'stun:old.example' }]);
  await writeFile(iceServersFile, '[{"urls":"stun:new.example"}]');
  service.signal('SIGHUP');
  await eventually('the file is read', 10_000, () => (service.stderr.includes('read again') ? true : null));
  expect(await iceServersToldTo('two')).toEqual([{ urls: 'stun:new.example' }]);
  await writeFile(iceServersFile, '[{"urls":"http://no.example","credential":"hidden"}]');
  service.signal('SIGHUP');
  await eventually('the fault is logged', 10_000, () => (service.stderr.includes('stay in force') ? true : null));
  expect(service.stderr).not.toContain('hidden');
  expect(await iceServersToldTo('three')).toEqual([{ urls: 'stun:new.example' }]);
});

import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { SignJWT } from 'jose';
import { BrowserMesh } from '../support/browser-mesh.js';
import { BrowserStage, type ViewerTab } from '../support/browser-stage.js';
import { ServiceProcess } from '../support/service-process.js';
import { temporaryDataDir } from '../support/log-directory.js';

const SECRET = 'a-secret-of-this-test-with-enough-characters';
const OVER_LONG = 70_000;
/** Above what a session may send at once. */
const FLOOD = 3_000;
let stage: BrowserStage;
let mesh: BrowserMesh;

beforeAll(async () => {
  stage = await BrowserStage.open();
});
afterAll(() => stage.close());
afterEach(() => mesh.stop());

async function start(...flags: readonly string[]): Promise<{ page: ViewerTab; url: string }> {
  mesh = await BrowserMesh.start(stage, ...flags);
  const { url } = mesh.service;
  return { url, page: await stage.tab(url, 'stranger', 'page/socket-page.ts') };
}

/** With what code the SDK's `connect` is refused. */
async function refused(token: string): Promise<string> {
  const { url } = mesh.service;
  const tab = await stage.tab(url, 'viewer');
  const options = JSON.stringify({ url, track: 'live/browser', token });
  return tab.run(`viewer.join(${options}).then(() => 'in', ({ code }) => code)`);
}

/** How often the service has counted refusals of a kind. */
async function counted(pattern: RegExp): Promise<number> {
  const text = await (await fetch(`${mesh.service.url}/metrics`)).text();
  return Number(pattern.exec(text)?.[1] ?? 0);
}

it('refuses a forged from with invalid_message', async () => {
  const { page, url } = await start();
  const offer = JSON.stringify({ type: 'Offer', from: 'somebody', to: 'root', sdp: 'v=0' });
  const end = await page.run(
    `signal('${url}', 'forger').then((socket) => { socket.send(${offer}); return socket.end(); })`,
  );
  expect(end).toEqual({ code: 'invalid_message', closed: 1008 });
});

it('refuses a signal to a peer of another track with unknown_peer, and it reaches nobody', async () => {
  const { page, url } = await start();
  const root = await mesh.join('root', 1);
  const body = JSON.stringify({ to: 'root', sdp: 'v=0' });
  expect(await page.run(`ask('${url}', 'stranger', 'live/other', 'offer', ${body})`)).toBe('unknown_peer');
  expect((await root.look()).childIds).toEqual([]);
});

it('refuses whoever registers as a living peer with peer_id_taken, over either wire', async () => {
  const { page, url } = await start();
  const root = await mesh.join('root', 1);
  await page.run(`signal('${url}', 'lvqr').then((socket) => { globalThis.living = socket; })`);
  for (const peerId of ['root', 'lvqr']) {
    expect(await page.run(`ask('${url}', '${peerId}', 'live/browser', 'heartbeat', {})`)).toBe('peer_id_taken');
    const end = await page.run(`signal('${url}', '${peerId}').then((socket) => socket.end())`);
    expect(end).toEqual({ code: 'peer_id_taken', closed: 1008 });
  }
  expect(await page.run('living.closed')).toBeNull();
  expect((await root.look()).closed).toBeNull();
});

it('refuses a message that is too large: with invalid_message, and on the plain WebSocket with its close code', async () => {
  const { page, url } = await start();
  const body = `{ to: 'root', sdp: 'x'.repeat(40_000) }`;
  expect(await page.run(`ask('${url}', 'one', 'live/browser', 'offer', ${body})`)).toBe('invalid_message');
  const send = `socket.send('x'.repeat(${String(OVER_LONG)})); return socket.end();`;
  const end = await page.run(`signal('${url}', 'two').then((socket) => { ${send} })`);
  expect(end).toEqual({ code: null, closed: 1009 });
});

it('ends a flood with rate_limited', async () => {
  const { page, url } = await start();
  const flood = `for (let n = 0; n < ${String(FLOOD)}; n += 1) socket.send({ type: 'Nonsense' }); return socket.end();`;
  const end = await page.run(`signal('${url}', 'flooder').then((socket) => { ${flood} })`);
  expect(end).toEqual({ code: 'rate_limited', closed: 1008 });
});

it('ends a session without a Register with expected_register', async () => {
  const { page, url } = await start();
  const end = await page.run(`signal('${url}', null).then((socket) => socket.end())`);
  expect(end).toEqual({ code: 'expected_register', closed: 1008 });
});

it('refuses a wrong token with unauthorized', async () => {
  await start('--subscribe-token', 'the-right-one');
  expect(await refused('a-wrong-one')).toBe('unauthorized');
  expect(await refused('the-right-one')).toBe('in');
});

it('refuses an expired JSON Web Token with unauthorized', async () => {
  await start('--jwt-secret', SECRET);
  const expiring = (inS: number): Promise<string> =>
    new SignJWT({ sub: 'viewer', exp: Math.floor(Date.now() / 1_000) + inS })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(Buffer.from(SECRET));
  expect(await refused(await expiring(-3_600))).toBe('unauthorized');
  expect(await refused(await expiring(3_600))).toBe('in');
});

it('refuses a page of another origin with forbidden_origin, which browsers do not show to the page', async () => {
  const { url } = await start();
  const { dataDir, remove } = await temporaryDataDir();
  const other = await ServiceProcess.start(['--port', '0', '--data-dir', dataDir]);
  const foreignUrl = other.url.replace('127.0.0.1', 'localhost');
  try {
    const page = await stage.tab(foreignUrl, 'foreign', 'page/socket-page.ts');
    expect(await page.run(`signal('${url}', 'one').then((socket) => socket.end())`)).toMatchObject({ code: null });
    expect(await counted(/forbidden_origin"\} (\d+)/)).toBe(1);
  } finally {
    await other.terminate();
    await remove();
  }
});

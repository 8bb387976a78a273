import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type JWTPayload, SignJWT } from 'jose';
import { WebSocket } from 'ws';
import type { Flags } from '../../src/config.js';
import { FakeClock } from '../support/fake-clock.js';
import { UpgradeRefused } from '../support/lvqr-client.js';
import { MeshService } from '../support/mesh-service.js';

const SECRET = 'a-secret-that-nobody-else-has-1234567890';
const TRACK = 'live/a';
const OTHER_TRACK = 'live/b';
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const clock = new FakeClock();
const NOW_S = Math.floor(clock.wallMs() / 1_000);
/** An expiry that JSON leaves out. */
const NEVER = undefined as unknown as number;
let service: MeshService;
let directory: string;
let pemOf: (key: KeyObject) => Promise<string>;
afterEach(() => service.stop());
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'meshledger-keys-'));
  pemOf = async (key) => {
    const path = join(directory, `${key.asymmetricKeyType ?? ''}.pem`);
    await writeFile(path, key.export({ type: 'spki', format: 'pem' }));
    return path;
  };
});
afterAll(() => rm(directory, { recursive: true }));

async function start(flags: Flags): Promise<void> {
  service = await MeshService.start({ clock, flags });
}

/** A token as an issuer makes it; it expires in a minute unless it says otherwise. */
function token(claims: JWTPayload = {}, key: KeyObject | string = SECRET, alg = 'HS256'): Promise<string> {
  const signer = new SignJWT({ sub: 'viewer', exp: NOW_S + 60, ...claims }).setProtectedHeader({ alg });
  return signer.sign(typeof key === 'string' ? Buffer.from(key) : key);
}

/** What each wire says to a token: `in` or the code of the refusal. */
async function judged(presented: string): Promise<string[]> {
  const overSocketIo = service.connect({ auth: { token: presented } }).then(
    () => 'in',
    (error: unknown) => (error as { data: { code: string } }).data.code,
  );
  const overSignal = (options: { token: string } | { protocol: string }): Promise<string> =>
    service.connectLvqr(options).then(
      () => 'in',
      (error: unknown) =>
        error instanceof UpgradeRefused ? `${String(error.status)} ${error.body.code ?? ''}` : 'error',
    );
  return [
    await overSocketIo,
    await overSignal({ token: presented }),
    await overSignal({ protocol: `lvqr.bearer.${presented}` }),
  ];
}

const IN = ['in', 'in', 'in'];
const REFUSED = ['unauthorized', '401 unauthorized', '401 unauthorized'];

describe('the subscribe token', () => {
  it('lets in over both wires who shows it, and nobody else', async () => {
    await start({ subscribeToken: 'let-me-in' });
    expect(await judged('let-me-in')).toEqual(IN);
    expect(await judged('let-me-out')).toEqual(REFUSED);
    await expect(service.connectLvqr()).rejects.toMatchObject({
      status: 401,
      body: { code: 'unauthorized', reason: 'the token is missing or wrong' },
    });
    expect(service.layer.metrics.authFailures).toBe(4);
  });

  it('comes back as the subprotocol it came in', async () => {
    await start({ subscribeToken: 'let-me-in' });
    const client = await service.connectLvqr({ protocol: 'lvqr.bearer.let-me-in' });
    expect(client.socket.protocol).toBe('lvqr.bearer.let-me-in');
  });
});

describe('a JSON Web Token', () => {
  it('counts when the shared secret has signed it and it has not expired', async () => {
    await start({ jwtSecret: SECRET });
    expect(await judged(await token())).toEqual(IN);
    expect(await judged(await token({}, 'another-secret-of-the-same-length-12345'))).toEqual(REFUSED);
    expect(await judged(await token({ exp: NOW_S }))).toEqual(REFUSED);
    expect(await judged(await token({ exp: NEVER }))).toEqual(REFUSED);
    expect(await judged(await token({ nbf: NOW_S + 30 }))).toEqual(REFUSED);
    expect(await judged('not.a.token')).toEqual(REFUSED);
  });

  it('expires with the clock', async () => {
    await start({ jwtSecret: SECRET });
    const short = await token({ exp: Math.floor(clock.wallMs() / 1_000) + 2 });
    expect(await judged(short)).toEqual(IN);
    clock.stepWall(2_000);
    expect(await judged(short)).toEqual(REFUSED);
    clock.stepWall(-2_000);
  });

  it.each([
    ['RS256', rsa],
    ['ES256', ec],
  ])('can be signed with a private key: %s', async (alg, { publicKey, privateKey }) => {
    await start({ jwtPublicKeyFile: await pemOf(publicKey) });
    expect(await judged(await token({}, privateKey, alg))).toEqual(IN);
    const stranger =
      alg === 'RS256'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : generateKeyPairSync('ec', { namedCurve: 'P-256' });
    expect(await judged(await token({}, stranger.privateKey, alg))).toEqual(REFUSED);
  });

  it('does not choose how it is checked', async () => {
    await start({ jwtPublicKeyFile: await pemOf(rsa.publicKey) });
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = part({ exp: NOW_S + 60 });
    expect(await judged(`${part({ alg: 'none' })}.${claims}.`)).toEqual(REFUSED);
    const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' });
    // Signed with the public key as if it were a shared secret.
    expect(await judged(await token({}, pem.toString()))).toEqual(REFUSED);
    const signature = createSign('sha512')
      .update(`${part({ alg: 'RS512' })}.${claims}`)
      .sign(rsa.privateKey, 'base64url');
    expect(await judged(`${part({ alg: 'RS512' })}.${claims}.${signature}`)).toEqual(REFUSED);
  });

  it('counts beside the subscribe token and beside another kind', async () => {
    await start({ subscribeToken: 'let-me-in', jwtSecret: SECRET, jwtPublicKeyFile: await pemOf(ec.publicKey) });
    const tokens = ['let-me-in', await token(), await token({}, ec.privateKey, 'ES256')];
    for (const presented of tokens) expect(await judged(presented)).toEqual(IN);
  });
});

describe('a token for one track', () => {
  it.each(['track', 'broadcast'])('opens no other over either wire: claim %s', async (claim) => {
    await start({ jwtSecret: SECRET });
    const bound = await token({ [claim]: TRACK });
    const client = await service.connect({ auth: { token: bound } });
    const elsewhere = await client.request('register', { peer_id: 'one', track: OTHER_TRACK });
    expect(elsewhere).toEqual({ ok: false, code: 'unauthorized', reason: 'the token is for another track' });
    expect(await client.request('register', { peer_id: 'one', track: TRACK })).toMatchObject({ ok: true });

    const lost = await service.connectLvqr({ token: bound });
    lost.sendRegister('two', OTHER_TRACK);
    expect(await lost.next('Error')).toMatchObject({ code: 'unauthorized' });
    const found = await service.connectLvqr({ token: bound });
    expect(await found.register('two', TRACK)).toMatchObject({ parent_id: null });
    expect(service.eventTypes(OTHER_TRACK)).toEqual([]);
  });

  it('reaches nobody in another, whatever the bearer says', async () => {
    await start({ jwtSecret: SECRET });
    const victim = await service.connect({ auth: { token: await token() } });
    await victim.register('victim', OTHER_TRACK);
    const bearer = await service.connect({ auth: { token: await token({ track: TRACK }) } });
    await bearer.register('bearer', TRACK);
    const offer = { to: 'victim', sdp: 'v=0', track: OTHER_TRACK };
    expect(await bearer.request('offer', offer)).toMatchObject({ ok: false, code: 'unknown_peer' });
    await victim.request('capacity', { capacity: null });
    expect(victim.inbox).toEqual([]);
  });

  it('counts for nothing when its binding makes no sense', async () => {
    await start({ jwtSecret: SECRET });
    for (const claims of [{ track: 7 }, { track: TRACK, broadcast: OTHER_TRACK }, { broadcast: [TRACK] }]) {
      expect(await judged(await token(claims))).toEqual(REFUSED);
    }
    expect(await judged(await token({ track: TRACK, broadcast: TRACK }))).toEqual(IN);
  });
});

describe('origins', () => {
  it('are checked for the plain WebSocket too', async () => {
    await start({ allowedOrigins: 'https://a.example' });
    for (const origin of ['https://a.example', service.url]) await service.connectLvqr({ origin });
    await expect(service.connectLvqr({ origin: 'https://evil.example' })).rejects.toMatchObject({
      status: 403,
      body: { code: 'forbidden_origin' },
    });
    expect(service.layer.metrics.connectionsRefused.get('forbidden_origin')).toBe(1);
  });
});

describe('the limits of connections', () => {
  it('count both wires together', async () => {
    await start({ connectionsPerAddressMax: '2' });
    await service.connect();
    const second = await service.connectLvqr();
    await expect(service.connectLvqr()).rejects.toMatchObject({ status: 429, body: { code: 'rate_limited' } });
    second.leave();
    await service.until(() => service.layer.metrics.connections === 1);
    await service.connect();
  });

  it('hold a flood of new connections back', async () => {
    await start({ rateLimitConnections: '1' });
    await service.connectLvqr();
    await service.connectLvqr();
    await expect(service.connectLvqr()).rejects.toMatchObject({ status: 429 });
  });
});

describe('an upgrade', () => {
  it('of any other path is refused, and leaves no connection behind', async () => {
    await start({});
    const elsewhere = service.url.replace('http', 'ws');
    const statuses = [];
    for (const path of ['/', '/signals', '/signal/', '//[']) {
      const socket = new WebSocket(`${elsewhere}${path}`);
      statuses.push(
        await new Promise((resolve) => {
          socket.once('unexpected-response', (_request, response) => {
            response.resume();
            resolve(response.statusCode);
          });
          socket.once('error', resolve);
        }),
      );
    }
    expect(statuses).toEqual([404, 404, 404, 404]);
    await service.until(async () => (await service.openConnections()) === 0);
  });
});

import { afterEach, describe, expect, it } from '@jest/globals';
import { io } from 'socket.io-client';
import { addressKey } from '../../src/gateway/address-key.js';
import { isOriginAllowed } from '../../src/gateway/allowed-origins.js';
import { AddressBuckets, TokenBucket } from '../../src/gateway/token-bucket.js';
import { MeshService } from '../support/mesh-service.js';

const TOKEN = 'let-me-in';
let service: MeshService;
afterEach(() => service.stop());

/** The error a connection is refused with. */
function refusal(options: Parameters<MeshService['connect']>[0] = {}): Promise<{ message: string; data?: unknown }> {
  return service.connect(options).then(
    () => ({ message: 'connected' }),
    (error: unknown) => error as Error & { data?: unknown },
  );
}

describe('the subscribe token', () => {
  it('lets in who shows it and nobody else, and says why', async () => {
    service = await MeshService.start({ flags: { subscribeToken: TOKEN } });
    const wrong = [undefined, {}, { token: 'wrong' }, { token: `${TOKEN} ` }, { token: [TOKEN] }, { token: { x: 1 } }];
    for (const auth of wrong) {
      const { data } = await refusal(auth === undefined ? {} : { auth });
      expect(data).toEqual({ code: 'unauthorized', reason: 'the token is missing or wrong' });
    }
    const client = await service.connect({ auth: { token: TOKEN } });
    expect(client.socket.connected).toBe(true);
    expect(service.gateway.metrics.authFailures).toBe(wrong.length);
  });
});

describe('origins', () => {
  const withOrigin = (origin: string): Parameters<MeshService['connect']>[0] => ({ extraHeaders: { origin } });

  it('are limited to the service’s own host unless others are allowed', async () => {
    service = await MeshService.start({ flags: { allowedOrigins: 'https://a.example,https://b.example' } });
    for (const origin of ['https://a.example', 'https://b.example', service.url]) {
      expect(await refusal(withOrigin(origin))).toEqual({ message: 'connected' });
    }
    for (const origin of ['https://c.example', 'https://a.example.evil.test', 'null', 'https://a.example:444']) {
      expect((await refusal(withOrigin(origin))).message).not.toBe('connected');
    }
    expect(service.gateway.metrics.connectionsRefused.get('forbidden_origin')).toBe(4);
  });

  it('do not matter to a client that is no browser, nor when all are allowed', async () => {
    service = await MeshService.start({ flags: { allowedOrigins: '*' } });
    expect(await refusal(withOrigin('https://anybody.example'))).toEqual({ message: 'connected' });
    expect(isOriginAllowed({}, [])).toBe(true);
    expect(isOriginAllowed({ origin: 'https://x.example', host: 'X.example' }, [])).toBe(true);
  });

  it('are checked for long polling too', async () => {
    service = await MeshService.start();
    const polling = { transports: ['polling'], ...withOrigin('https://evil.example') };
    expect((await refusal(polling)).message).not.toBe('connected');
    expect(await refusal({ transports: ['polling'] })).toEqual({ message: 'connected' });
  });
});

describe('limits of connections', () => {
  it('refuse an address that opens too many at once', async () => {
    service = await MeshService.start({ flags: { rateLimitConnections: '1' } });
    await service.connect();
    await service.connect();
    expect((await refusal()).data).toMatchObject({ code: 'rate_limited' });
  });

  it('refuse an address that holds too many, until one is closed', async () => {
    service = await MeshService.start({ flags: { connectionsPerAddressMax: '1' } });
    const first = await service.connect();
    expect((await refusal()).data).toMatchObject({ code: 'rate_limited' });
    first.close();
    await service.until(() => service.gateway.metrics.connections === 0);
    expect(await refusal()).toEqual({ message: 'connected' });
  });

  it('refuse everybody when the service holds too many', async () => {
    service = await MeshService.start({ flags: { connectionsMax: '1' } });
    await service.connect();
    expect((await refusal()).data).toMatchObject({ code: 'busy' });
    expect(service.gateway.metrics.connectionsRefused.get('busy')).toBe(1);
  });

  it('leave no connection open that was refused, or that left the namespace', async () => {
    service = await MeshService.start({ flags: { subscribeToken: TOKEN } });
    expect((await refusal()).data).toMatchObject({ code: 'unauthorized' });
    const client = await service.connect({ auth: { token: TOKEN } });
    client.socket.io.engine.write('1/mesh,');
    expect(await client.disconnected).toBe('transport close');
    await service.until(async () => (await service.openConnections()) === 0);
  });

  it('take in nobody outside the namespace', async () => {
    service = await MeshService.start();
    const socket = io(service.url, { transports: ['websocket'], forceNew: true, reconnection: false });
    const error = await new Promise<Error>((resolve) => socket.once('connect_error', resolve));
    expect(error.message).toBe('invalid_namespace');
    socket.close();
  });
});

describe('draining', () => {
  it('sends every client away as a lost connection, and lets nobody in', async () => {
    service = await MeshService.start();
    const clients = await Promise.all(['one', 'two', 'three'].map((peerId) => service.join(peerId, 'live/x')));
    await service.layer.drain(20);
    expect(await Promise.all(clients.map((client) => client.disconnected))).toEqual(Array(3).fill('transport close'));
    expect((await refusal()).data).toMatchObject({ code: 'shutting_down' });
  });
});

describe('a token bucket', () => {
  it('lets a burst through and then the lasting rate', async () => {
    service = await MeshService.start();
    const bucket = new TokenBucket(10, 3, 0);
    expect([0, 0, 0, 0, 99, 100, 100].map((nowMs) => bucket.take(nowMs))).toEqual([
      true,
      true,
      true,
      false,
      false,
      true,
      false,
    ]);
  });

  it('is remembered for a bounded number of addresses', async () => {
    service = await MeshService.start();
    const buckets = new AddressBuckets(1, 1, 2);
    expect(['a', 'b', 'a', 'c', 'a'].map((address) => buckets.take(address, 0))).toEqual([
      true,
      true,
      false,
      true,
      false,
    ]);
    expect(buckets.size).toBe(2);
  });

  it('counts one household as one address', async () => {
    service = await MeshService.start();
    expect(addressKey('::ffff:192.0.2.7')).toBe('192.0.2.7');
    expect(addressKey('2001:db8:1:2:3:4:5:6')).toBe(addressKey('2001:DB8:1:2::9'));
    expect(addressKey('2001:db8:1:2::9')).not.toBe(addressKey('2001:db8:1:3::9'));
    expect(addressKey('::1')).toBe('0000:0000:0000:0000::/64');
  });
});

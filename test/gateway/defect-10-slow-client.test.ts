import type { Socket as TcpSocket } from 'node:net';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { MESSAGE_BYTES_MAX, OUTGOING_BYTES_MAX, PACKETS_BURST } from '../../src/gateway/limits.js';
import { SDP_LENGTH_MAX } from '../../src/protocol/message-limits.js';
import type { MeshClient } from '../support/mesh-client.js';
import { MeshService } from '../support/mesh-service.js';

const TRACK = 'live/x';
const CHILDREN = 3;
const OFFERS_EACH = 400;
const MEBIBYTE = 1_048_576;
let service: MeshService;
let frozen: TcpSocket | null = null;

beforeEach(async () => {
  service = await MeshService.start({ flags: { rootPeerCount: '1' } });
});
afterEach(async () => {
  frozen?.destroy();
  await service.stop();
});

/** Lets the kernel's buffers fill up, as a frozen browser tab does. */
function stopReading(client: MeshClient): void {
  const { transport } = client.socket.io.engine as unknown as { transport: { ws: { _socket: TcpSocket } } };
  frozen = transport.ws._socket.pause();
}

it('defect 10: a client that does not read costs bounded memory and is disconnected', async () => {
  const parent = await service.join('parent', TRACK, { capacity: CHILDREN });
  const children = [];
  for (let number = 0; number < CHILDREN; number += 1) children.push(await service.join(`child-${number}`, TRACK));
  const session = service.layer.sessions.of(TRACK, 2)!;
  const before = process.memoryUsage.rss();
  stopReading(parent);
  let queuedMost = 0;
  const codes = new Set<unknown>();
  const sdp = 'x'.repeat(SDP_LENGTH_MAX);
  for (let number = 0; number < OFFERS_EACH; number += 1) {
    const answers = await Promise.all(children.map((child) => child.request('offer', { to: 'parent', sdp })));
    for (const answer of answers) codes.add(answer['code'] ?? 'delivered');
    queuedMost = Math.max(queuedMost, session.queued());
    if (service.gateway.metrics.slowClientsDropped > 0) break;
  }
  expect(codes).toEqual(new Set(['delivered', 'unknown_peer']));
  expect(service.gateway.metrics.slowClientsDropped).toBe(1);
  expect(queuedMost).toBeLessThanOrEqual(OUTGOING_BYTES_MAX + MESSAGE_BYTES_MAX);
  // What was sent altogether is far more; most of it went into the kernel's buffers, which are not ours.
  expect(process.memoryUsage.rss() - before).toBeLessThan(64 * MEBIBYTE);
  await service.until(() => service.gateway.metrics.sessions === CHILDREN);
  expect(await children[0]!.request('heartbeat', {})).toMatchObject({ ok: true });
});

it('defect 10: so is one that asks for namespaces there are not, whatever it leaves unread', async () => {
  const client = await service.join('one', TRACK);
  stopReading(client);
  const { engine } = client.socket.io as unknown as { engine: { write: (packet: string) => void } };
  const nowhere = `0/${'x'.repeat(2_000)},`;
  for (let number = 0; number < PACKETS_BURST && service.gateway.metrics.slowClientsDropped === 0; number += 500) {
    for (let next = 0; next < 500; next += 1) engine.write(nowhere);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await service.until(() => service.gateway.metrics.slowClientsDropped > 0);
  await service.until(() => service.gateway.metrics.sessions === 0);
  expect(service.gateway.metrics.slowClientsDropped).toBe(1);
});

it('a client that floods the service with packets of any kind is disconnected, and nobody else is', async () => {
  const client = await service.join('one', TRACK);
  const other = await service.join('other', TRACK);
  const { engine } = client.socket.io as unknown as { engine: { write: (packet: string) => void } };
  for (let number = 0; number < 2 * PACKETS_BURST; number += 1) engine.write('3/mesh,7[]');
  const dropped = new Promise((resolve) => client.socket.once('disconnect', resolve));
  await service.until(() => service.gateway.metrics.messagesRateLimited > 0);
  await dropped;
  expect(service.gateway.metrics.messagesRateLimited).toBe(1);
  expect(service.gateway.metrics.slowClientsDropped).toBe(0);
  expect(await other.request('heartbeat', {})).toMatchObject({ ok: true });
});

it('defect 10: so does one that asks without reading the answers', async () => {
  const client = await service.join('one', TRACK);
  stopReading(client);
  const session = service.layer.sessions.of(TRACK, 2)!;
  for (let number = 0; number < 2_000; number += 1)
    client.socket.emit('heartbeat', { pad: 'x'.repeat(100) }, () => undefined);
  await service.until(() => service.gateway.metrics.messages >= 2_001);
  expect(session.queued()).toBeLessThanOrEqual(OUTGOING_BYTES_MAX + MESSAGE_BYTES_MAX);
});

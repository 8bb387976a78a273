import type { Socket as TcpSocket } from 'node:net';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { CLOSE_DEADLINE_MS } from '../../src/gateway/limits.js';
import type { PeerSession } from '../../src/gateway/peer-session.js';
import { SDP_LENGTH_MAX } from '../../src/protocol/message-limits.js';
import { FakeClock } from '../support/fake-clock.js';
import type { MeshClient } from '../support/mesh-client.js';
import { MeshService } from '../support/mesh-service.js';

const TRACK = 'live/x';
const LONGEST_SDP = 'x'.repeat(SDP_LENGTH_MAX);
let clock: FakeClock;
let service: MeshService;
let client: MeshClient;
let session: PeerSession;

beforeEach(async () => {
  clock = new FakeClock();
  service = await MeshService.start({ clock });
  client = await service.join('one', TRACK);
  session = service.layer.sessions.of(TRACK, 2)!;
});
afterEach(() => service.stop());

interface Engine {
  readonly transport: { readonly ws: { readonly _socket: TcpSocket } };
  write(packet: string): void;
}

function engine(): Engine {
  return client.socket.io.engine as unknown as Engine;
}

/** Lets the kernel's buffers fill up, as a frozen browser tab does, and messages wait in the WebSocket and in the engine. */
function leaveUnread(): void {
  engine().transport.ws._socket.pause();
  const offer = { type: 'offer', body: { from: 'x', sdp: LONGEST_SDP } } as const;
  while (session.queued() === 0) session.deliver(offer);
  session.deliver(offer);
}

async function isGone(): Promise<boolean> {
  return (await service.openConnections()) === 0;
}

it('a kicked client that does not read has a few seconds to do so, and is disconnected', async () => {
  leaveUnread();
  await service.topology.writer.submit(TRACK, { type: 'Kick', peerId: 'one' });
  await service.until(() => service.layer.metrics.connections === 0);
  await clock.pass(CLOSE_DEADLINE_MS - 100, 100);
  expect(await isGone()).toBe(false);
  await clock.pass(100, 100);
  await service.until(isGone);
});

it('so has one that breaks the protocol of socket.io, and is a peer without a connection then', async () => {
  leaveUnread();
  const ended = service.nextCommit('PeerDisconnected');
  const { pending } = clock;
  engine().write('nonsense');
  await service.until(() => clock.pending > pending);
  await clock.pass(CLOSE_DEADLINE_MS, 100);
  await ended;
  await service.until(isGone);
});

it('one that reads in time reads everything', async () => {
  leaveUnread();
  await service.topology.writer.submit(TRACK, { type: 'Kick', peerId: 'one' });
  engine().transport.ws._socket.resume();
  expect(await client.disconnected).toBe('io server disconnect');
  await service.until(isGone);
  const pending = clock.pending;
  await clock.pass(CLOSE_DEADLINE_MS, 100);
  expect(clock.pending).toBe(pending);
});

it('one that never answers the close of its WebSocket is disconnected', async () => {
  engine().transport.ws._socket.pause();
  await service.topology.writer.submit(TRACK, { type: 'Kick', peerId: 'one' });
  await service.until(isGone);
});

it('one on long polling that never asks for what waits for it is forgotten in the same time', async () => {
  const url = `${service.url}/socket.io/?EIO=4&transport=polling`;
  const opened = await (await fetch(url)).text();
  const { sid } = JSON.parse(opened.slice(1)) as { sid: string };
  const own = `${url}&sid=${sid}`;
  const connections = service.layer.metrics.connections;
  await fetch(own, { method: 'POST', body: '40/mesh,' });
  await service.until(() => service.layer.metrics.connections > connections);
  // A second time is an error.
  await fetch(own, { method: 'POST', body: '40/mesh,' });
  await service.until(() => service.layer.metrics.connections === connections);
  await clock.pass(CLOSE_DEADLINE_MS, 100);
  const asked = await fetch(own);
  expect([asked.status, await asked.json()]).toEqual([400, { code: 1, message: 'Session ID unknown' }]);
});

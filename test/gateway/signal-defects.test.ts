import { connect, type Socket as TcpSocket } from 'node:net';
import { afterEach, expect, it } from '@jest/globals';
import { findViolations } from '../../src/domain/invariants.js';
import { MESSAGE_BYTES_MAX, OUTGOING_BYTES_MAX, OUTGOING_MESSAGES_MAX } from '../../src/gateway/limits.js';
import type { PeerSession } from '../../src/gateway/peer-session.js';
import { SDP_LENGTH_MAX } from '../../src/protocol/message-limits.js';
import { temporaryDataDir } from '../support/log-directory.js';
import type { LvqrClient } from '../support/lvqr-client.js';
import type { MeshClient } from '../support/mesh-client.js';
import { MeshService, type MeshServiceOptions } from '../support/mesh-service.js';

/**
 * What is broken in the LVQR mesh and must work for its own clients, by number as in lvqr-defects.test.ts. Defects 4, 7, 8, 9, 11 and 13 are
 * rules of signal.test.ts and ice-servers.test.ts: pings, the end of a connection, reloads, senders, first messages, credentials.
 */
const TRACK = 'live/x';
const MEBIBYTE = 1_048_576;
const LONGEST_SDP = 'x'.repeat(SDP_LENGTH_MAX);
let service: MeshService;
afterEach(() => service.stop());

async function start(flags: MeshServiceOptions['flags'] = {}): Promise<void> {
  service = await MeshService.start({ flags: { rootPeerCount: '1', policy: 'shallowest', ...flags } });
}

/** Joins clients one after another; each entry is a peer_id and its capacity. */
async function joinAll(peers: readonly (readonly [string, number])[]): Promise<LvqrClient[]> {
  const clients = [];
  for (const [peerId, capacity] of peers) clients.push(await service.joinLvqr(peerId, TRACK, { capacity }));
  return clients;
}

/** Resolves when the leave is durable and every client has read, and answered, what came of it. */
async function afterLeaveOf(leaver: LvqrClient, rest: readonly (LvqrClient | MeshClient)[]): Promise<void> {
  const left = service.nextCommit('PeerLeft');
  leaver.leave();
  await left;
  for (let round = 0; round < 3; round += 1) {
    for (const client of rest) {
      if ('settled' in client) await client.settled();
      else await client.request('capacity', { capacity: null });
    }
  }
}

/** Who feeds whom, as the parents see it: a peer that stands with two of them gets every frame twice. */
function feeders(clients: readonly LvqrClient[], peerId: string): string[] {
  return clients.filter(({ children }) => children.has(peerId)).map((client) => client.peerId);
}

it('defects 1 and 5: every orphan is told a parent that is neither itself nor below it', async () => {
  await start();
  const clients = await joinAll([1, 2, 3, 4, 5].map((number) => [`peer-${number}`, 1] as const));
  while (clients.length > 1) {
    const [leaver] = clients.splice(Math.floor(clients.length / 3), 1);
    await afterLeaveOf(leaver!, clients);
    for (const client of clients) {
      const path = [client.peerId];
      for (let place = client.place!; place.parent_id !== null && path.length <= clients.length;) {
        place = clients.find(({ peerId }) => peerId === place.parent_id)!.place!;
        path.push(place.peer_id);
      }
      expect(new Set(path).size).toBe(path.length);
    }
  }
});

it('defect 3: a viewer of one stream is never sent to a parent that watches another', async () => {
  await start();
  await joinAll([['one', 3]]);
  const elsewhere = await service.joinLvqr('two', 'live/y');
  expect(elsewhere.place).toMatchObject({ role: 'Root', parent_id: null });
  const namesake = await service.joinLvqr('one', 'live/y');
  expect(namesake.place).toMatchObject({ role: 'Relay', parent_id: 'two' });
});

it('defect 5: the parent that keeps running is told to close a child that moves, so nobody gets a frame twice', async () => {
  await start({ maxChildren: '2' });
  const [root, one, two, three] = await joinAll([['root', 2], ['one', 2], ['two', 2], ['three', 0]]); // prettier-ignore
  expect(three!.place?.parent_id).toBe('one');
  await root!.settled();
  await service.topology.writer.submit(TRACK, { type: 'Suspect', peer: 4, complaints: 1 });
  for (const client of [one!, three!, two!, one!, two!]) await client.settled();
  expect(three!.place?.parent_id).toBe('two');
  expect(feeders([root!, one!, two!], 'three')).toEqual(['two']);
  expect(one!.inbox.filter(({ type }) => type === 'PeerLeft')).toEqual([{ type: 'PeerLeft', peer_id: 'three' }]);
});

it('a client is told its place again only when it has another parent, for it connects each time', async () => {
  await start();
  const [root, one, two] = await joinAll([['root', 1], ['one', 1], ['two', 1]]); // prettier-ignore
  await afterLeaveOf(root!, [one!, two!]);
  // Both rose by one, but only the parent of the first is another.
  expect(one!.place).toMatchObject({ role: 'Root', parent_id: null });
  expect(two!.inbox.filter(({ type }) => type === 'AssignParent')).toEqual([]);
  expect(service.topology.tracks.get(TRACK)?.tree.peerNamed('two')?.depth).toBe(1);
  expect(two!.parents).toEqual(['one']);
});

it('defect 6: a freed root slot is refilled, also when the last root leaves', async () => {
  await start();
  const clients = await joinAll([['one', 1], ['two', 1], ['three', 1]]); // prettier-ignore
  for (const next of ['two', 'three']) {
    await afterLeaveOf(clients.shift()!, clients);
    expect(clients[0]!.place).toMatchObject({ peer_id: next, role: 'Root', parent_id: null, depth: 0 });
  }
});

it('defect 10: a client that does not read costs bounded memory and is disconnected', async () => {
  await start();
  const [parent, child] = await joinAll([['parent', 1], ['child', 1]]); // prettier-ignore
  const session = service.layer.sessions.of(TRACK, 2)!;
  const before = process.memoryUsage.rss();
  (parent!.socket as unknown as { _socket: TcpSocket })._socket.pause();
  let queuedMost = 0;
  for (let number = 0; number < 800 && service.layer.metrics.slowClientsDropped === 0; number += 1) {
    child!.send({ type: 'Offer', from: 'child', to: 'parent', sdp: LONGEST_SDP });
    if (number % 20 === 0) await child!.settled();
    queuedMost = Math.max(queuedMost, session.queued());
  }
  expect(service.layer.metrics.slowClientsDropped).toBe(1);
  expect(queuedMost).toBeLessThanOrEqual(OUTGOING_BYTES_MAX + MESSAGE_BYTES_MAX);
  expect(process.memoryUsage.rss() - before).toBeLessThan(64 * MEBIBYTE);
  await service.until(() => service.layer.metrics.connections === 1);
});

/** Stops reading, and is told things until some of them wait in the service. */
function leaveUnread(client: LvqrClient, session: PeerSession): TcpSocket {
  const connection = (client.socket as unknown as { _socket: TcpSocket })._socket.pause();
  while (session.queued() === 0) session.deliver({ type: 'offer', body: { from: 'x', sdp: LONGEST_SDP } });
  return connection;
}

it('defect 10: so is one that leaves short messages unread, by their number', async () => {
  await start();
  const client = await service.joinLvqr('one', TRACK);
  const session = service.layer.sessions.of(TRACK, 2)!;
  leaveUnread(client, session);
  let told = 0;
  while (session.deliver({ type: 'peer_left', body: { peer_id: 'x' } })) told += 1;
  expect(told).toBeLessThanOrEqual(OUTGOING_MESSAGES_MAX);
  expect(service.layer.metrics.slowClientsDropped).toBe(1);
  await service.until(() => service.layer.metrics.connections === 0);
});

it('defect 10: one that pings without reading is not answered', async () => {
  await start();
  const client = await service.joinLvqr('one', TRACK);
  const session = service.layer.sessions.of(TRACK, 2)!;
  leaveUnread(client, session);
  const queued = session.queued();
  while (service.layer.metrics.messagesRateLimited === 0) {
    for (let number = 0; number < 100; number += 1) client.socket.ping('x'.repeat(100));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(session.queued()).toBeLessThanOrEqual(queued);
});

it('a client that ends its half of the connection without reading is gone at once', async () => {
  await start();
  const client = await service.joinLvqr('one', TRACK);
  const noticed = service.nextCommit('PeerDisconnected');
  leaveUnread(client, service.layer.sessions.of(TRACK, 2)!).end();
  await noticed;
  expect(service.layer.metrics.connections).toBe(0);
  await service.until(async () => (await service.openConnections()) === 0);
});

it('a connection that is refused ends, also when its client would keep its half of it', async () => {
  await start();
  const { hostname, port } = new URL(service.url);
  const client = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  client.write('GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  let answer = '';
  client.on('data', (part: Buffer) => (answer += part.toString()));
  await new Promise((resolve) => client.once('end', resolve));
  expect(answer).toMatch(/^HTTP\/1.1 404 /);
  await service.until(async () => (await service.openConnections()) === 0);
  client.destroy();
});

it('defect 12: joins at the same moment exceed no limit, and who claims no capacity locks nobody out', async () => {
  await start({ rootPeerCount: '2', maxChildren: '2', maxDepth: '1', peersPerTrackMax: '10', policy: 'resilient' });
  const clients = await Promise.all(Array.from({ length: 20 }, () => service.connectLvqr()));
  for (const [index, client] of clients.entries()) {
    client.sendRegister(`peer-${index}`, TRACK, { capacity: index < 4 ? 0 : 2 });
  }
  const answers = await Promise.all(
    clients.map((client) => Promise.race([client.next('AssignParent'), client.next('Error')])),
  );
  expect(answers.filter(({ type }) => type === 'AssignParent')).toHaveLength(10);
  expect(answers.filter(({ code }) => code === 'track_full')).toHaveLength(10);
  const tree = service.topology.tracks.get(TRACK)!.tree;
  expect(findViolations(tree)).toEqual([]);
  expect([tree.rootCount, tree.placedCount, tree.size]).toEqual([2, 6, 10]);
});

it('defect 15: after a restart a client without a token takes its own place over, and its old self is gone', async () => {
  const { dataDir, remove } = await temporaryDataDir();
  service = await MeshService.start({ dataDir, flags: { rootPeerCount: '1' } });
  await joinAll([['one', 1], ['two', 1]]); // prettier-ignore
  await service.stop();
  service = await MeshService.start({ dataDir, flags: { rootPeerCount: '1' } });
  for (const peerId of ['one', 'two']) await service.joinLvqr(peerId, TRACK);
  const tree = service.topology.tracks.get(TRACK)!.tree;
  expect([...tree.peers()].map((peer) => peer.identity?.peerId).sort()).toEqual(['one', 'two']);
  expect(service.eventTypes(TRACK).filter((type) => type === 'PeerLeft')).toHaveLength(2);
  await remove();
});

it('one tree holds clients of both wires: they connect to each other, and hear of each other’s end', async () => {
  await start();
  const root = await service.joinLvqr('root', TRACK, { capacity: 1 });
  const middle = await service.join('middle', TRACK, { capacity: 1 });
  const leaf = await service.joinLvqr('leaf', TRACK, { capacity: 1 });
  expect([middle.place?.parent_id, leaf.place?.parent_id]).toEqual(['root', 'middle']);

  await middle.request('offer', { to: 'root', sdp: 'from socket.io' });
  expect(await root.next('Offer')).toEqual({ type: 'Offer', from: 'middle', to: 'root', sdp: 'from socket.io' });
  expect(await middle.next('answer')).toEqual({ from: 'root', sdp: 'answer of root' });
  await middle.request('ice_candidate', { to: 'root', candidate: { candidate: 'candidate:1', sdpMid: '0' } });
  await middle.request('ice_candidate', { to: 'root', candidate: null });
  expect(await root.next('IceCandidate')).toMatchObject({ from: 'middle', candidate: 'candidate:1' });
  root.send({ type: 'IceCandidate', from: 'root', to: 'middle', candidate: 'candidate:2' });
  expect(await middle.next('ice_candidate')).toEqual({
    from: 'root',
    candidate: { candidate: 'candidate:2', sdpMid: '0', sdpMLineIndex: 0 },
  });
  expect(await middle.next('offer')).toEqual({ from: 'leaf', sdp: 'offer of leaf' });

  await middle.request('leave', {});
  expect(await leaf.next('AssignParent')).toMatchObject({ parent_id: 'root', depth: 1 });
  expect(await root.next('PeerLeft')).toEqual({ type: 'PeerLeft', peer_id: 'middle' });
  expect(await root.next('Offer')).toMatchObject({ from: 'leaf' });
  expect(root.inbox).toEqual([]);
  const back = await service.join('back', TRACK);
  await afterLeaveOf(leaf, [root, back]);
  expect(back.place).toMatchObject({ parent_id: 'root' });
});

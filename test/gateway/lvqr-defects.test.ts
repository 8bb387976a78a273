import { afterEach, expect, it } from '@jest/globals';
import { findViolations } from '../../src/domain/invariants.js';
import { REGISTER_DEADLINE_MS } from '../../src/gateway/limits.js';
import { FakeClock } from '../support/fake-clock.js';
import { temporaryDataDir } from '../support/log-directory.js';
import type { MeshClient } from '../support/mesh-client.js';
import { MeshService, type MeshServiceOptions } from '../support/mesh-service.js';

/**
 * What is broken in the LVQR mesh (docs: LVQR-WIRE.md, each reproduced there) and must work here. Defects 10 and 14 have files of
 * their own; 13 is about policy and credentials, which come later.
 */
const TRACK = 'live/x';
let service: MeshService;
afterEach(() => service.stop());

async function start(flags: MeshServiceOptions['flags'] = {}): Promise<void> {
  service = await MeshService.start({ flags: { rootPeerCount: '1', ...flags } });
}

/** Joins peers one after another; each entry is a peer_id and its capacity. */
async function joinAll(peers: readonly (readonly [string, number])[]): Promise<MeshClient[]> {
  const clients = [];
  for (const [peerId, capacity] of peers) clients.push(await service.join(peerId, TRACK, { capacity }));
  return clients;
}

/** An answer comes behind all that was sent before it, so after this every client knows its place. */
async function settle(clients: readonly MeshClient[]): Promise<void> {
  await Promise.all(clients.map((client) => client.request('heartbeat', {})));
}

/** Follows what the clients were told from one of them up to its root. */
function pathToRoot(client: MeshClient, clients: readonly MeshClient[]): string[] {
  const path: string[] = [];
  let place = client.place;
  while (place !== null && path.length <= clients.length) {
    path.push(place.peer_id);
    const above = place.parent_id;
    place = clients.find((other) => other.place?.peer_id === above)?.place ?? null;
  }
  return path;
}

it('defect 1: an orphan never becomes its own parent, nor its descendant’s child', async () => {
  await start();
  const clients = await joinAll([1, 2, 3, 4, 5, 6].map((number) => [`peer-${number}`, 1] as const));
  while (clients.length > 1) {
    const [leaver] = clients.splice(Math.floor(clients.length / 3), 1);
    await leaver!.request('leave', {});
    await settle(clients);
    for (const client of clients) {
      const path = pathToRoot(client, clients);
      expect(new Set(path).size).toBe(path.length);
      expect(path).toHaveLength((client.place?.depth ?? -1) + 1);
    }
  }
});

it('defect 2: a moved subtree gets its new depths, and what would stand too deep comes off', async () => {
  await start({ maxDepth: '2' });
  const [root, a, x, b, y] = await joinAll([['root', 2], ['a', 1], ['x', 1], ['b', 1], ['y', 1]]); // prettier-ignore
  expect([b, y].map((client) => client!.place?.parent_id)).toEqual(['a', 'x']);
  await root!.request('leave', {});
  await settle([a!, x!, b!, y!]);
  expect([a, b, x, y].map((client) => [client!.place?.role, client!.place?.depth])).toEqual([
    ['Root', 0],
    ['Relay', 1],
    ['Leaf', 2],
    ['Waiting', null],
  ]);
});

it('defect 3: a viewer of one stream is never sent to a parent that watches another', async () => {
  await start();
  await joinAll([['one', 3]]);
  const elsewhere = await service.join('two', 'live/y');
  expect(elsewhere.place).toMatchObject({ role: 'Root', parent_id: null });
  const namesake = await service.join('one', 'live/y');
  expect(namesake.place).toMatchObject({ role: 'Leaf', parent_id: 'two' });
});

it('defect 4: a peer that beats stays, one that is silent is timed out', async () => {
  const clock = new FakeClock();
  service = await MeshService.start({ clock });
  const alive = await service.join('alive', TRACK);
  await service.join('silent', TRACK);
  for (let round = 0; round < 12; round += 1) {
    const beat = alive.request('heartbeat', {});
    await service.until(() => service.topology.writer.queueDepth > 0);
    await clock.pass(3_000, 250);
    expect(await beat).toMatchObject({ ok: true });
  }
  const tree = service.topology.tracks.get(TRACK)?.tree;
  expect([tree?.peerNamed('alive')?.standing, tree?.peerNamed('silent')]).toEqual(['placed', null]);
  expect(service.events(TRACK).filter(({ type }) => type === 'PeerTimedOut')).toHaveLength(1);
});

it('defect 5: every orphan is told its new parent; one without a slot waits, and is told when it gets one', async () => {
  await start({ maxDepth: '1' });
  const [root, first, second, third] = await joinAll([['root', 3], ['first', 1], ['second', 1], ['third', 1]]); // prettier-ignore
  await root!.request('leave', {});
  await settle([first!, second!, third!]);
  expect([first, second, third].map((client) => client!.place?.role)).toEqual(['Root', 'Leaf', 'Waiting']);
  await second!.request('leave', {});
  await settle([third!]);
  expect(third!.place).toMatchObject({ role: 'Leaf', parent_id: 'first', depth: 1, cause: 'refilled' });
});

it('defect 6: a freed root slot is refilled, also when the last root leaves', async () => {
  await start();
  const clients = await joinAll([['one', 1], ['two', 1], ['three', 1]]); // prettier-ignore
  for (const next of ['two', 'three']) {
    await clients.shift()!.request('leave', {});
    await settle(clients);
    expect(clients[0]!.place).toMatchObject({ peer_id: next, role: 'Root', parent_id: null, depth: 0 });
  }
});

it('defect 7: a refused join is answered, and a clean close is noticed before anybody writes', async () => {
  await start({ peersPerTrackMax: '1' });
  const [only] = await joinAll([['only', 1]]);
  const refused = await service.connect();
  const answer = await refused.request('register', { peer_id: 'more', track: TRACK });
  expect(answer).toMatchObject({ ok: false, code: 'track_full' });
  const noticed = service.nextCommit('PeerDisconnected');
  only!.close();
  await noticed;
});

it('defect 8: a second session cannot steal a peer, and the end of a superseded one removes nobody', async () => {
  await start();
  const resume_token = 'a-resume-token-of-enough-characters';
  const old = await service.join('one', TRACK, { resume_token });
  const child = await service.join('child', TRACK);
  const thief = await service.connect();
  const stolen = await thief.request('register', { peer_id: 'one', track: TRACK });
  expect(stolen).toMatchObject({ ok: false, code: 'peer_id_taken' });
  const resumed = await service.join('one', TRACK, { resume_token });
  await old.disconnected;
  await child.request('offer', { to: 'one', sdp: 'v=0' });
  expect(await resumed.next('offer')).toEqual({ from: 'child', sdp: 'v=0' });
  expect([old, thief].flatMap((client) => client.inbox.map(({ type }) => type))).toEqual(['superseded']);
});

it('defect 9: nobody can forge a sender, reach a stranger or another track, or hears of a stranger’s leave', async () => {
  await start({ policy: 'shallowest' });
  const [root, child, grandchild] = await joinAll([['root', 1], ['child', 1], ['grandchild', 0]]); // prettier-ignore
  const stranger = await service.join('stranger', 'live/y');
  await child!.request('offer', { to: 'root', sdp: 'v=0', from: 'grandchild' });
  expect(await root!.next('offer')).toEqual({ from: 'child', sdp: 'v=0' });
  const reached = [
    await grandchild!.request('offer', { to: 'root', sdp: 'v=0' }),
    await stranger.request('offer', { to: 'root', sdp: 'v=0' }),
  ];
  expect(reached.map((answer) => answer['code'])).toEqual(['forbidden_target', 'unknown_peer']);
  await grandchild!.request('leave', {});
  await settle([root!, child!, stranger]);
  expect(child!.inbox.filter(({ type }) => type === 'peer_left')).toEqual([
    { type: 'peer_left', body: { peer_id: 'grandchild' } },
  ]);
  expect([...root!.inbox, ...stranger.inbox].map(({ type }) => type)).not.toContain('peer_left');
});

it('defect 11: a binary message is answered, and a session that never registers is closed', async () => {
  const clock = new FakeClock();
  service = await MeshService.start({ clock });
  const client = await service.connect();
  expect(await client.request('register', Buffer.from('bytes'))).toMatchObject({ ok: false, code: 'invalid_peer_id' });
  await clock.pass(REGISTER_DEADLINE_MS, 1_000);
  expect(await client.disconnected).toBe('transport close');
});

it('defect 12: joins at the same moment exceed no limit', async () => {
  await start({ rootPeerCount: '2', maxChildren: '2', maxDepth: '1', peersPerTrackMax: '10' });
  const clients = await Promise.all(Array.from({ length: 40 }, () => service.connect()));
  const answers = await Promise.all(
    clients.map((client, index) => client.request('register', { peer_id: `peer-${index}`, track: TRACK, capacity: 9 })),
  );
  const codes = answers.map((answer) => answer['code'] ?? 'joined');
  expect([codes.filter((code) => code === 'joined'), codes.filter((code) => code === 'track_full')]).toMatchObject([
    { length: 10 },
    { length: 30 },
  ]);
  const tree = service.topology.tracks.get(TRACK)!.tree;
  const peers = [...tree.peers()];
  expect(findViolations(tree)).toEqual([]);
  expect([tree.rootCount, tree.placedCount, tree.size]).toEqual([2, 6, 10]);
  expect(Math.max(...peers.map((peer) => peer.children.length))).toBe(2);
});

it('defect 15: a restart forgets nothing, and every peer comes back to its place', async () => {
  const { dataDir, remove } = await temporaryDataDir();
  const token = (peerId: string): Record<string, unknown> => ({ resume_token: `${peerId}-resume-token-long-enough` });
  service = await MeshService.start({ dataDir, flags: { rootPeerCount: '1' } });
  const before = [];
  for (const peerId of ['one', 'two', 'three', 'four', 'five']) {
    before.push((await service.join(peerId, TRACK, { capacity: 2, ...token(peerId) })).place!);
  }
  await service.stop();
  service = await MeshService.start({ dataDir, flags: { rootPeerCount: '1' } });
  for (const { peer_id: peerId, parent_id, depth } of before) {
    const back = await service.join(peerId, TRACK, token(peerId));
    expect(back.place).toMatchObject({ parent_id, depth, peer_id: peerId });
  }
  const types = service.eventTypes(TRACK);
  expect(types.filter((type) => type === 'PeerJoined')).toHaveLength(5);
  expect(types.filter((type) => type === 'PeerResumed')).toHaveLength(5);
  expect(types).toContain('ServiceRecovered');
  await remove();
});

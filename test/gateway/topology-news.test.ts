import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { MeshClient } from '../support/mesh-client.js';
import { MeshService } from '../support/mesh-service.js';

const TRACK = 'live/x';
let service: MeshService;
let root: MeshClient;
let relay: MeshClient;
let leaf: MeshClient;
let other: MeshClient;

/** root -> relay -> leaf, root -> other, all told. */
beforeEach(async () => {
  service = await MeshService.start({ flags: { rootPeerCount: '1', policy: 'shallowest' } });
  root = await service.join('root', TRACK, { capacity: 2 });
  relay = await service.join('relay', TRACK, { capacity: 1 });
  other = await service.join('other', TRACK, { capacity: 0 });
  leaf = await service.join('leaf', TRACK, { capacity: 1 });
  await relay.next('assign_parent', ({ role }) => role === 'Relay');
});
afterEach(() => service.stop());

/** What has come so far; an answer to a request is behind everything sent before it. */
async function received(client: MeshClient): Promise<string[]> {
  await client.request('heartbeat', {});
  return client.inbox.map(({ type }) => type);
}

it('tells exactly the peers whose role, parent or depth is another', async () => {
  const head = service.topology.tracks.get(TRACK)?.tree.position;
  expect(await Promise.all([root, relay, leaf, other].map(received))).toEqual([[], [], [], []]);
  await relay.request('leave', {});
  const told = await leaf.next('assign_parent');
  expect(told).toMatchObject({
    peer_id: 'leaf',
    parent_id: 'root',
    depth: 1,
    role: 'Leaf',
    cause: 'orphaned',
    plan: null,
  });
  expect(told.position).toBeGreaterThan(head ?? 0);
  expect(await received(other)).toEqual([]);
  expect(await received(root)).toEqual(['peer_left']);
});

it('tells a parent, and nobody else, that a child has left', async () => {
  await leaf.request('leave', {});
  expect(await relay.next('peer_left')).toEqual({ peer_id: 'leaf' });
  expect(await relay.next('assign_parent')).toMatchObject({ role: 'Leaf', parent_id: 'root' });
  expect([root, other, leaf].map((client) => client.inbox)).toEqual([[], [], []]);
});

it('tells the former parent before the child is told its new one', async () => {
  await relay.request('capacity', { capacity: 0 });
  expect(await relay.next('peer_left')).toEqual({ peer_id: 'leaf' });
  expect(await leaf.next('assign_parent')).toMatchObject({
    role: 'Waiting',
    parent_id: null,
    depth: null,
    cause: null,
  });
});

it('tells a parent when a child is timed out or kicked', async () => {
  const { writer, tracks } = service.topology;
  await writer.submit(TRACK, {
    type: 'Expire',
    peer: tracks.get(TRACK)?.tree.peerNamed('leaf')?.number ?? 0,
    silentMs: 1,
  });
  expect(await relay.next('peer_left')).toEqual({ peer_id: 'leaf' });
  await writer.submit(TRACK, { type: 'Kick', peerId: 'other' });
  expect(await root.next('peer_left')).toEqual({ peer_id: 'other' });
  expect(await other.disconnected).toBe('io server disconnect');
  expect(await leaf.request('heartbeat', {})).toMatchObject({ ok: false, code: 'not_registered' });
});

it('keeps the place below a waiting peer, and says that it is not fed', async () => {
  const late = await service.join('late', TRACK, { capacity: 0 });
  await root.request('capacity', { capacity: 0 });
  expect(await relay.next('assign_parent')).toMatchObject({ role: 'Waiting', parent_id: null, depth: null });
  expect(await leaf.next('assign_parent', ({ role }) => role === 'Waiting')).toMatchObject({
    parent_id: 'relay',
    depth: null,
  });
  expect(await late.next('assign_parent')).toMatchObject({ role: 'Waiting', parent_id: 'leaf', depth: null });
});

it('says nothing when a peer gets the parent back that it had', async () => {
  const { writer } = service.topology;
  void writer.submit(TRACK, { type: 'ClaimCapacity', peer: numberOf('relay'), capacity: 0 });
  await writer.submit(TRACK, { type: 'ClaimCapacity', peer: numberOf('relay'), capacity: 1 });
  expect(await Promise.all([root, relay, leaf].map(received))).toEqual([[], [], []]);
});

function numberOf(peerId: string): number {
  return service.topology.tracks.get(TRACK)?.tree.peerNamed(peerId)?.number ?? 0;
}

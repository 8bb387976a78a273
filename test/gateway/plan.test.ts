import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { MeshClient } from '../support/mesh-client.js';
import { MeshService } from '../support/mesh-service.js';

const TRACK = 'live/x';
let service: MeshService;

/** root feeds parent, which feeds one, two and three; every peer has room for three. */
async function family(): Promise<Record<'root' | 'parent' | 'one' | 'two' | 'three', MeshClient>> {
  const root = await service.join('root', TRACK, { capacity: 1 });
  const parent = await service.join('parent', TRACK, { capacity: 3 });
  const one = await service.join('one', TRACK, { capacity: 3 });
  const two = await service.join('two', TRACK, { capacity: 3 });
  const three = await service.join('three', TRACK, { capacity: 1 });
  return { root, parent, one, two, three };
}

beforeEach(async () => {
  service = await MeshService.start({
    flags: { policy: 'resilient', rootPeerCount: '1', heartbeatTimeoutMs: '60000' },
  });
});
afterEach(() => service.stop());

describe('the plan of a peer', () => {
  it('comes with its place: the heir to the grandparent at once, the others to the heir a moment later', async () => {
    const { one } = await family();
    const heir = { rank: 'heir', connect_to: 'root', connect_after_ms: 0 };
    expect((await one.request('register', { peer_id: 'one', track: TRACK }))['assignment']).toMatchObject({
      plan: heir,
    });
    const four = await service.join('four', TRACK, { capacity: 0 });
    const again = await four.request('register', { peer_id: 'four', track: TRACK });
    expect(again['assignment']).toMatchObject({ parent_id: 'one', plan: { rank: 'heir', connect_to: 'parent' } });
  });

  it('of a sibling names the heir', async () => {
    const { three } = await family();
    expect((await three.request('register', { peer_id: 'three', track: TRACK }))['assignment']).toMatchObject({
      parent_id: 'parent',
      plan: { rank: 'sibling', connect_to: 'one', connect_after_ms: 300 },
    });
  });

  it('is told again when it changes, and only then', async () => {
    const { one, two, three } = await family();
    await one.request('capacity', { capacity: 1 });
    expect((await two.next('assign_parent')).plan).toEqual({ rank: 'heir', connect_to: 'root', connect_after_ms: 0 });
    expect((await three.next('assign_parent')).plan).toMatchObject({ rank: 'sibling', connect_to: 'two' });
    expect((await one.next('assign_parent', ({ plan }) => plan?.rank === 'sibling')).plan).toMatchObject({
      connect_to: 'two',
    });
    await one.request('heartbeat', {});
    await one.request('capacity', { capacity: 1 });
    await two.request('heartbeat', {});
    expect(two.inbox).toEqual([]);
  });

  it('opens signalling between heir and grandparent, and sibling and heir, and nobody else', async () => {
    const { root, one, two, three } = await family();
    const offer = (from: MeshClient, to: string): Promise<unknown> => from.request('offer', { to, sdp: 'v=0' });
    expect(await offer(one, 'root')).toEqual({ ok: true });
    expect(await offer(root, 'one')).toEqual({ ok: true });
    expect(await offer(three, 'one')).toEqual({ ok: true });
    expect(await offer(two, 'root')).toMatchObject({ ok: false, code: 'forbidden_target' });
    expect(await offer(two, 'three')).toMatchObject({ ok: false, code: 'forbidden_target' });
  });
});

describe('a parent through which no media comes', () => {
  it('is suspected on the word of two children, which move as planned, and cleared by its answer to a probe', async () => {
    const { parent, one, two, three } = await family();
    const cleared = service.nextCommit('PeerCleared');
    parent.socket.on('probe', (_body: unknown, acknowledge: () => void) => acknowledge());
    for (const child of [one, two])
      expect(await child.request('stall_report', { parent_id: 'parent', silent_ms: 2_100 })).toMatchObject({
        ok: true,
      });
    expect(await one.next('assign_parent', (told) => told.cause === 'suspected')).toMatchObject({ parent_id: 'root' });
    for (const sibling of [two, three])
      expect(await sibling.next('assign_parent', (told) => told.cause === 'suspected')).toMatchObject({
        parent_id: 'one',
      });
    await cleared;
    const types = service.eventTypes(TRACK);
    expect(types.filter((type) => type === 'StallReported')).toHaveLength(2);
    expect(types.indexOf('PeerSuspected')).toBeGreaterThan(types.lastIndexOf('StallReported'));
    expect(service.events(TRACK).find(({ type }) => type === 'PeerSuspected')).toMatchObject({ complaints: 2 });
  });

  it('is not suspected on the word of one of several, nor while it is cut off itself, nor of another than its parent', async () => {
    const { parent, one, two, three } = await family();
    await three.request('stall_report', { parent_id: 'parent', silent_ms: 2_000 });
    await two.request('stall_report', { parent_id: 'one', silent_ms: 2_000 });
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(service.eventTypes(TRACK)).not.toContain('PeerSuspected');
    await one.request('stall_report', { parent_id: 'parent', silent_ms: 2_000 });
    await parent.request('stall_report', { parent_id: 'root', silent_ms: 2_000 });
    const suspected = service.nextCommit('PeerSuspected');
    await suspected;
    const found = service.events(TRACK).filter(({ type }) => type === 'PeerSuspected');
    expect(found).toMatchObject([{ peer: 2, complaints: 1 }]);
  });

  it('that answers no probe stays suspected', async () => {
    const { parent, one, two } = await family();
    const suspected = service.nextCommit('PeerSuspected');
    for (const child of [one, two]) await child.request('stall_report', { parent_id: 'parent', silent_ms: 2_100 });
    await suspected;
    await parent.next('probe');
    expect(service.topology.tracks.get(TRACK)?.tree.peerNamed('parent')?.suspected).toBe(true);
  });
});

it('leaves a client of the LVQR wire its parent alone: what it offers to a former one came too late', async () => {
  const root = await service.join('root', TRACK, { capacity: 2 });
  const relay = await service.join('relay', TRACK, { capacity: 3 });
  const viewer = await service.joinLvqr('viewer', TRACK, { capacity: 1 });
  expect(viewer.place).toMatchObject({ parent_id: 'root' });
  await root.next('offer');
  const moved = viewer.next('AssignParent');
  await root.request('capacity', { capacity: 1 });
  expect(await root.next('peer_left')).toEqual({ peer_id: 'viewer' });
  expect(await moved).toMatchObject({ parent_id: 'relay' });
  await relay.next('offer');
  viewer.send({ type: 'Offer', from: 'viewer', to: 'root', sdp: 'too late' });
  await viewer.settled();
  await root.request('heartbeat', {});
  expect(root.inbox.filter(({ type }) => type === 'offer')).toEqual([]);
});

describe('a peer that followed its plan', () => {
  it('is confirmed by the move that the complaints of the children bring', async () => {
    const { one, two, three } = await family();
    const plans: [MeshClient, string][] = [
      [one, 'root'],
      [two, 'one'],
      [three, 'one'],
    ];
    for (const [child, target] of plans)
      await child.request('plan_followed', { lost_parent_id: 'parent', connected_to: target });
    for (const [child, target] of plans)
      expect((await child.next('assign_parent', ({ cause }) => cause === 'suspected')).parent_id).toBe(target);
  });

  it('alone is told its place again, and a retry causes no second event', async () => {
    const { three } = await family();
    const before = three.inbox.length;
    const report = { lost_parent_id: 'parent', connected_to: 'one' };
    const first = await three.request('plan_followed', report);
    expect(await three.request('plan_followed', report)).toEqual(first);
    expect(three.inbox).toHaveLength(before);
    expect(await three.next('assign_parent')).toMatchObject({ parent_id: 'parent' });
    expect(service.eventTypes(TRACK).filter((type) => type === 'PlanFollowed')).toHaveLength(1);
  });

  it('of a parent that has left is told at once where it stands', async () => {
    const { parent, three } = await family();
    await parent.request('leave', {});
    await three.next('assign_parent');
    await three.request('plan_followed', { lost_parent_id: 'parent', connected_to: 'one' });
    expect(await three.next('assign_parent')).toMatchObject({ parent_id: 'one', cause: 'sibling' });
  });

  it('is refused a target that is not in the track', async () => {
    const { three } = await family();
    const report = { lost_parent_id: 'parent', connected_to: 'nobody' };
    expect(await three.request('plan_followed', report)).toMatchObject({ ok: false, code: 'unknown_peer' });
  });
});

import type { Socket as TcpSocket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PROBE_TIMEOUT_MS, REGISTER_DEADLINE_MS } from '../../src/gateway/limits.js';
import { FakeClock } from '../support/fake-clock.js';
import type { LvqrClient } from '../support/lvqr-client.js';
import { MeshService, type MeshServiceOptions } from '../support/mesh-service.js';

const TRACK = 'live/x';
let service: MeshService;
let clock: FakeClock;

async function start(options: MeshServiceOptions = {}): Promise<void> {
  clock = new FakeClock();
  service = await MeshService.start({
    clock,
    ...options,
    flags: { rootPeerCount: '1', policy: 'shallowest', ...options.flags },
  });
}
beforeEach(() => start());
afterEach(() => service.stop());

/** The types recorded after the track was opened and its root had joined. */
function recorded(): string[] {
  return service.eventTypes(TRACK).slice(3);
}

/** What the service says when it ends a session. */
async function end(client: LvqrClient): Promise<{ code: unknown; closed: number }> {
  const { code } = await client.next('Error');
  return { code, closed: (await client.closed).code };
}

describe('a client of the LVQR wire', () => {
  it('is told its place in the very shape it knows', async () => {
    await service.stop();
    await start({ flags: { subscribeToken: 'secret', iceServers: '[{"urls":"stun:s.example"}]' } });
    const root = await service.connectLvqr({ token: 'secret' });
    expect(await root.register('root', TRACK, { capacity: null, unknown: true })).toEqual({
      type: 'AssignParent',
      peer_id: 'root',
      role: 'Root',
      parent_id: null,
      depth: 0,
      ice_servers: [{ urls: ['stun:s.example'] }],
    });
    const child = await service.connectLvqr({ token: 'secret' });
    const place = await child.register('child', TRACK);
    expect(place).toMatchObject({ role: 'Relay', parent_id: 'root', depth: 1 });
    expect(Object.keys(place)).toEqual(['type', 'peer_id', 'role', 'parent_id', 'depth', 'ice_servers']);
  });

  it('connects to its parent, and only to its parent', async () => {
    const root = await service.joinLvqr('root', TRACK);
    const child = await service.joinLvqr('child', TRACK);
    expect(await root.next('Offer')).toEqual({ type: 'Offer', from: 'child', to: 'root', sdp: 'offer of child' });
    expect(await child.next('Answer')).toEqual({ type: 'Answer', from: 'root', to: 'child', sdp: 'answer of root' });
    child.send({ type: 'IceCandidate', from: 'child', to: 'root', candidate: 'candidate:1 1 udp' });
    expect(await root.next('IceCandidate')).toEqual({
      type: 'IceCandidate',
      from: 'child',
      to: 'root',
      candidate: 'candidate:1 1 udp',
    });
  });

  it('waits as a relay without a parent when there is no slot, and is told when it gets one', async () => {
    const root = await service.joinLvqr('root', TRACK, { capacity: 0 });
    const waiting = await service.joinLvqr('later', TRACK);
    expect(waiting.place).toMatchObject({ role: 'Relay', parent_id: null, depth: 0 });
    root.leave();
    expect(await waiting.next('AssignParent')).toMatchObject({ role: 'Root', parent_id: null });
  });

  it('has its forward report kept, also when it starts again from nothing', async () => {
    const root = await service.joinLvqr('root', TRACK);
    for (const frames of [500, 3]) root.send({ type: 'ForwardReport', forwarded_frames: frames });
    await service.until(() => service.topology.writer.queueDepth === 2);
    const kept = service.nextCommit('PeerLeft');
    await clock.pass(100);
    root.leave();
    await kept;
    expect(service.events(TRACK).slice(3)).toMatchObject([
      { type: 'ForwardReported', forwardedFrames: 500 },
      { type: 'ForwardReported', forwardedFrames: 3 },
      { type: 'PeerLeft' },
    ]);
  });
});

describe('pings are the heartbeat of a client that sends none', () => {
  it('whoever answers them stays; each answer is recorded once', async () => {
    const alive = await service.joinLvqr('alive', TRACK);
    for (let round = 0; round < 5; round += 1) {
      await clock.pass(3_000, 1_000);
      await service.until(() => service.topology.writer.queueDepth > 0);
      // A pong that nobody asked for is no heartbeat.
      alive.socket.pong('1');
      alive.socket.pong('anything');
      await alive.settled();
      await clock.pass(100);
      await service.until(() => service.topology.writer.queueDepth === 0);
    }
    expect(recorded()).toEqual(Array<string>(5).fill('HeartbeatReceived'));
  });

  it('whoever does not is timed out and its connection closed', async () => {
    const frozen = await service.connectLvqr({ autoPong: false });
    await frozen.register('frozen', TRACK);
    await clock.pass(15_000, 500);
    expect(await end(frozen)).toEqual({ code: 'timed_out', closed: 4003 });
    expect(recorded()).toEqual(['PeerTimedOut']);
    expect(service.layer.metrics).toMatchObject({ connections: 0, sessions: 0 });
  });
});

describe('the end of a connection is noticed at once:', () => {
  it('a clean close is a leave', async () => {
    const root = await service.joinLvqr('root', TRACK);
    const child = await service.joinLvqr('child', TRACK);
    root.leave();
    expect(await child.next('AssignParent', ({ role }) => role === 'Root')).toMatchObject({ depth: 0 });
    expect(recorded().slice(2)).toEqual(['PeerLeft', 'ParentAssigned']);
  });

  it('a clean close is a leave also when the client ends its half of the connection right behind it', async () => {
    const root = await service.joinLvqr('root', TRACK);
    const left = service.nextCommit('PeerLeft');
    root.leave();
    (root.socket as unknown as { _socket: TcpSocket })._socket.end();
    await left;
    expect(recorded()).toEqual(['PeerLeft']);
  });

  it('an abrupt one is a disconnect: the peer keeps its place until its deadline', async () => {
    const root = await service.joinLvqr('root', TRACK);
    await service.joinLvqr('child', TRACK);
    const noticed = service.nextCommit('PeerDisconnected');
    root.vanish();
    await noticed;
    expect(recorded().slice(2)).toEqual(['PeerDisconnected']);
    await clock.pass(15_000, 1_000);
    expect(recorded()).toContain('PeerTimedOut');
  });

  it('so is a clean close while the join is on its way', async () => {
    const hasty = await service.connectLvqr();
    const left = service.nextCommit('PeerLeft');
    hasty.sendRegister('hasty', TRACK);
    hasty.leave();
    await left;
    expect(service.eventTypes(TRACK)).toEqual(['TrackOpened', 'PeerJoined', 'ParentAssigned', 'PeerLeft']);
    expect(service.layer.metrics).toMatchObject({ connections: 0, sessions: 0 });
  });
});

describe('a reload with the same peer_id', () => {
  it('takes the place of a peer whose session has ended, at once', async () => {
    const old = await service.joinLvqr('one', TRACK);
    const noticed = service.nextCommit('PeerDisconnected');
    old.vanish();
    await noticed;
    const reloaded = await service.joinLvqr('one', TRACK);
    expect(reloaded.place).toMatchObject({ role: 'Root' });
    expect(recorded()).toEqual(['PeerDisconnected', 'PeerLeft', 'PeerJoined', 'ParentAssigned']);
  });

  it('takes the place of a session that does not answer a ping within two seconds', async () => {
    const old = await service.connectLvqr({ autoPong: false });
    await old.register('one', TRACK);
    const reloaded = await service.connectLvqr();
    const pinged = new Promise((resolve) => old.socket.once('ping', resolve));
    reloaded.sendRegister('one', TRACK);
    await pinged;
    await clock.pass(PROBE_TIMEOUT_MS - 100, 100);
    expect(recorded()).toEqual([]);
    await clock.pass(100);
    expect(await reloaded.next('AssignParent')).toMatchObject({ role: 'Root' });
    expect(await end(old)).toEqual({ code: 'superseded', closed: 4001 });
    expect(service.events(TRACK)[3]).toMatchObject({ type: 'PeerLeft', cause: 'replaced' });
    expect(recorded()).toHaveLength(3);
  });

  it('takes it at once when the old session ends while it is asked', async () => {
    const old = await service.connectLvqr({ autoPong: false });
    await old.register('one', TRACK);
    const reloaded = await service.connectLvqr();
    const pinged = new Promise((resolve) => old.socket.once('ping', resolve));
    reloaded.sendRegister('one', TRACK);
    await pinged;
    old.leave();
    expect(await reloaded.next('AssignParent')).toMatchObject({ role: 'Root' });
    await service.topology.writer.submit(TRACK, { type: 'Tend' });
    expect(recorded()).toEqual(['PeerLeft', 'PeerJoined', 'ParentAssigned']);
  });

  it('is refused while the old session answers: nobody takes a living peer over', async () => {
    const old = await service.joinLvqr('one', TRACK);
    const thief = await service.connectLvqr();
    thief.sendRegister('one', TRACK);
    expect(await end(thief)).toEqual({ code: 'peer_id_taken', closed: 1008 });
    await old.settled();
    expect(old.inbox).toEqual([]);
    expect(recorded()).toEqual([]);
  });

  it('never takes the place of a peer that has a token, connected or not', async () => {
    const owner = await service.join('one', TRACK);
    const refused = async (): Promise<unknown> => {
      const thief = await service.connectLvqr();
      thief.sendRegister('one', TRACK);
      return (await end(thief)).code;
    };
    expect(await refused()).toBe('peer_id_taken');
    const noticed = service.nextCommit('PeerDisconnected');
    owner.close();
    await noticed;
    expect(await refused()).toBe('peer_id_taken');
    expect(recorded()).toEqual(['PeerDisconnected']);
  });

  it('nor can a client with a token take the place of one without', async () => {
    await service.joinLvqr('one', TRACK);
    const thief = await service.connect();
    const answer = await thief.request('register', { peer_id: 'one', track: TRACK });
    expect(answer).toMatchObject({ ok: false, code: 'peer_id_taken' });
  });
});

describe('what a client can only have got wrong ends its session with an Error:', () => {
  const register = { type: 'Register', peer_id: 'one', track: TRACK };
  it.each([
    ['no JSON', 'no json', 'invalid_json'],
    ['no object', '["Register"]', 'invalid_json'],
    ['no type', '{"peer_id":"one"}', 'invalid_json'],
    ['a bad peer_id', { ...register, peer_id: 'a b' }, 'invalid_peer_id'],
    ['no peer_id', { type: 'Register', track: TRACK }, 'invalid_peer_id'],
    ['a bad track', { ...register, track: 'a//b' }, 'invalid_track'],
    ['a capacity beyond 32 bits', { ...register, capacity: 2 ** 32 }, 'invalid_capacity'],
    ['another first message', { type: 'ForwardReport', forwarded_frames: 1 }, 'expected_register'],
  ])('%s', async (_name, message, code) => {
    const client = await service.connectLvqr();
    client.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
    expect(await end(client)).toEqual({ code, closed: 1008 });
    expect(service.eventTypes(TRACK)).toEqual([]);
  });

  it('binary', async () => {
    const client = await service.connectLvqr();
    client.socket.send(Buffer.from(JSON.stringify(register)));
    expect(await end(client)).toEqual({ code: 'invalid_json', closed: 1008 });
  });

  it.each([
    ['a second Register', register, 'duplicate_register'],
    ['a forged sender', { type: 'Offer', from: 'two', to: 'one', sdp: 'v=0' }, 'invalid_message'],
    ['an Offer without sdp', { type: 'Offer', from: 'one', to: 'two' }, 'invalid_message'],
    ['frames below zero', { type: 'ForwardReport', forwarded_frames: -1 }, 'invalid_message'],
  ])('%s after it has registered; its peer stays until its deadline', async (_name, message, code) => {
    const client = await service.joinLvqr('one', TRACK);
    const noticed = service.nextCommit('PeerDisconnected');
    client.send(message);
    expect(await end(client)).toEqual({ code, closed: 1008 });
    await noticed;
    expect(recorded()).toEqual(['PeerDisconnected']);
  });

  it('a flood', async () => {
    const client = await service.joinLvqr('one', TRACK);
    for (let number = 0; number < 1_000; number += 1) client.send({ type: 'Nonsense' });
    expect(await end(client)).toEqual({ code: 'rate_limited', closed: 1008 });
  });

  it('no Register in time', async () => {
    const client = await service.connectLvqr();
    await client.settled();
    await clock.pass(REGISTER_DEADLINE_MS, 1_000);
    expect(await end(client)).toEqual({ code: 'expected_register', closed: 1008 });
    expect(service.layer.metrics.registerDeadlinesMissed).toBe(1);
  });
});

describe('a session goes on', () => {
  it('after unknown messages and control frames', async () => {
    const client = await service.joinLvqr('one', TRACK);
    client.send({ type: 'Heartbeat' });
    client.send({ type: 'toString' });
    client.socket.ping('hello');
    client.socket.pong();
    await client.settled();
    expect(client.inbox).toEqual([]);
    expect(service.layer.metrics.sessions).toBe(1);
  });

  it('after a flood of pings, of which no more are answered than messages are taken', async () => {
    const client = await service.joinLvqr('one', TRACK);
    let answered = 0;
    client.socket.on('pong', () => (answered += 1));
    for (let number = 0; number < 2_000; number += 1) client.socket.ping(String(number));
    await service.until(() => service.layer.metrics.messagesRateLimited > 0 && answered > 700);
    expect(answered).toBeLessThanOrEqual(800);
    expect(client.socket.readyState).toBe(client.socket.OPEN);
  });

  it('after a message to somebody who is not its parent or child, which reaches nobody', async () => {
    const root = await service.joinLvqr('root', TRACK, { capacity: 1 });
    await service.joinLvqr('child', TRACK, { capacity: 1 });
    const grandchild = await service.joinLvqr('grandchild', TRACK);
    const stranger = await service.joinLvqr('stranger', 'live/y');
    await root.next('Offer');
    for (const to of ['root', 'nobody']) grandchild.send({ type: 'Offer', from: 'grandchild', to, sdp: 'v=0' });
    stranger.send({ type: 'Answer', from: 'stranger', to: 'root', sdp: 'v=0' });
    await service.until(() => service.layer.metrics.rejections.get('unknown_peer') === 2);
    expect(service.layer.metrics.rejections.get('forbidden_target')).toBe(1);
    await root.settled();
    expect(root.inbox).toEqual([]);
    expect([grandchild, stranger].map(({ socket }) => socket.readyState)).toEqual([1, 1]);
  });
});

it('a message that is too large ends the session with the code of the WebSocket protocol', async () => {
  const client = await service.joinLvqr('one', TRACK);
  client.send({ type: 'Offer', to: 'two', sdp: 'x'.repeat(70_000) });
  expect((await client.closed).code).toBe(1009);
});

it('a kicked peer is told so', async () => {
  const client = await service.joinLvqr('one', TRACK);
  await service.topology.writer.submit(TRACK, { type: 'Kick', peerId: 'one' });
  expect(await end(client)).toEqual({ code: 'kicked', closed: 4002 });
});

it('a drain closes every session as going away, which is no leave', async () => {
  const client = await service.joinLvqr('one', TRACK);
  const draining = service.layer.drain(20);
  await clock.pass(50, 10);
  await draining;
  expect((await client.closed).code).toBe(1001);
  expect(recorded()).not.toContain('PeerLeft');
  await expect(service.connectLvqr()).rejects.toMatchObject({ status: 503, body: { code: 'shutting_down' } });
});

it('sessions that have ended leave no timer, connection or session behind', async () => {
  await service.topology.writer.submit(TRACK, { type: 'Tend' });
  const before = clock.pending;
  const clients: LvqrClient[] = [];
  for (let number = 0; number < 6; number += 1) clients.push(await service.joinLvqr(`peer-${number}`, TRACK));
  clients.push(await service.connectLvqr(), await service.connectLvqr({ autoPong: false }));
  clients[7]!.sendRegister('silent', TRACK);
  await clients[7]!.next('AssignParent');
  const waiting = await service.connectLvqr();
  const pinged = new Promise((resolve) => clients[7]!.socket.once('ping', resolve));
  waiting.sendRegister('silent', TRACK);
  await pinged;
  const overSocketIo = await service.join('elsewhere', TRACK);
  expect(clock.pending).toBeGreaterThan(before);
  for (const [index, client] of [waiting, ...clients].entries()) {
    if (index % 2 === 0) client.leave();
    else client.vanish();
  }
  overSocketIo.close();
  await service.until(() => service.layer.metrics.connections === 0);
  await service.topology.writer.submit(TRACK, { type: 'Tend' });
  expect(service.layer.metrics).toMatchObject({ connections: 0, sessions: 0, handlerFaults: 0 });
  expect(await service.openConnections()).toBe(0);
  expect(clock.pending).toBe(before);
});

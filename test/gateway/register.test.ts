import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MeshService } from '../support/mesh-service.js';

const TOKEN = 'a-resume-token-of-enough-characters';
const OTHER_TOKEN = 'another-token-of-enough-characters';
const TRACK = 'live/x';
let service: MeshService;

beforeEach(async () => {
  service = await MeshService.start();
});
afterEach(() => service.stop());

describe('register', () => {
  it('joins a peer and tells it its place, when that is durable', async () => {
    const client = await service.connect();
    const answer = await client.register('one', TRACK, { capacity: 2, resume_token: TOKEN });
    const events = service.events(TRACK);
    expect(answer).toEqual({
      ok: true,
      assignment: {
        peer_id: 'one',
        role: 'Root',
        parent_id: null,
        depth: 0,
        cause: 'joined',
        plan: null,
        ice_servers: [],
        position: 3,
      },
      resume_token: TOKEN,
      heartbeat_interval_ms: 3000,
      position: 3,
    });
    expect(events.map((event) => event.type)).toEqual(['TrackOpened', 'PeerJoined', 'ParentAssigned']);
    const resumeHash = createHash('sha256').update(TOKEN).digest('hex');
    expect(events[1]).toMatchObject({ capacity: 2, identity: { peerId: 'one', resumeHash } });
  });

  it('makes a resume token for a client that chose none', async () => {
    const client = await service.connect();
    const { resume_token: token } = await client.register('one', TRACK);
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    client.close();
    const again = await service.connect();
    expect(await again.register('one', TRACK, { resume_token: token })).toMatchObject({
      ok: true,
      resume_token: token,
    });
  });

  it('gives a retry the same answer and causes no event', async () => {
    const client = await service.connect();
    const first = await client.register('one', TRACK, { resume_token: TOKEN });
    const position = service.events(TRACK).length;
    expect(await client.register('one', TRACK, { resume_token: TOKEN })).toEqual(first);
    expect(await client.register('one', TRACK)).toEqual(first);
    expect(service.events(TRACK)).toHaveLength(position);
  });

  it('gives retries that overtake the first answer that same answer', async () => {
    const client = await service.connect();
    const answers = await Promise.all([1, 2, 3].map(() => client.register('one', TRACK)));
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
    expect(service.eventTypes(TRACK)).toEqual(['TrackOpened', 'PeerJoined', 'ParentAssigned']);
  });

  it('refuses a session that is another peer already, also while that is on its way', async () => {
    const client = await service.connect();
    const [first, second] = await Promise.all([
      client.register('one', TRACK),
      client.request('register', { peer_id: 'two', track: TRACK }),
    ]);
    expect(first.ok).toBe(true);
    expect(second).toMatchObject({ ok: false, code: 'already_registered' });
    for (const other of [
      { peer_id: 'two', track: TRACK },
      { peer_id: 'one', track: 'live/y' },
      { peer_id: 'one', track: TRACK, resume_token: OTHER_TOKEN },
    ]) {
      expect(await client.request('register', other)).toMatchObject({ ok: false, code: 'already_registered' });
    }
    expect(service.eventTypes(TRACK)).toHaveLength(3);
  });

  it('refuses a peer_id that is taken, without the token of its peer', async () => {
    await service.join('one', TRACK, { resume_token: TOKEN });
    const thief = await service.connect();
    for (const more of [{}, { resume_token: OTHER_TOKEN }]) {
      const answer = await thief.request('register', { peer_id: 'one', track: TRACK, ...more });
      expect(answer).toMatchObject({ ok: false, code: 'peer_id_taken' });
    }
    expect(service.eventTypes(TRACK)).toHaveLength(3);
  });

  it('resumes a peer that shows its token: same place, children kept, no disconnect recorded for the session it replaces', async () => {
    const first = await service.join('one', TRACK, { resume_token: TOKEN });
    const second = await service.connect();
    const answer = await second.register('one', TRACK, { resume_token: TOKEN });
    expect(answer.assignment).toMatchObject({ role: 'Root', depth: 0 });
    await first.next('superseded');
    expect(await first.disconnected).toBe('io server disconnect');
    expect(await second.request('heartbeat', {})).toMatchObject({ ok: true });
    expect(service.eventTypes(TRACK)).toEqual([
      'TrackOpened',
      'PeerJoined',
      'ParentAssigned',
      'PeerResumed',
      'HeartbeatReceived',
    ]);
  });

  it('lets exactly one of many sessions that resume at once be the peer', async () => {
    const clients = await Promise.all([1, 2, 3, 4, 5].map(() => service.connect()));
    await Promise.all(clients.map((client) => client.register('one', TRACK, { resume_token: TOKEN })));
    const [last, ...others] = [...clients].reverse();
    await Promise.all(others.map((client) => client.disconnected));
    expect(await last?.request('heartbeat', {})).toMatchObject({ ok: true });
    expect(service.gateway.metrics.sessions).toBe(1);
    expect(service.eventTypes(TRACK)).not.toContain('PeerDisconnected');
  });

  it('refuses what cannot be right, by code, and records nothing', async () => {
    const client = await service.connect();
    const refusals: [unknown, string, RegExp][] = [
      [{ peer_id: 'a b', track: TRACK }, 'invalid_peer_id', /peer_id must be 1 to 64/],
      [{ track: TRACK }, 'invalid_peer_id', /peer_id/],
      [{ peer_id: 'one', track: '/live' }, 'invalid_track', /track must be 1 to 128/],
      [{ peer_id: 'one', track: TRACK, capacity: -1 }, 'invalid_capacity', /capacity must be a whole number/],
      [{ peer_id: 'one', track: TRACK, capacity: 2 ** 32 }, 'invalid_capacity', /4294967295/],
      [{ peer_id: 'one', track: TRACK, resume_token: 'short' }, 'invalid_message', /resume_token must be 22 to 128/],
      ['one', 'invalid_message', /the body of the message must be an object/],
    ];
    for (const [body, code, reason] of refusals) {
      const answer = await client.request('register', body);
      expect(answer).toEqual({ ok: false, code, reason: expect.stringMatching(reason) as unknown });
    }
    expect(service.events(TRACK)).toEqual([]);
  });
});

describe('leave', () => {
  it('takes the peer out, answers a retry the same, and lets the session register again', async () => {
    const client = await service.join('one', TRACK);
    const answers = await Promise.all([client.request('leave', {}), client.request('leave', {})]);
    answers.push(await client.request('leave'));
    expect(answers).toEqual([1, 2, 3].map(() => ({ ok: true, position: 4 })));
    for (const name of ['heartbeat', 'forward_report', 'capacity', 'offer']) {
      const body = { capacity: 1, forwarded_frames: 1, to: 'x', sdp: 'x' };
      expect(await client.request(name, body)).toMatchObject({ ok: false, code: 'not_registered' });
    }
    await client.register('two', TRACK);
    expect(service.eventTypes(TRACK).slice(3)).toEqual(['PeerLeft', 'PeerJoined', 'ParentAssigned']);
  });

  it('takes what is sent behind it without waiting in the order it was sent', async () => {
    const client = await service.connect();
    const answers = await Promise.all([
      client.request('register', { peer_id: 'one', track: TRACK }),
      client.request('leave', {}),
      client.request('register', { peer_id: 'two', track: TRACK }),
    ]);
    expect(answers.map((answer) => answer.ok)).toEqual([true, true, false]);
    expect(answers[2]).toMatchObject({ code: 'already_registered' });
    await client.register('three', TRACK);
    const next = [client.request('leave', {}), client.request('register', { peer_id: 'four', track: TRACK })];
    expect((await Promise.all(next)).map((answer) => answer.ok)).toEqual([true, true]);
  });
});

describe('a session that ends', () => {
  it('leaves its peer in the tree, disconnected', async () => {
    const client = await service.join('one', TRACK);
    const recorded = service.nextCommit('PeerDisconnected');
    client.close();
    await recorded;
    expect(service.topology.tracks.get(TRACK)?.tree.peerNamed('one')).not.toBeNull();
    expect(service.gateway.metrics).toMatchObject({ connections: 0, sessions: 0 });
  });

  it('while its register is on its way leaves a peer that is disconnected, and nobody bound', async () => {
    const client = await service.connect();
    const recorded = service.nextCommit('PeerDisconnected');
    client.socket.emit('register', { peer_id: 'one', track: TRACK });
    client.socket.emit('heartbeat', {});
    service.topology.writer.enqueue(TRACK, { type: 'Tend' }, () => undefined);
    client.close();
    await recorded;
    expect(service.eventTypes(TRACK)).toEqual(['TrackOpened', 'PeerJoined', 'ParentAssigned', 'PeerDisconnected']);
    expect(service.gateway.metrics.sessions).toBe(0);
  });

  it('while another takes the peer over causes no disconnect', async () => {
    const first = await service.join('one', TRACK, { resume_token: TOKEN });
    const second = await service.connect();
    const resumed = second.register('one', TRACK, { resume_token: TOKEN });
    first.close();
    await resumed;
    await second.request('heartbeat', {});
    expect(service.eventTypes(TRACK).at(-1)).toBe('HeartbeatReceived');
    expect(service.topology.tracks.get(TRACK)?.liveness.of(2)?.connected).toBe(true);
  });
});

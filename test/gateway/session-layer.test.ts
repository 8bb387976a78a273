import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { REGISTER_DEADLINE_MS } from '../../src/gateway/limits.js';
import type { RegisterRequest } from '../../src/gateway/registration.js';
import type { Acknowledgements } from '../../src/protocol/server-messages.js';
import { FakeClock } from '../support/fake-clock.js';
import { MeshService } from '../support/mesh-service.js';
import { RecordingSession } from '../support/recording-session.js';

const TRACK = 'live/x';
const TOKEN = 'a-resume-token-of-enough-characters';
let clock: FakeClock;
let service: MeshService;

beforeEach(async () => {
  clock = new FakeClock();
  service = await MeshService.start({ clock });
});
afterEach(() => service.stop());

function register(
  session: RecordingSession,
  peerId: string,
  more: Partial<RegisterRequest> = {},
): Promise<Acknowledgements['register']> {
  const request = { track: TRACK, peerId, capacity: null, resumeToken: TOKEN, withoutToken: 'issue', ...more } as const;
  return new Promise((resolve) => {
    service.layer.registration.register(session, request, resolve);
  });
}

const WITHOUT_TOKEN = { resumeToken: null, withoutToken: 'replace' } as const;

describe('a client that knows no tokens', () => {
  it('replaces a peer that never had one: the old self leaves, its session is superseded', async () => {
    const [old, reloaded] = [new RecordingSession(), new RecordingSession()];
    old.isAlive = false;
    await register(old, 'one', WITHOUT_TOKEN);
    expect(await register(reloaded, 'one', WITHOUT_TOKEN)).toMatchObject({ ok: true });
    expect(service.eventTypes(TRACK).slice(3)).toEqual(['PeerLeft', 'PeerJoined', 'ParentAssigned']);
    expect(service.events(TRACK)[3]).toMatchObject({ cause: 'replaced' });
    expect(old.delivered.map((message) => message.type)).toEqual(['probe', 'superseded']);
    expect(old.closedBecause).toBe('superseded');
    service.layer.ended(old);
    expect(await register(reloaded, 'one', WITHOUT_TOKEN)).toMatchObject({ ok: true, position: 6 });
    expect(service.eventTypes(TRACK)).not.toContain('PeerDisconnected');
  });

  it('never replaces a peer whose session answers a probe', async () => {
    const [old, thief] = [new RecordingSession(), new RecordingSession()];
    await register(old, 'one', WITHOUT_TOKEN);
    expect(await register(thief, 'one', WITHOUT_TOKEN)).toMatchObject({ ok: false, code: 'peer_id_taken' });
    expect(old.closedBecause).toBeNull();
    expect(service.eventTypes(TRACK)).toHaveLength(3);
  });

  it('never replaces a peer that has a token', async () => {
    const [owner, thief] = [new RecordingSession(), new RecordingSession()];
    await register(owner, 'one');
    expect(await register(thief, 'one', WITHOUT_TOKEN)).toMatchObject({ ok: false, code: 'peer_id_taken' });
    expect(owner.closedBecause).toBeNull();
    expect(service.eventTypes(TRACK)).toHaveLength(3);
  });

  it('never replaces a peer with a token whose join is still on its way', async () => {
    const [owner, thief] = [new RecordingSession(), new RecordingSession()];
    const answers = await Promise.all([register(owner, 'one'), register(thief, 'one', WITHOUT_TOKEN)]);
    expect(answers.map((answer) => answer.ok)).toEqual([true, false]);
  });

  it('can join a free name, and the track of a name that nobody has', async () => {
    expect(await register(new RecordingSession(), 'one', WITHOUT_TOKEN)).toMatchObject({ ok: true, position: 3 });
  });
});

describe('a session that ends', () => {
  it('while its join is on its way binds nobody, and the peer is disconnected', async () => {
    const session = new RecordingSession();
    const answer = register(session, 'one');
    service.layer.ended(session);
    await answer;
    await service.topology.writer.submit(TRACK, { type: 'Tend' });
    expect(service.eventTypes(TRACK)).toEqual(['TrackOpened', 'PeerJoined', 'ParentAssigned', 'PeerDisconnected']);
    expect(service.layer.metrics.sessions).toBe(0);
  });

  it('while another takes its peer over causes no disconnect', async () => {
    const [first, second] = [new RecordingSession(), new RecordingSession()];
    await register(first, 'one');
    const resumed = register(second, 'one');
    service.layer.ended(first);
    await resumed;
    await service.topology.writer.submit(TRACK, { type: 'Tend' });
    expect(service.eventTypes(TRACK).slice(3)).toEqual(['PeerResumed']);
  });

  it('while a stranger fails to take its peer over is a disconnect', async () => {
    const [first, stranger] = [new RecordingSession(), new RecordingSession()];
    await register(first, 'one');
    const refused = register(stranger, 'one', { resumeToken: `${TOKEN}-not` });
    service.layer.ended(first);
    expect(await refused).toMatchObject({ ok: false, code: 'peer_id_taken' });
    await service.topology.writer.submit(TRACK, { type: 'Tend' });
    expect(service.eventTypes(TRACK).slice(3)).toEqual(['PeerDisconnected']);
  });
});

describe('a peer that is removed', () => {
  it('in the batch of its own join is told so, and can register again', async () => {
    const session = new RecordingSession();
    const answer = register(session, 'one');
    void service.topology.writer.submit(TRACK, { type: 'Kick', peerId: 'one' });
    expect(await answer).toMatchObject({ ok: false, code: 'not_registered' });
    expect(await register(session, 'one')).toMatchObject({ ok: true });
  });

  it('by a kick has its session closed; by a timeout it keeps the connection and may register again', async () => {
    const [kicked, silent] = [new RecordingSession(), new RecordingSession()];
    await register(kicked, 'one');
    const joined = await register(silent, 'two');
    await service.topology.writer.submit(TRACK, { type: 'Kick', peerId: 'one' });
    const peer = service.topology.tracks.get(TRACK)?.tree.peerNamed('two')?.number ?? 0;
    await service.topology.writer.submit(TRACK, { type: 'Expire', peer, silentMs: 10_000 });
    expect([kicked.closedBecause, silent.closedBecause]).toEqual(['kicked', null]);
    expect(joined.ok).toBe(true);
    service.layer.reports.heartbeat(silent, (answer) => {
      expect(answer).toMatchObject({ ok: false, code: 'not_registered' });
    });
    expect(await register(silent, 'two')).toMatchObject({ ok: true });
  });
});

describe('a session without a peer', () => {
  it('is closed at its deadline, a registered one is not', async () => {
    const [idle, registered] = [new RecordingSession(), new RecordingSession()];
    service.layer.began(idle);
    service.layer.began(registered);
    await register(registered, 'one');
    await clock.pass(REGISTER_DEADLINE_MS, 1_000);
    expect([idle.closedBecause, registered.closedBecause]).toEqual(['register_deadline', null]);
    expect(service.layer.metrics.registerDeadlinesMissed).toBe(1);
  });
});

import { afterEach, describe, expect, it } from '@jest/globals';
import { CorruptLogError } from '../../src/domain/errors.js';
import { registerPolicy } from '../../src/domain/policies/registry.js';
import { EMPTY_TRACK_CLOSED_AFTER_MS } from '../../src/topology/limits.js';
import { latestJoin } from '../support/latest-join-policy.js';
import { codeOf, LIVE, numberOf, settled, TopologyRig } from '../support/topology-rig.js';

describe('a track', () => {
  let rig: TopologyRig;
  afterEach(() => rig.end());

  it('without peers is closed ten minutes after the last one went, and dropped from memory', async () => {
    rig = await TopologyRig.start();
    const a = await rig.joined('a');
    const leave = rig.leave(a);
    await settled();
    await leave;
    await rig.clock.pass(EMPTY_TRACK_CLOSED_AFTER_MS - 1_000, 250);
    expect(rig.types().at(-1)).toBe('PeerLeft');
    await rig.clock.pass(15_000, 250);
    expect(rig.types().at(-1)).toBe('TrackClosed');
    expect(rig.topology.tracks.get(LIVE)).toBeNull();
  });

  it('whose only visitor came and went in one batch stays open as long as any', async () => {
    rig = await TopologyRig.start();
    void rig.join('a');
    void rig.submit({ type: 'Kick', peerId: 'a' });
    await rig.clock.pass(60_000, 250);
    expect(rig.types().at(-1)).toBe('PeerKicked');
    await rig.clock.pass(EMPTY_TRACK_CLOSED_AFTER_MS + 10_000, 250);
    expect(rig.types().at(-1)).toBe('TrackClosed');
  });

  it('is not closed when somebody joins at the last moment', async () => {
    rig = await TopologyRig.start();
    const leave = rig.leave(await rig.joined('a'));
    await settled();
    await leave;
    await rig.clock.pass(EMPTY_TRACK_CLOSED_AFTER_MS + 10_000, 250);
    const close = rig.submit({ type: 'Close' });
    const join = rig.join('b');
    await settled();
    await close;
    const b = numberOf(await join);
    // The join that comes right behind the close opens the track again.
    expect(rig.types().slice(-4)).toEqual(['TrackClosed', 'TrackOpened', 'PeerJoined', 'ParentAssigned']);
    void rig.submit({ type: 'Close' });
    await settled();
    expect(rig.types().at(-1)).toBe('ParentAssigned');
    expect(rig.live().tree.peer(b)).not.toBeNull();
    expect(rig.differences()).toEqual([]);
  });

  it('that was closed goes on with its positions when it is joined again', async () => {
    rig = await TopologyRig.start();
    const leave = rig.leave(await rig.joined('a'));
    await settled();
    await leave;
    void rig.submit({ type: 'Close' });
    await settled();
    const head = rig.events().length;
    expect(rig.topology.tracks.get(LIVE)).toBeNull();
    const again = await rig.joined('a');
    expect(again).toBe(head + 2);
    expect(rig.differences()).toEqual([]);
    await rig.restart();
    expect(rig.live().tree.peer(again)).not.toBeNull();
  });

  it('that a refused join never opened takes no room', async () => {
    rig = await TopologyRig.start({ tracksMax: 1 });
    const refused = rig.join('not a peer id', { track: 'live/y' });
    await settled();
    expect(codeOf(await refused)).toBe('invalid_peer_id');
    expect(rig.topology.tracks.size).toBe(0);
    expect(await rig.joined('a')).toBeGreaterThan(0);
  });

  it('beyond the limit of tracks is refused, until another closes', async () => {
    rig = await TopologyRig.start({ tracksMax: 2 });
    const answers = Promise.all(['t/1', 't/2', 't/3'].map((track) => rig.join('a', { track })));
    await settled();
    expect((await answers).map(codeOf)).toEqual(['ok', 'ok', 'track_limit']);
    void rig.submit({ type: 'Kick', peerId: 'a' }, 't/1');
    void rig.submit({ type: 'Close' }, 't/1');
    await settled();
    const late = rig.join('a', { track: 't/3' });
    await settled();
    expect(codeOf(await late)).toBe('ok');
  });

  it('that nobody is in answers each command as fits it', async () => {
    rig = await TopologyRig.start();
    const answers = Promise.all([
      rig.submit({ type: 'Kick', peerId: 'a' }),
      rig.submit({ type: 'Reassign', peerId: 'a' }),
      rig.leave(3),
      rig.submit({ type: 'ClaimCapacity', peer: 3, capacity: 1 }),
    ]);
    await settled();
    expect((await answers).map(codeOf)).toEqual(['unknown_peer', 'unknown_peer', 'not_registered', 'not_registered']);
  });

  it('with a limit of peers refuses one more', async () => {
    rig = await TopologyRig.start({ peersPerTrackMax: 2 });
    const answers = Promise.all(['a', 'b', 'c'].map((name) => rig.join(name)));
    await settled();
    expect((await answers).map(codeOf)).toEqual(['ok', 'ok', 'track_full']);
  });

  it('whose log is damaged is stopped with the position named, and the others go on', async () => {
    rig = await TopologyRig.start({
      checkChain: (track) => {
        if (track === LIVE) throw new CorruptLogError(3, 'the hash of a commit is another');
      },
    });
    await rig.joined('a');
    await rig.joined('b', { track: 'live/y' });
    const stopped: unknown[] = [];
    await rig.restart(1_000, () => {
      rig.listen({ trackStopped: (track, position, fault) => void stopped.push([track, position, fault]) });
    });
    expect(stopped).toEqual([[LIVE, 3, 'the hash of a commit is another']]);
    const answers = [rig.join('c'), rig.submit({ type: 'Kick', peerId: 'a' }), rig.leave(2), rig.beat(2)];
    await rig.clock.pass(300);
    expect((await Promise.all(answers)).map(codeOf)).toEqual(Array.from({ length: 4 }, () => 'track_stopped'));
    expect(await rig.joined('c', { track: 'live/y' })).toBeGreaterThan(0);
    expect(rig.topology.ready).toBe(true);
  });

  it('opened with a policy that this build does not have is stopped, and the others go on', async () => {
    rig = await TopologyRig.start({ settings: { policy: 'shallowest' } });
    await rig.joined('b', { track: 'live/y' });
    const settings = { ...rig.topology.options.settings, policy: 'of-the-future' };
    const recordedAt = rig.clock.wallMs();
    const opened = { type: 'TrackOpened', version: 1, position: 1, recordedAt, settings } as const;
    const runs = [{ kind: 'topology', events: [opened] }] as const;
    await rig.log.append([{ track: LIVE, previousPosition: 0, runs, open: true }]);
    await rig.restart();
    const answer = rig.join('a');
    await settled();
    expect(codeOf(await answer)).toBe('track_stopped');
    expect(await rig.joined('c', { track: 'live/y' })).toBeGreaterThan(0);
  });

  it('decided by a policy version that is not there any more is stopped by that name, and goes on where it is', async () => {
    const forget = registerPolicy(latestJoin);
    rig = await TopologyRig.start({ settings: { policy: 'latest-join', policyVersion: 99 } });
    await rig.joined('a');
    forget();
    await rig.restart();
    const refused = rig.join('b');
    await settled();
    expect(await refused).toMatchObject({
      ok: false,
      code: 'track_stopped',
      reason: 'policy_version_unavailable: policy latest-join version 99 is not in this build',
    });
    const forgetAgain = registerPolicy(latestJoin);
    try {
      await rig.restart();
      expect(await rig.joined('b')).toBeGreaterThan(0);
      expect(rig.differences()).toEqual([]);
    } finally {
      forgetAgain();
    }
  });

  it('whose log tells of a pulse of nobody is stopped: no deadline could ever be met', async () => {
    rig = await TopologyRig.start();
    await rig.joined('a');
    const { position, recordedAt } = rig.live().tree;
    const pulses = { count: 1, peers: [999], recordedAt: [recordedAt], forwardedFrames: [-1], receivedFrames: [-1] };
    const runs = [{ kind: 'pulses', firstPosition: position + 1, ...pulses }] as const;
    await rig.log.append([{ track: LIVE, previousPosition: position, runs, open: true }]);
    await rig.restart();
    expect([...rig.topology.tracks.stopped().values()]).toMatchObject([{ position: position + 1 }]);
  });
});

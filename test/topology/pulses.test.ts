import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BATCH_COMMANDS_MAX } from '../../src/topology/limits.js';
import { codeOf, LIVE, settled, TopologyRig } from '../support/topology-rig.js';

describe('pulses', () => {
  let rig: TopologyRig;
  let root: number;
  beforeEach(async () => {
    rig = await TopologyRig.start({ settings: { rootPeerCount: 5 } });
    root = await rig.joined('root');
  });
  afterEach(() => rig.end());

  /** Types behind the join of the root, in the order of the log. */
  const since = (): string[] => rig.types().slice(3);

  it('linger for company, and go out in one append with one block for each track', async () => {
    const other = await rig.joined('other');
    const joining = rig.join('a', { track: 'live/y' });
    await settled();
    const answer = await joining;
    const elsewhere = answer.ok ? (answer.peer ?? 0) : 0;
    const before = rig.log.kept.length;
    const beats = Promise.all([rig.beat(root), rig.beat(elsewhere, 'live/y'), rig.beat(other), rig.beat(root)]);
    await rig.clock.pass(150);
    expect(rig.log.kept).toHaveLength(before);
    await rig.clock.pass(100);
    expect((await beats).map(codeOf)).toEqual(['ok', 'ok', 'ok', 'ok']);
    const batch = rig.log.kept.slice(before);
    expect(batch).toHaveLength(1);
    expect(batch[0]?.map(({ track, runs }) => [track, runs.map((run) => run.kind)])).toEqual([
      [LIVE, ['pulses']],
      ['live/y', ['pulses']],
    ]);
  });

  it('carry what they say, each at its own position', async () => {
    const answers = Promise.all([rig.beat(root), rig.pulse(root, 500, 700), rig.pulse(root, 600)]);
    await rig.clock.pass(250);
    expect((await answers).map((answer) => (answer.ok ? answer.position : 0))).toEqual([4, 5, 6]);
    expect(rig.events().slice(3)).toMatchObject([
      { type: 'HeartbeatReceived', peer: root },
      { type: 'ForwardReported', peer: root, forwardedFrames: 500, receivedFrames: 700 },
      { type: 'ForwardReported', peer: root, forwardedFrames: 600, receivedFrames: null },
    ]);
    expect(rig.live().liveness.of(root)).toMatchObject({ forwardedFrames: 600, receivedFrames: null });
  });

  it('of a peer that leaves are recorded before its leave, which does not wait for them to linger', async () => {
    const beat = rig.beat(root);
    const leave = rig.leave(root);
    await settled();
    expect(codeOf(await beat)).toBe('ok');
    expect(codeOf(await leave)).toBe('ok');
    expect(since()).toEqual(['HeartbeatReceived', 'PeerLeft']);
  });

  it('that stand behind a command of their own peer are recorded behind it', async () => {
    const claim = rig.submit({ type: 'ClaimCapacity', peer: root, capacity: 1 });
    const beat = rig.beat(root);
    await settled();
    await claim;
    await beat;
    expect(since()).toEqual(['CapacityClaimed', 'HeartbeatReceived']);
  });

  it('that stand between two commands of their own peer are recorded between them', async () => {
    const claim = rig.submit({ type: 'ClaimCapacity', peer: root, capacity: 1 });
    const beat = rig.beat(root);
    const leave = rig.leave(root);
    await settled();
    expect((await Promise.all([claim, beat, leave])).map(codeOf)).toEqual(['ok', 'ok', 'ok']);
    expect(since()).toEqual(['CapacityClaimed', 'HeartbeatReceived', 'PeerLeft']);
    expect(rig.differences()).toEqual([]);
  });

  it('before and behind a command of their own peer keep their sides of it', async () => {
    const answers = [
      rig.beat(root),
      rig.submit({ type: 'ClaimCapacity', peer: root, capacity: 1 }),
      rig.pulse(root, 9),
    ];
    await settled();
    await Promise.all(answers);
    expect(since()).toEqual(['HeartbeatReceived', 'CapacityClaimed', 'ForwardReported']);
  });

  it('of a peer that is kicked are recorded before the kick', async () => {
    void rig.beat(root);
    void rig.submit({ type: 'Kick', peerId: 'root' });
    await settled();
    expect(since()).toEqual(['HeartbeatReceived', 'PeerKicked']);
  });

  it('of a peer that resumes are recorded before it does', async () => {
    void rig.beat(root);
    void rig.join('root');
    await settled();
    expect(since()).toEqual(['HeartbeatReceived', 'PeerResumed']);
  });

  it('of one peer are not hurried by a command of another', async () => {
    void rig.beat(root);
    await rig.joined('other');
    expect(since()).toEqual(['PeerJoined', 'ParentAssigned']);
    await rig.clock.pass(250);
    expect(since().at(-1)).toBe('HeartbeatReceived');
  });

  it('that were overtaken while they lingered are not recorded before what overtook them', async () => {
    const arrivedAt = rig.topology.time.now();
    void rig.beat(root);
    await rig.clock.pass(100);
    await rig.joined('other');
    await rig.clock.pass(150);
    const beat = rig.eventsOf('HeartbeatReceived')[0];
    expect(beat?.recordedAt).toBe(arrivedAt + 100);
    expect(rig.differences()).toEqual([]);
  });

  it('of peers that have gone are refused, and make no event', async () => {
    const gone = await rig.joined('gone');
    const leave = rig.leave(gone);
    await settled();
    await leave;
    const head = rig.live().tree.position;
    const answer = rig.beat(gone);
    const others = rig.beat(root);
    await rig.clock.pass(250);
    expect(codeOf(await answer)).toBe('not_registered');
    expect(await others).toEqual({ ok: true, position: head + 1, peer: root });
    expect(rig.events()).toHaveLength(head + 1);
  });

  it('for a track that is not in memory are refused', async () => {
    const answer = rig.beat(5, 'no/track');
    await rig.clock.pass(250);
    expect(codeOf(await answer)).toBe('not_registered');
  });

  it('behind more commands than one batch takes keep their place', async () => {
    const claims = Array.from({ length: BATCH_COMMANDS_MAX + 10 }, (_, index) =>
      rig.submit({ type: 'ClaimCapacity', peer: root, capacity: index % 4 }),
    );
    const beat = rig.beat(root);
    const leave = rig.leave(root);
    await settled();
    expect(codeOf(await beat)).toBe('ok');
    await Promise.all([...claims, leave]);
    expect(since().slice(-3)).toEqual(['CapacityClaimed', 'HeartbeatReceived', 'PeerLeft']);
    expect(rig.differences()).toEqual([]);
  });

  it('are counted as waiting for the writer', async () => {
    void rig.beat(root);
    expect(rig.topology.writer.queueDepth).toBe(1);
    await rig.clock.pass(250);
    expect(rig.topology.writer.queueDepth).toBe(0);
  });
});

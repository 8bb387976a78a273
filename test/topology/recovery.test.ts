import { afterEach, describe, expect, it } from '@jest/globals';
import { stateHash } from '../../src/event-log/state-hash.js';
import { codeOf, LIVE, settled, TopologyRig } from '../support/topology-rig.js';

const TIMEOUT = 10_000;

describe('a restart', () => {
  let rig: TopologyRig;
  afterEach(() => rig.end());

  const joinAll = async (count: number): Promise<void> => {
    void Promise.all(Array.from({ length: count }, (_, index) => rig.join(`p${index}`)));
    await settled();
  };

  it('brings back every open track as it was, and records in each that the service was away', async () => {
    rig = await TopologyRig.start();
    await joinAll(40);
    await rig.joined('a', { track: 'live/y' });
    const before = stateHash(rig.live().tree);
    await rig.restart(7_000);
    expect(stateHash(rig.live().tree)).toBe(before);
    expect(rig.topology.ready).toBe(true);
    for (const track of [LIVE, 'live/y']) {
      expect(rig.eventsOf('ServiceRecovered', track)).toMatchObject([{ reason: 'restart', gapMs: 7_000 }]);
      expect(rig.differences(track)).toEqual([]);
    }
  });

  it('says what it found', async () => {
    rig = await TopologyRig.start();
    await joinAll(5);
    await rig.joined('a', { track: 'live/y' });
    await rig.restart();
    expect(rig.topology.recovered).toBe(true);
    expect(rig.topology.tracks.size).toBe(2);
    expect([...rig.topology.tracks.all()].reduce((sum, { tree }) => sum + tree.size, 0)).toBe(6);
  });

  it('knows what the pulses said', async () => {
    rig = await TopologyRig.start();
    const a = await rig.joined('a');
    void rig.pulse(a, 500, 700);
    await rig.clock.pass(300);
    await rig.restart(1_000);
    expect(rig.live().liveness.of(a)).toMatchObject({ forwardedFrames: 500, receivedFrames: 700 });
  });

  it('with a wall clock behind the log records nothing before what is recorded', async () => {
    rig = await TopologyRig.start();
    await joinAll(3);
    const last = rig.live().tree.recordedAt;
    rig.clock.stepWall(-3_600_000);
    await rig.restart(5);
    expect(rig.live().tree.recordedAt).toBeGreaterThanOrEqual(last);
    await rig.joined('late');
    expect(rig.differences()).toEqual([]);
  });

  it('times out nobody before everybody had the chance to come back, and then those who did not', async () => {
    rig = await TopologyRig.start({ settings: { heartbeatTimeoutMs: TIMEOUT, rootPeerCount: 30 } });
    await joinAll(20);
    await rig.restart(60_000);
    await rig.clock.pass(TIMEOUT - 500, 250);
    expect(rig.eventsOf('PeerTimedOut')).toEqual([]);
    // Half of them come back, one each second: the window stays open as long as they do.
    for (let index = 0; index < 10; index += 1) {
      expect(await rig.joined(`p${index}`)).toBeGreaterThan(0);
      for (let back = 0; back <= index; back += 1) void rig.beat(rig.live().tree.peerNamed(`p${back}`)!.number);
      await rig.clock.pass(1_000, 250);
    }
    expect(rig.eventsOf('PeerTimedOut')).toEqual([]);
    for (let second = 0; second < 2 * TIMEOUT; second += 1_000) {
      for (let back = 0; back < 10; back += 1) void rig.beat(rig.live().tree.peerNamed(`p${back}`)!.number);
      await rig.clock.pass(1_000, 250);
    }
    const gone = rig.eventsOf('PeerTimedOut');
    expect(gone).toHaveLength(10);
    expect(rig.live().tree.size).toBe(10);
    expect(rig.eventsOf('PeerResumed')).toHaveLength(10);
  });

  it('keeps its window open no longer than the operator allows', async () => {
    rig = await TopologyRig.start({ settings: { heartbeatTimeoutMs: TIMEOUT }, recoveryWindowMs: 20_000 });
    await joinAll(2);
    await rig.restart(60_000);
    for (let second = 0; second < 22; second += 1) {
      void rig.join('p0');
      await rig.clock.pass(1_000, 250);
    }
    expect(rig.eventsOf('PeerTimedOut').map(({ peer }) => peer)).toEqual([rig.eventsOf('PeerJoined')[1]?.peer]);
  });

  it('in a storage outage is complete when the storage works again', async () => {
    rig = await TopologyRig.start();
    await joinAll(3);
    await rig.restart(1_000, () => {
      rig.log.breakDown();
    });
    expect(rig.topology.ready).toBe(false);
    expect(codeOf(await rig.join('x'))).toBe('storage_unavailable');
    rig.log.repair();
    await rig.clock.pass(5_000, 250);
    expect(rig.topology.ready).toBe(true);
    expect(rig.eventsOf('ServiceRecovered')).toMatchObject([{ reason: 'storage' }]);
    expect(rig.differences()).toEqual([]);
    expect(rig.live().tree.size).toBe(3);
  });

  it('is not the only absence after which peers may come back slowly', async () => {
    rig = await TopologyRig.start({ settings: { heartbeatTimeoutMs: TIMEOUT, rootPeerCount: 30 } });
    await joinAll(25);
    rig.log.breakDown();
    void rig.join('x');
    await rig.clock.pass(30_000, 250);
    rig.log.repair();
    await rig.clock.pass(10_000, 250);
    for (let index = 0; index < 25; index += 1) {
      expect(await rig.joined(`p${index}`)).toBeGreaterThan(0);
      for (let back = 0; back <= index; back += 1) void rig.beat(rig.live().tree.peerNamed(`p${back}`)!.number);
      await rig.clock.pass(1_000, 250);
    }
    expect(rig.eventsOf('PeerTimedOut')).toEqual([]);
    expect(rig.eventsOf('PeerResumed')).toHaveLength(25);
  });

  it('of 5,000 peers that come back at 100 a second times out none and moves none', async () => {
    rig = await TopologyRig.start({ settings: { heartbeatTimeoutMs: TIMEOUT, rootPeerCount: 30 } });
    await joinAll(5_000);
    const before = stateHash(rig.live().tree);
    const moves = rig.eventsOf('ParentAssigned').length;
    await rig.restart(20_000);
    const numbers: number[] = [];
    for (let second = 0; second < 50; second += 1) {
      const answers = Array.from({ length: 100 }, (_, index) => rig.join(`p${second * 100 + index}`));
      numbers.forEach((peer, index) => {
        if (index % 3 === second % 3) void rig.beat(peer);
      });
      await rig.clock.pass(1_000, 250);
      for (const answer of await Promise.all(answers)) if (answer.ok) numbers.push(answer.peer ?? 0);
    }
    for (let second = 0; second < 25; second += 1) {
      numbers.forEach((peer, index) => {
        if (index % 3 === second % 3) void rig.beat(peer);
      });
      await rig.clock.pass(1_000, 250);
    }
    expect(numbers).toHaveLength(5_000);
    expect(rig.eventsOf('PeerTimedOut')).toEqual([]);
    expect(rig.eventsOf('ParentAssigned')).toHaveLength(moves);
    expect(rig.eventsOf('PeerResumed')).toHaveLength(5_000);
    expect(stateHash(rig.live().tree)).toBe(before);
  });
});

describe('waiting peers that one command did not reach', () => {
  it('are placed at once by commands of the service, until no slot or nobody is left', async () => {
    const rig = await TopologyRig.start({ settings: { rootPeerCount: 1, maxChildren: 100, maxDepth: 6 } });
    const root = await rig.joined('root', { capacity: 0 });
    void Promise.all(Array.from({ length: 1_000 }, (_, index) => rig.join(`p${index}`)));
    await settled();
    expect(rig.live().tree.waitingTops).toHaveLength(1_000);
    const attempts = rig.log.attempts;
    void rig.submit({ type: 'ClaimCapacity', peer: root, capacity: 100 });
    await settled();
    expect(rig.live().tree.waitingTops).toEqual([]);
    expect(rig.log.attempts - attempts).toBe(4);
    await rig.clock.pass(5_000, 250);
    expect(rig.log.attempts - attempts).toBe(4);
    expect(rig.differences()).toEqual([]);
    await rig.end();
  });
});

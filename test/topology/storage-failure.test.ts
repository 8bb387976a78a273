import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Outcome } from '../../src/domain/commands.js';
import { stateHash } from '../../src/event-log/state-hash.js';
import { codeOf, LIVE, settled, TopologyRig } from '../support/topology-rig.js';

const TIMEOUT = 10_000;

describe('an append that fails', () => {
  let rig: TopologyRig;
  let root: number;
  const heard: string[] = [];
  beforeEach(async () => {
    rig = await TopologyRig.start({ settings: { rootPeerCount: 1, heartbeatTimeoutMs: TIMEOUT } });
    root = await rig.joined('root');
    heard.length = 0;
    rig.listen({
      storageFailed: () => void heard.push('failed'),
      storageRecovered: () => void heard.push('recovered'),
    });
  });
  afterEach(() => rig.end());

  it('refuses every command of its batch, and the tree is again what the log says', async () => {
    const before = stateHash(rig.live().tree);
    rig.log.refuseNext();
    const answers = Promise.all(Array.from({ length: 50 }, (_, index) => rig.join(`p${index}`)));
    await settled();
    expect(new Set((await answers).map(codeOf))).toEqual(new Set(['storage_unavailable']));
    await rig.clock.pass(1_500);
    expect(rig.topology.writer.available).toBe(true);
    expect(stateHash(rig.live().tree)).toBe(before);
    expect(rig.differences()).toEqual([]);
    expect(heard).toEqual(['failed', 'recovered']);
    expect(await rig.joined('p0')).toBeGreaterThan(root);
    expect(rig.differences()).toEqual([]);
  });

  it('records in every open track how long the service was away', async () => {
    await rig.joined('a', { track: 'live/y' });
    rig.log.breakDown();
    void rig.join('b');
    await rig.clock.pass(30_000);
    expect(rig.topology.ready).toBe(false);
    rig.log.repair();
    await rig.clock.pass(10_000);
    expect(rig.topology.ready).toBe(true);
    for (const track of [LIVE, 'live/y']) {
      const [gap, ...more] = rig.eventsOf('ServiceRecovered', track);
      expect(more).toEqual([]);
      expect(gap?.reason).toBe('storage');
      expect(gap?.gapMs).toBeGreaterThanOrEqual(30_000);
    }
  });

  it('times nobody out: while it lasted nobody could be heard', async () => {
    const a = await rig.joined('a');
    await rig.clock.pass(TIMEOUT - 1_000);
    rig.log.breakDown();
    void rig.join('b');
    await rig.clock.pass(3 * TIMEOUT);
    rig.log.repair();
    await rig.clock.pass(TIMEOUT);
    for (let second = 0; second < 30; second += 1) {
      void rig.beat(root);
      void rig.beat(a);
      await rig.clock.pass(1_000, 250);
    }
    expect(rig.eventsOf('PeerTimedOut')).toEqual([]);
  });

  it('answers at once what comes while it lasts, without deciding it', async () => {
    rig.log.breakDown();
    void rig.join('a');
    await settled();
    const attempts = rig.log.attempts;
    expect(codeOf(await rig.join('b'))).toBe('storage_unavailable');
    expect(codeOf(await rig.beat(root))).toBe('storage_unavailable');
    expect(await rig.topology.writer.read(LIVE, () => 'looked')).toMatchObject({ code: 'storage_unavailable' });
    expect(rig.log.attempts).toBe(attempts);
  });

  it('answers a reader who was waiting for it', async () => {
    const release = rig.log.hang();
    void rig.join('a');
    await settled();
    const looked = rig.topology.writer.read(LIVE, (live) => live?.tree.size ?? -1);
    rig.log.breakDown();
    release();
    await settled();
    expect(await Promise.race([looked, Promise.resolve('no answer')])).toMatchObject({ code: 'storage_unavailable' });
  });

  it('refuses what was queued behind it, and the pulses that lingered', async () => {
    const release = rig.log.hang();
    void rig.join('a');
    await settled();
    const queued = [rig.join('b'), rig.beat(root)];
    rig.log.refuseNext();
    release();
    await settled();
    expect((await Promise.all(queued)).map(codeOf)).toEqual(['storage_unavailable', 'storage_unavailable']);
    expect(rig.topology.writer.queueDepth).toBe(0);
  });

  it('is tried again until it works, ever less often', async () => {
    rig.log.breakDown();
    void rig.join('a');
    await rig.clock.pass(60_000, 250);
    expect(rig.log.headsAsked).toBeGreaterThan(4);
    expect(rig.log.headsAsked).toBeLessThan(12);
  });

  it('of a track that was never heard of leaves nothing behind', async () => {
    rig.log.refuseNext();
    void rig.join('a', { track: 'live/new' });
    await rig.clock.pass(1_500);
    expect(rig.topology.tracks.get('live/new')).toBeNull();
    expect(rig.events('live/new')).toEqual([]);
    const answer = rig.join('a', { track: 'live/new' });
    await settled();
    expect(codeOf(await answer)).toBe('ok');
  });

  it('and a retry that fails too, even halfway through the tracks, end well', async () => {
    await rig.joined('a', { track: 'live/y' });
    await rig.joined('b', { track: 'live/y' });
    rig.log.refuseNext();
    void rig.join('c');
    await settled();
    // The first track records the gap, the second cannot.
    const release = rig.log.hang();
    await rig.clock.pass(1_100);
    release();
    rig.log.refuseNext(1);
    await rig.clock.pass(10_000);
    expect(rig.topology.ready).toBe(true);
    for (const track of [LIVE, 'live/y']) {
      expect(rig.differences(track)).toEqual([]);
      expect(rig.eventsOf('ServiceRecovered', track).length).toBeGreaterThan(0);
    }
  });

  it('has its commands safely retried', async () => {
    rig.log.refuseNext();
    void rig.join('a');
    await rig.clock.pass(1_500);
    const again = await rig.joined('a');
    expect(rig.eventsOf('PeerJoined').map(({ peer }) => peer)).toEqual([root, again]);
  });
});

describe('a storage that cannot be read', () => {
  it('when a closed track is joined is an outage like any other', async () => {
    const rig = await TopologyRig.start();
    await rig.joined('root');
    rig.log.breakDown();
    const answers: Promise<Outcome>[] = [rig.join('a'), rig.join('a', { track: 'live/new' })];
    await settled();
    expect((await Promise.all(answers)).map(codeOf)).toEqual(['storage_unavailable', 'storage_unavailable']);
    rig.log.repair();
    await rig.clock.pass(15_000);
    expect(rig.topology.ready).toBe(true);
    expect(rig.eventsOf('ServiceRecovered')).toHaveLength(1);
    expect(await rig.joined('a', { track: 'live/new' })).toBe(2);
    await rig.end();
  });
});

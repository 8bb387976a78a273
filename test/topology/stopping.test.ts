import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { codeOf, settled, TopologyRig } from '../support/topology-rig.js';

describe('stopping', () => {
  let rig: TopologyRig;
  let root: number;
  beforeEach(async () => {
    rig = await TopologyRig.start({ settings: { rootPeerCount: 1 } });
    root = await rig.joined('root');
  });
  afterEach(() => rig.end());

  it('makes durable what was taken, lingering pulses too, and refuses what comes later', async () => {
    const taken = [rig.join('a'), rig.beat(root), rig.join('b')];
    const stopped = rig.topology.stop();
    const late = [rig.join('c'), rig.beat(root)];
    await stopped;
    expect((await Promise.all(taken)).map(codeOf)).toEqual(['ok', 'ok', 'ok']);
    expect((await Promise.all(late)).map(codeOf)).toEqual(['shutting_down', 'shutting_down']);
    expect(rig.eventsOf('PeerJoined')).toHaveLength(3);
    expect(rig.eventsOf('HeartbeatReceived')).toHaveLength(1);
    expect(rig.differences()).toEqual([]);
  });

  it('waits for the append in flight and what is queued behind it', async () => {
    const release = rig.log.hang();
    const taken = [rig.join('a')];
    await settled();
    taken.push(rig.join('b'));
    let stopped = false;
    const stopping = rig.topology.stop().then(() => (stopped = true));
    await rig.clock.pass(1_000);
    expect(stopped).toBe(false);
    release();
    await stopping;
    expect((await Promise.all(taken)).map(codeOf)).toEqual(['ok', 'ok']);
    expect(rig.eventsOf('PeerJoined')).toHaveLength(3);
  });

  it('does not wait for a storage that fails', async () => {
    rig.log.breakDown();
    void rig.join('a');
    await rig.clock.pass(5_000);
    await rig.topology.stop();
    expect(codeOf(await rig.join('b'))).toBe('shutting_down');
  });

  it('during a failed append refuses what could not be kept, and shows nobody a track it had to give up', async () => {
    const release = rig.log.hang();
    const taken = [rig.join('a'), rig.beat(root)];
    await settled();
    const looked = rig.topology.writer.read('live/x', (live) => live?.tree.size ?? 'no such track');
    const stopping = rig.topology.stop();
    rig.log.breakDown();
    release();
    await stopping;
    expect((await Promise.all(taken)).map(codeOf)).toEqual(['storage_unavailable', 'storage_unavailable']);
    expect(await looked).toMatchObject({ code: 'storage_unavailable' });
    expect(await rig.topology.writer.read('live/x', () => 'looked')).toMatchObject({ ok: false });
  });

  it('shows nobody a track it had to give up when a doubt that lasted ends badly', async () => {
    rig.log.loseNextAnswer('not kept');
    rig.log.failHeads(1);
    const taken = rig.join('a');
    await settled();
    const stopping = rig.topology.stop();
    const looked = rig.topology.writer.read('live/x', (live) => live?.tree.size ?? 'no such track');
    await stopping;
    expect(codeOf(await taken)).toBe('storage_unavailable');
    expect(await looked).toMatchObject({ code: 'storage_unavailable' });
  });

  it('with nothing to do is done at once, and can be asked for twice', async () => {
    await rig.topology.stop();
    await rig.topology.stop();
    expect(rig.differences()).toEqual([]);
  });

  it('ends all timers', async () => {
    await rig.topology.stop();
    const head = rig.events().length;
    await rig.clock.pass(60_000, 1_000);
    expect(rig.events()).toHaveLength(head);
  });
});

import { afterEach, describe, expect, it } from '@jest/globals';
import { EXPIRED_PER_BATCH_MAX, BATCH_COMMANDS_MAX, TICK_MS } from '../../src/topology/limits.js';
import { codeOf, settled, TopologyRig } from '../support/topology-rig.js';

const TIMEOUT = 10_000;

describe('a silent peer', () => {
  let rig: TopologyRig;
  const start = async (options: Parameters<typeof TopologyRig.start>[0] = {}): Promise<TopologyRig> => {
    rig = await TopologyRig.start({ ...options, settings: { heartbeatTimeoutMs: TIMEOUT, ...options.settings } });
    // The window after a start must be over before anybody can be timed out.
    await rig.clock.pass(TIMEOUT + TICK_MS, 1_000);
    return rig;
  };
  afterEach(() => rig.end());

  it('is timed out when its deadline has passed, and not before', async () => {
    await start();
    await rig.joined('a');
    await rig.clock.pass(TIMEOUT - 100);
    expect(rig.eventsOf('PeerTimedOut')).toEqual([]);
    await rig.clock.pass(100 + 2 * TICK_MS);
    const [timeout] = rig.eventsOf('PeerTimedOut');
    expect(timeout?.silentMs).toBeGreaterThanOrEqual(TIMEOUT);
    expect(timeout?.silentMs).toBeLessThanOrEqual(TIMEOUT + 2 * TICK_MS);
    expect(timeout?.recordedAt).toBe((rig.eventsOf('PeerJoined')[0]?.recordedAt ?? 0) + (timeout?.silentMs ?? 0));
  });

  it('is timed out also by a service whose loop is late each time', async () => {
    await start();
    await rig.joined('a');
    await rig.clock.pass(TIMEOUT + 3_000, 700);
    expect(rig.eventsOf('PeerTimedOut')).toHaveLength(1);
  });

  it('goes before those who were heard later', async () => {
    await start();
    const numbers = [];
    for (const name of ['a', 'b', 'c']) numbers.push(await rig.joined(name));
    void rig.beat(numbers[0]!);
    await rig.clock.pass(TIMEOUT + 3 * TICK_MS);
    const [a, b, c] = numbers;
    expect(rig.eventsOf('PeerTimedOut').map(({ peer }) => peer)).toEqual([b, c, a]);
    expect(rig.differences()).toEqual([]);
  });

  it('lives on when it beats in time', async () => {
    await start();
    const peer = await rig.joined('a');
    for (let beat = 0; beat < 12; beat += 1) {
      await rig.clock.pass(TIMEOUT - 500, 250);
      void rig.beat(peer);
    }
    expect(rig.eventsOf('PeerTimedOut')).toEqual([]);
  });

  it('is saved by a heartbeat that lingers at its deadline', async () => {
    await start({ pulseLingerMs: 5_000 });
    const peer = await rig.joined('a');
    await rig.clock.pass(TIMEOUT - 100);
    void rig.beat(peer);
    await rig.clock.pass(1_000);
    expect(rig.eventsOf('PeerTimedOut')).toEqual([]);
    expect(rig.eventsOf('HeartbeatReceived')).toHaveLength(1);
  });

  it('is saved by a heartbeat behind more commands than one batch takes', async () => {
    await start();
    const peer = await rig.joined('a');
    await rig.clock.pass(TIMEOUT - 100);
    const release = rig.log.hang();
    void rig.join('b');
    await settled();
    // The timeout is asked for first, then come many commands, and then the heartbeat.
    await rig.clock.pass(TICK_MS + 100);
    for (let queued = 0; queued < BATCH_COMMANDS_MAX; queued += 1) void rig.submit({ type: 'Tend' });
    const beat = rig.beat(peer);
    release();
    await settled();
    await rig.clock.pass(1_000);
    expect(rig.eventsOf('PeerTimedOut')).toEqual([]);
    expect(codeOf(await beat)).toBe('ok');
  });

  it('is judged by the moment of the tick, not by how long the decision had to wait', async () => {
    await start();
    await rig.joined('silent');
    const lively = await rig.joined('lively');
    await rig.clock.pass(5_000);
    void rig.beat(lively);
    await rig.clock.pass(4_900);
    const release = rig.log.hang();
    void rig.join('c');
    await settled();
    await rig.clock.pass(500);
    // Its timeout is asked for; now nothing runs for a minute, and then everything at once.
    rig.clock.skip(60_000);
    release();
    await settled();
    expect(rig.eventsOf('PeerTimedOut').map(({ peer }) => peer)).not.toContain(lively);
    await rig.clock.pass(500);
    expect(rig.eventsOf('ServiceRecovered').at(-1)?.reason).toBe('stall');
  });

  it('is not judged by a loop that went on expiring others when the service stalled', async () => {
    await start();
    const crowd = 3 * EXPIRED_PER_BATCH_MAX;
    void Promise.all(Array.from({ length: crowd }, (_, index) => rig.join(`p${index}`)));
    await settled();
    await rig.clock.pass(5_000);
    const lively = await rig.joined('lively');
    await rig.clock.pass(TIMEOUT - 5_000 - 50);
    const release = rig.log.hang();
    await rig.clock.pass(2 * TICK_MS);
    rig.clock.skip(60_000);
    release();
    await settled();
    expect(rig.eventsOf('PeerTimedOut').map(({ peer }) => peer)).not.toContain(lively);
  });

  it('among thousands is timed out in bounded batches, completely', async () => {
    await start({ settings: { rootPeerCount: 30 } });
    void Promise.all(Array.from({ length: 2_000 }, (_, index) => rig.join(`p${index}`)));
    await settled();
    const before = rig.log.kept.length;
    await rig.clock.pass(TIMEOUT + 3 * TICK_MS, 250);
    const perBatch = rig.log.kept.slice(before).map(timeoutsIn);
    expect(perBatch.reduce((sum, count) => sum + count, 0)).toBe(2_000);
    expect(Math.max(...perBatch)).toBeLessThanOrEqual(EXPIRED_PER_BATCH_MAX);
    expect(rig.live().tree.size).toBe(0);
    expect(rig.differences()).toEqual([]);
  });

  it('among thousands is timed out in bounded batches also by a storage that is slow', async () => {
    await start({ settings: { rootPeerCount: 30 } });
    void Promise.all(Array.from({ length: 2_000 }, (_, index) => rig.join(`p${index}`)));
    await settled();
    const before = rig.log.kept.length;
    await rig.clock.pass(TIMEOUT - 100, 500);
    const release = rig.log.hang();
    await rig.clock.pass(20 * TICK_MS, 250);
    release();
    await rig.clock.pass(4 * TICK_MS, 250);
    const perBatch = rig.log.kept.slice(before).map(timeoutsIn);
    expect(perBatch.reduce((sum, count) => sum + count, 0)).toBe(2_000);
    expect(Math.max(...perBatch)).toBeLessThanOrEqual(EXPIRED_PER_BATCH_MAX);
  });

  it('costs a look in proportion to those who are overdue', async () => {
    await start({ settings: { rootPeerCount: 30 } });
    await rig.joined('old-1');
    await rig.joined('old-2');
    await rig.clock.pass(5_000, 250);
    void Promise.all(Array.from({ length: 3_000 }, (_, index) => rig.join(`p${index}`)));
    await settled();
    const { liveness } = rig.live();
    let visited = 0;
    const deadline = liveness.deadline.bind(liveness);
    liveness.deadline = (peer, timeout) => {
      visited += 1;
      return deadline(peer, timeout);
    };
    await rig.clock.pass(6_000, 250);
    expect(rig.eventsOf('PeerTimedOut')).toHaveLength(2);
    expect(visited).toBeLessThan(30);
  });

  it('keeps no track busy that has nobody overdue', async () => {
    await start();
    const peer = await rig.joined('a');
    const attempts = rig.log.attempts;
    for (let second = 0; second < 30; second += 1) {
      if (second % 5 === 0) void rig.beat(peer);
      await rig.clock.pass(1_000, 250);
    }
    expect(rig.log.attempts - attempts).toBe(6);
  });
});

describe('peers that could not be heard because the writer was overloaded', () => {
  it('are not timed out for that', async () => {
    const rig = await TopologyRig.start({ settings: { heartbeatTimeoutMs: TIMEOUT } });
    await rig.clock.pass(TIMEOUT + TICK_MS, 1_000);
    const peer = await rig.joined('a');
    const release = rig.log.hang();
    void rig.join('b');
    await settled();
    const busy = { type: 'Tend' } as const;
    const ignore = (): void => undefined;
    while (rig.topology.writer.queueDepth < 100_000) rig.topology.writer.enqueue('live/x', busy, ignore);
    for (let second = 0; second < 12; second += 3) {
      await rig.clock.pass(3_000, 250);
      expect(codeOf(await rig.beat(peer))).toBe('busy');
    }
    release();
    await settled();
    await rig.clock.pass(3_000, 250);
    expect(rig.eventsOf('PeerTimedOut')).toEqual([]);
    expect(rig.eventsOf('ServiceRecovered').at(-1)?.gapMs).toBeGreaterThanOrEqual(9_000);
    await rig.clock.pass(2 * TIMEOUT, 250);
    expect(rig.eventsOf('PeerTimedOut')).toHaveLength(2);
    await rig.end();
  });
});

function timeoutsIn(batch: TopologyRig['log']['kept'][number]): number {
  return batch
    .flatMap(({ runs }) => runs)
    .flatMap((run) => (run.kind === 'topology' ? run.events : []))
    .filter((event) => event.type === 'PeerTimedOut').length;
}

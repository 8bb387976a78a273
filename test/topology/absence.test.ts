import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ServiceTime } from '../../src/topology/service-time.js';
import { FakeClock } from '../support/fake-clock.js';
import { TopologyRig } from '../support/topology-rig.js';

const TIMEOUT = 10_000;

describe('a service that was away', () => {
  let rig: TopologyRig;
  let peers: number[];
  beforeEach(async () => {
    rig = await TopologyRig.start({ settings: { heartbeatTimeoutMs: TIMEOUT } });
    await rig.clock.pass(TIMEOUT + 500, 1_000);
    peers = [await rig.joined('a'), await rig.joined('b')];
    await rig.joined('c', { track: 'live/y' });
  });
  afterEach(() => rig.end());

  /** Everybody beats, every three seconds. */
  async function live(ms: number): Promise<void> {
    const elsewhere = rig.live('live/y').tree.peerNamed('c')?.number ?? 0;
    for (let passed = 0; passed < ms; passed += 3_000) {
      for (const peer of peers) void rig.beat(peer);
      void rig.beat(elsewhere, 'live/y');
      await rig.clock.pass(3_000, 250);
    }
  }

  it('because its loop stalled records that in every track, and times nobody out', async () => {
    await live(6_000);
    await rig.clock.stall(60_000);
    expect(rig.eventsOf('ServiceRecovered')).toMatchObject([{ reason: 'stall', gapMs: 60_000 - 250 }]);
    expect(rig.eventsOf('ServiceRecovered', 'live/y')).toHaveLength(1);
    await live(60_000);
    expect([...rig.eventsOf('PeerTimedOut'), ...rig.eventsOf('PeerTimedOut', 'live/y')]).toEqual([]);
    expect(rig.differences()).toEqual([]);
  });

  it('for less than a second judges nobody before the sockets are read', async () => {
    await rig.clock.pass(TIMEOUT - 700);
    // The heartbeats stand in the sockets while the loop is late; they are read behind the timers.
    rig.clock.soon(() => {
      for (const peer of peers) void rig.beat(peer);
    });
    await rig.clock.stall(900);
    await rig.clock.pass(500);
    expect(rig.eventsOf('PeerTimedOut')).toEqual([]);
    expect(rig.eventsOf('ServiceRecovered')).toEqual([]);
  });

  it('still times out who stays silent afterwards', async () => {
    await rig.clock.stall(60_000);
    await rig.clock.pass(2 * TIMEOUT + 1_000, 250);
    expect(rig.eventsOf('PeerTimedOut')).toHaveLength(2);
  });

  it('because the machine slept catches up with the wall clock, and records that', async () => {
    const before = rig.topology.time.now();
    rig.clock.stepWall(3_600_000);
    await live(30_000);
    expect(rig.eventsOf('ServiceRecovered')).toMatchObject([{ reason: 'stall' }]);
    expect(rig.eventsOf('ServiceRecovered')[0]?.gapMs).toBeGreaterThanOrEqual(3_600_000 - 500);
    expect(rig.topology.time.now() - before).toBeGreaterThanOrEqual(3_600_000 + 30_000 - 500);
    expect(rig.eventsOf('PeerTimedOut')).toEqual([]);
    expect(rig.differences()).toEqual([]);
  });

  it('and a wall clock set forward between two ticks times nobody out who was about to be judged', async () => {
    await rig.clock.pass(TIMEOUT - 100);
    const release = rig.log.hang();
    void rig.join('d');
    await rig.clock.pass(50);
    for (const peer of peers) void rig.beat(peer);
    const late = rig.joined('late');
    await rig.clock.pass(500);
    rig.clock.stepWall(3_600_000);
    await rig.clock.pass(500);
    release();
    await rig.clock.pass(500);
    expect(rig.eventsOf('PeerTimedOut')).toEqual([]);
    expect(await late).toBeGreaterThan(0);
    expect(rig.differences()).toEqual([]);
  });

  it('is not what a wall clock set back means: time goes on, and nobody is timed out', async () => {
    rig.clock.stepWall(-3_600_000);
    await live(60_000);
    expect(rig.eventsOf('PeerTimedOut')).toEqual([]);
    expect(rig.eventsOf('ServiceRecovered')).toEqual([]);
    expect(rig.differences()).toEqual([]);
  });

  it('is not what a small step of the wall clock means', async () => {
    rig.clock.stepWall(1_500);
    await live(30_000);
    expect(rig.eventsOf('ServiceRecovered')).toEqual([]);
    expect(rig.topology.time.wallLead()).toBeLessThan(1_400);
  });
});

describe('service time', () => {
  it('starts at the later of the wall clock and the last recorded event', () => {
    const clock = new FakeClock();
    expect(new ServiceTime(clock, 5).now()).toBe(clock.wallMs());
    expect(new ServiceTime(clock, clock.wallMs() + 99).now()).toBe(clock.wallMs() + 99);
  });

  it('never goes back, whatever the wall clock does', () => {
    const clock = new FakeClock();
    const time = new ServiceTime(clock, 0);
    let last = time.now();
    for (const step of [0, -5_000, 3, -1, 10_000, -86_400_000]) {
      clock.stepWall(step);
      clock.skip(1);
      time.slew();
      expect(time.now()).toBeGreaterThanOrEqual(last);
      last = time.now();
    }
  });

  it('drifts to the wall by 5 ms a second, either way', () => {
    for (const step of [1_000, -1_000]) {
      const clock = new FakeClock();
      const time = new ServiceTime(clock, 0);
      clock.stepWall(step);
      for (let second = 0; second < 100; second += 1) {
        clock.skip(1_000);
        time.slew();
      }
      expect(Math.abs(time.wallLead() - step / 2)).toBeLessThanOrEqual(1);
      for (let second = 0; second < 200; second += 1) {
        clock.skip(1_000);
        time.slew();
      }
      expect(Math.abs(time.wallLead())).toBeLessThanOrEqual(1);
    }
  });

  it('counts whole milliseconds', () => {
    const clock = new FakeClock();
    const time = new ServiceTime(clock, 0);
    clock.stepWall(1);
    clock.skip(0.3);
    time.slew();
    expect(Number.isInteger(time.now())).toBe(true);
  });
});

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Outcome } from '../../src/domain/commands.js';
import { codeOf, settled, TopologyRig } from '../support/topology-rig.js';

const TIMEOUT = 10_000;

describe('an append of which nobody knows whether it was kept', () => {
  let rig: TopologyRig;
  let root: number;
  beforeEach(async () => {
    rig = await TopologyRig.start({ settings: { rootPeerCount: 1, heartbeatTimeoutMs: TIMEOUT } });
    root = await rig.joined('root');
  });
  afterEach(() => rig.end());

  it('is looked up, and its commands are accepted when it was kept', async () => {
    rig.log.loseNextAnswer('kept');
    const answer = await rig.joined('a');
    expect(rig.eventsOf('PeerJoined').map(({ peer }) => peer)).toContain(answer);
    expect(rig.topology.writer.available).toBe(true);
    expect(rig.differences()).toEqual([]);
  });

  it('is looked up, and its commands are refused when it was not kept', async () => {
    rig.log.loseNextAnswer('not kept');
    const answer = rig.join('a');
    await settled();
    expect(codeOf(await answer)).toBe('storage_unavailable');
    await rig.clock.pass(1_500);
    expect(rig.eventsOf('PeerJoined').map(({ peer }) => peer)).toEqual([root]);
    expect(rig.differences()).toEqual([]);
    expect(await rig.joined('a')).toBeGreaterThan(root);
  });

  it('is answered only when that is known', async () => {
    rig.log.loseNextAnswer('kept');
    rig.log.failHeads(3);
    const told: string[] = [];
    void rig.join('a').then((answer) => told.push(codeOf(answer)));
    await rig.clock.pass(2_900);
    expect(told).toEqual([]);
    expect(rig.topology.ready).toBe(false);
    await rig.clock.pass(200);
    expect(told).toEqual(['ok']);
    await rig.clock.pass(2_000);
    expect(rig.topology.ready).toBe(true);
  });

  it('times nobody out, however long the doubt lasted', async () => {
    rig.log.loseNextAnswer('kept');
    rig.log.failHeads(30);
    void rig.join('a');
    await rig.clock.pass(35_000);
    expect(rig.topology.ready).toBe(true);
    expect(rig.eventsOf('ServiceRecovered')).toMatchObject([{ reason: 'storage' }]);
    expect(rig.eventsOf('ServiceRecovered')[0]?.gapMs).toBeGreaterThanOrEqual(30_000);
    await rig.clock.pass(TIMEOUT - 500 - 5_000);
    expect(rig.eventsOf('PeerTimedOut')).toEqual([]);
    expect(rig.differences()).toEqual([]);
  });

  it('that lasts is waited for by nobody who stands behind it, even when the storage fails once more', async () => {
    const release = rig.log.hang();
    rig.log.loseNextAnswer('kept');
    rig.log.failHeads(2);
    const told: string[] = [];
    const listen = (who: string, answer: Promise<Outcome>): void => {
      void answer.then((outcome) => told.push(`${who}: ${codeOf(outcome)}`));
    };
    listen('in doubt', rig.join('a'));
    await settled();
    listen('command', rig.join('b'));
    listen('pulse', rig.beat(root));
    release();
    await settled();
    expect(told).toEqual(['command: storage_unavailable', 'pulse: storage_unavailable']);
    rig.log.refuseNext(20);
    await rig.clock.pass(2_500);
    expect(told).toContain('in doubt: ok');
    expect(rig.topology.ready).toBe(false);
    rig.log.repair();
    await rig.clock.pass(20_000);
    expect(rig.topology.ready).toBe(true);
    expect(told).toHaveLength(3);
    expect(rig.differences()).toEqual([]);
  });

  it('is looked up even while the service stops', async () => {
    const release = rig.log.hang();
    rig.log.loseNextAnswer('kept');
    const answer = rig.join('a');
    await settled();
    const stopped = rig.topology.stop();
    release();
    await stopped;
    expect(codeOf(await answer)).toBe('ok');
    expect(rig.eventsOf('PeerJoined')).toHaveLength(2);
  });

  it('among the records of an outage that is over is told by the log, too', async () => {
    rig.log.refuseNext();
    void rig.join('a');
    await settled();
    rig.log.loseNextAnswer('kept');
    await rig.clock.pass(1_500);
    expect(rig.topology.ready).toBe(true);
    expect(rig.eventsOf('ServiceRecovered')).toHaveLength(1);
    expect(rig.differences()).toEqual([]);
  });
});

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SURPLUS_MOVES_PER_COMMAND_MAX } from '../../src/domain/limits.js';
import { TICK_MS } from '../../src/topology/limits.js';
import { LIVE, settled, TopologyRig } from '../support/topology-rig.js';

const FAMILIES = 2 * SURPLUS_MOVES_PER_COMMAND_MAX + 8;
const SETTINGS = { rootPeerCount: FAMILIES, maxChildren: 2, maxDepth: 4, heartbeatTimeoutMs: 600_000 };

describe('a running track that is configured', () => {
  let rig: TopologyRig;
  beforeEach(async () => {
    rig = await TopologyRig.start({ settings: SETTINGS, recoveryWindowMs: 0 });
    const joins = Array.from({ length: 3 * FAMILIES }, (_, index) => rig.join(`peer-${String(index)}`));
    await settled();
    await Promise.all(joins);
    await rig.clock.pass(2 * TICK_MS);
  });
  afterEach(() => rig.end());

  async function lower(): Promise<void> {
    const configured = rig.submit({ type: 'Configure', change: { maxChildren: 1 } });
    await settled();
    expect(await configured).toMatchObject({ ok: true });
  }

  const moved = (): number => rig.eventsOf('ParentAssigned').filter(({ cause }) => cause === 'configured').length;

  it('has its surplus moved a bounded number each tick, until none is left', async () => {
    await lower();
    const steps = [moved()];
    for (let tick = 0; tick < 4; tick += 1) {
      await rig.clock.pass(TICK_MS);
      steps.push(moved());
    }
    const step = SURPLUS_MOVES_PER_COMMAND_MAX;
    expect(steps).toEqual([step, 2 * step, FAMILIES, FAMILIES, FAMILIES]);
    expect(rig.live().tree.nextSurplus()).toBeNull();
    expect(rig.differences()).toEqual([]);
  });

  it('goes on after a restart where it was', async () => {
    await lower();
    await rig.restart(1_000);
    expect(rig.live().tree.settings).toMatchObject({ maxChildren: 1 });
    expect(moved()).toBe(SURPLUS_MOVES_PER_COMMAND_MAX);
    await rig.clock.pass(6 * TICK_MS);
    expect(moved()).toBe(FAMILIES);
    expect(rig.differences()).toEqual([]);
  });

  it('times out by the new limit from then on', async () => {
    const configured = rig.submit({ type: 'Configure', change: { heartbeatTimeoutMs: 5_000 } });
    await settled();
    await configured;
    await rig.clock.pass(10_000, TICK_MS);
    expect(rig.eventsOf('PeerTimedOut')).toHaveLength(3 * FAMILIES);
  });

  it('is refused when nobody has it open', async () => {
    const answer = rig.submit({ type: 'Configure', change: { maxChildren: 1 } }, 'live/nobody');
    await settled();
    expect(await answer).toMatchObject({ ok: false, code: 'invalid_track' });
    expect(rig.topology.tracks.get(LIVE)).not.toBeNull();
  });
});

it('a service that was away tells who listens, once for each absence', async () => {
  const rig = await TopologyRig.start();
  try {
    const gaps: number[] = [];
    rig.listen({ wasAway: (gapMs) => void gaps.push(gapMs) });
    await rig.joined('a');
    await rig.joined('b', { track: 'live/y' });
    await rig.clock.stall(60_000);
    await rig.clock.pass(1_000);
    expect(gaps).toEqual([60_000 - TICK_MS]);
  } finally {
    await rig.end();
  }
});

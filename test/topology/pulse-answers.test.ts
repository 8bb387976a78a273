import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Outcome } from '../../src/domain/commands.js';
import { PULSE_ANSWERS_PER_TURN_MIN, PULSE_ANSWERS_TURNS } from '../../src/topology/limits.js';
import { codeOf, settled, TopologyRig } from '../support/topology-rig.js';

/** So many that one turn's share of them is above the least that is answered in a turn. */
const MANY = 2 * PULSE_ANSWERS_TURNS * PULSE_ANSWERS_PER_TURN_MIN;

describe('answers of pulses that became durable together', () => {
  let rig: TopologyRig;
  let root: number;
  let answered: string[];
  beforeEach(async () => {
    rig = await TopologyRig.start({ settings: { rootPeerCount: 5 } });
    root = await rig.joined('root');
    answered = [];
  });
  afterEach(() => rig.end());

  const beat = (times: number, from = 0): void => {
    for (let sent = from; sent < from + times; sent += 1) {
      const onDurable = (): void => void answered.push(`pulse ${String(sent)}`);
      rig.topology.writer.pulse('live/x', { peer: root, forwardedFrames: -1, receivedFrames: -1, onDurable });
    }
  };

  /** Passes turns of the event loop until so many were answered. */
  const untilAnswered = async (count: number): Promise<void> => {
    while (answered.length < count) await new Promise((resolve) => setImmediate(resolve));
  };

  it('let a command that comes meanwhile be answered before the last of them', async () => {
    beat(MANY);
    const passing = rig.clock.pass(200, 200);
    await untilAnswered(1);
    expect(answered.length).toBeLessThan(MANY / 2);
    void rig.join('late').then(() => answered.push('join'));
    await untilAnswered(MANY + 1);
    await passing;
    const place = answered.indexOf('join');
    expect(place).toBeGreaterThan(0);
    expect(place).toBeLessThan(MANY);
  });

  it('come in the order in which the pulses came, also of those that another commit makes durable meanwhile', async () => {
    beat(MANY);
    const passing = rig.clock.pass(200, 200);
    await untilAnswered(1);
    const before = answered.length;
    beat(MANY, MANY);
    void rig.leave(root);
    await untilAnswered(2 * MANY);
    await passing;
    expect(before).toBeLessThan(MANY);
    expect(answered).toEqual(Array.from({ length: 2 * MANY }, (_, index) => `pulse ${String(index)}`));
  });

  it('come before that of a later command of the same peer, so that it never sees positions go back', async () => {
    const claimant = await rig.joined('claimant');
    beat(MANY);
    const positions: number[] = [];
    const note = (outcome: Outcome): void => {
      if (outcome.ok) positions.push(outcome.position);
    };
    const beatAndNote = (): void =>
      rig.topology.writer.pulse('live/x', {
        peer: claimant,
        forwardedFrames: -1,
        receivedFrames: -1,
        onDurable: note,
      });
    beatAndNote();
    rig.topology.writer.enqueue('live/x', { type: 'ClaimCapacity', peer: claimant, capacity: 1 }, note);
    beatAndNote();
    await untilAnswered(MANY);
    await settled();
    expect(positions).toHaveLength(3);
    expect(positions).toEqual([...positions].sort((one, other) => one - other));
  });

  it('count as waiting until they are given', async () => {
    beat(MANY);
    const passing = rig.clock.pass(200, 200);
    await untilAnswered(1);
    expect(rig.topology.writer.queueDepth).toBe(MANY - answered.length);
    await untilAnswered(MANY);
    await passing;
    expect(rig.topology.writer.queueDepth).toBe(0);
  });

  it('are all given when the service stops', async () => {
    beat(MANY);
    await rig.topology.stop();
    expect(answered).toHaveLength(MANY);
    await settled();
    expect(answered).toHaveLength(MANY);
    expect(codeOf(await rig.beat(root))).toBe('shutting_down');
  });
});

import { describe, expect, it } from '@jest/globals';
import { SnapshotSchedule } from '../../src/topology/snapshot-schedule.js';

const NOTHING = { topologyEvents: 0, pulses: 0 };

describe('a snapshot', () => {
  it('is due when the tail would take too long to replay, and not before', () => {
    const schedule = new SnapshotSchedule();
    schedule.grew('live/x', { topologyEvents: 2_000, pulses: 0 }, 100);
    expect(schedule.isDue('live/x')).toBe(false);
    schedule.grew('live/x', { topologyEvents: 600, pulses: 0 }, 100);
    expect(schedule.isDue('live/x')).toBe(true);
  });

  it('is due later in a large track, where building up a snapshot takes as long itself', () => {
    const schedule = new SnapshotSchedule();
    schedule.grew('live/x', { topologyEvents: 10_000, pulses: 0 }, 100_000);
    expect(schedule.isDue('live/x')).toBe(false);
    schedule.grew('live/x', { topologyEvents: 20_000, pulses: 0 }, 100_000);
    expect(schedule.isDue('live/x')).toBe(true);
  });

  it('leaves what was added while it was taken as the tail of the next', () => {
    const schedule = new SnapshotSchedule();
    schedule.grew('live/x', { topologyEvents: 3_000, pulses: 0 }, 10);
    const costMs = schedule.costMs('live/x');
    schedule.grew('live/x', { topologyEvents: 1_000, pulses: 0 }, 10);
    schedule.taken('live/x', costMs);
    expect(schedule.isDue('live/x')).toBe(false);
    expect(schedule.totalMs).toBe(schedule.costMs('live/x'));
    expect(schedule.costMs('live/x')).toBeGreaterThan(0);
  });

  it('of the costliest tracks is due when all tails together cost a start too much, and only of as many as that takes', () => {
    const schedule = new SnapshotSchedule();
    for (let index = 0; index < 50; index += 1)
      schedule.grew(`live/${String(index)}`, { topologyEvents: 1_000 + index, pulses: 0 }, 10);
    expect(schedule.beyondBudget()).toEqual([]);
    for (let index = 0; index < 50; index += 1)
      schedule.grew(`live/${String(index)}`, { topologyEvents: 1_000, pulses: 0 }, 10);
    const taken = schedule.beyondBudget();
    expect(taken[0]).toBe('live/49');
    expect(taken.length).toBeGreaterThan(20);
    expect(taken.length).toBeLessThan(50);
  });

  it('of a track that is closed, or whose tail costs next to nothing, is not worth taking', () => {
    const schedule = new SnapshotSchedule();
    schedule.grew('live/closed', { topologyEvents: 5_000, pulses: 0 }, 10);
    schedule.forget('live/closed');
    schedule.grew('live/small', { topologyEvents: 10, pulses: 100 }, 10);
    schedule.grew('live/quiet', NOTHING, 10);
    expect(schedule.worthTaking()).toEqual([]);
  });
});

import { describe, expect, it } from '@jest/globals';
import type { TopologyCommand } from '../../src/domain/commands.js';
import { LvqrPlanner } from '../../src/simulator/baselines/lvqr-planner.js';

const settings = {
  policy: 'lvqr-unrepaired',
  policyVersion: 0,
  rootPeerCount: 1,
  maxChildren: 1,
  maxDepth: 6,
  heartbeatTimeoutMs: 10_000,
};
const join = (capacity = 3): TopologyCommand => ({
  type: 'Join',
  identity: { peerId: 'any', resumeHash: null },
  capacity,
  settings,
  peersMax: 100,
  replace: false,
});

function planner(limits: Partial<typeof settings>, joins: number[]): LvqrPlanner {
  const lvqr = new LvqrPlanner({ ...settings, ...limits });
  for (const capacity of joins) lvqr.submit(join(capacity));
  lvqr.takeDirections();
  return lvqr;
}

describe('LVQR as it is', () => {
  it('makes an orphan its own parent, or hangs it below its own descendant', () => {
    const lvqr = planner({}, [1, 2, 1]);
    lvqr.submit({ type: 'Leave', peer: 1 });
    expect(lvqr.countInCycles()).toBe(2);
  });

  it('never tells an orphan its new parent', () => {
    const lvqr = planner({ rootPeerCount: 2 }, [1, 1, 1, 0]);
    lvqr.submit({ type: 'Leave', peer: 1 });
    expect([...lvqr.takeDirections()]).toEqual([]);
  });

  it('forgets the limit for what hangs below an orphan', () => {
    const lvqr = planner({ rootPeerCount: 2, maxDepth: 2, maxChildren: 3 }, [1, 1, 1, 1, 1, 1]);
    expect(lvqr.countViolations()).toBe(0);
    lvqr.submit({ type: 'Leave', peer: 1 });
    expect(lvqr.countViolations()).toBeGreaterThan(0);
  });

  it('never refills a freed root slot: what hung below it is stranded, and newcomers with it', () => {
    const lvqr = planner({}, [1, 1]);
    lvqr.submit({ type: 'Leave', peer: 1 });
    const depths: number[] = [];
    lvqr.visitDepths((depth) => depths.push(depth));
    expect(depths).toEqual([]);
    lvqr.submit(join(1));
    expect([...lvqr.takeDirections()]).toEqual([{ peer: 3, parent: null, cause: 'waiting' }]);
  });
});

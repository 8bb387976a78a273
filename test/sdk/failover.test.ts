import { beforeEach, expect, it } from '@jest/globals';
import { Failover, type LinkHealth } from '../../src/sdk/failover.js';

const HEIR = { rank: 'heir', connect_to: 'grandparent', connect_after_ms: 0 } as const;
const SIBLING = { rank: 'sibling', connect_to: 'heir', connect_after_ms: 300 } as const;
const TO_ORIGIN = { rank: 'heir', connect_to: null, connect_after_ms: 0 } as const;
let failover: Failover;

beforeEach(() => {
  failover = new Failover();
});

function step(nowMs: number, parent: LinkHealth, planned: LinkHealth = 'none'): unknown {
  return failover.step(nowMs, { parent, planned });
}

/** Has the parent alive at 0. */
function fedBy(parentId: string, plan: Parameters<Failover['assigned']>[1]): void {
  failover.assigned(parentId, plan);
  step(0, 'dialing');
  step(0, 'alive');
}

it('turns the heir to its grandparent at once, and tells the service when that is connected', () => {
  fedBy('parent', HEIR);
  expect(step(10, 'silent')).toEqual({ act: 'dial', peerId: 'grandparent' });
  expect(step(20, 'none', 'dialing')).toBeNull();
  expect(step(100, 'none', 'alive')).toEqual({ act: 'follow', lostParentId: 'parent', connectedTo: 'grandparent' });
  expect(step(200, 'none', 'alive')).toBeNull();
  expect(failover).toMatchObject({ stage: 'followed', plannedId: 'grandparent' });
});

it('lets a sibling wait for its turn', () => {
  fedBy('parent', SIBLING);
  expect(step(10, 'none')).toBeNull();
  expect(step(309, 'none')).toBeNull();
  expect(step(310, 'none')).toEqual({ act: 'dial', peerId: 'heir' });
});

it('takes it back when the parent is heard again', () => {
  fedBy('parent', HEIR);
  step(10, 'silent');
  expect(step(20, 'alive', 'dialing')).toEqual({ act: 'abandon' });
  expect(step(30, 'alive')).toBeNull();
  expect(failover.stage).toBe('steady');
});

it('does nothing before the parent was ever reached, and nothing without a plan', () => {
  failover.assigned('parent', HEIR);
  expect(step(0, 'dialing')).toBeNull();
  expect(step(6_000, 'none')).toBeNull();
  fedBy('another', null);
  expect(step(10, 'none')).toBeNull();
  failover.assigned('another', HEIR);
  expect(step(20, 'none')).toEqual({ act: 'dial', peerId: 'grandparent' });
});

it('turns to the origin without connecting to anybody', () => {
  fedBy('parent', TO_ORIGIN);
  expect(step(10, 'none')).toEqual({ act: 'follow', lostParentId: 'parent', connectedTo: null });
  expect(failover.isAtOrigin).toBe(true);
  expect(failover.plannedId).toBeNull();
});

it("tries again when the plan's parent cannot be reached", () => {
  fedBy('parent', HEIR);
  step(10, 'none');
  expect(step(500, 'none', 'none')).toEqual({ act: 'dial', peerId: 'grandparent' });
});

it('is steady again with another parent, the one it turned to or not', () => {
  for (const next of ['grandparent', 'somebody']) {
    fedBy(`parent-of-${next}`, HEIR);
    step(10, 'none');
    step(100, 'none', 'alive');
    failover.assigned(next, null);
    expect(failover).toMatchObject({ stage: 'steady', plannedId: null });
  }
});

it('keeps what works while the service still names the lost parent, and turns when its plan names another', () => {
  fedBy('parent', SIBLING);
  step(10, 'none');
  step(400, 'none');
  step(500, 'none', 'alive');
  failover.assigned('parent', SIBLING);
  expect(failover.plannedId).toBe('heir');
  failover.assigned('parent', null);
  expect(failover).toMatchObject({ stage: 'followed', plannedId: 'heir' });
  failover.assigned('parent', { ...SIBLING, connect_to: 'other-heir' });
  expect(step(900, 'none')).toEqual({ act: 'dial', peerId: 'other-heir' });
});

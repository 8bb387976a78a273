import { describe, expect, it } from '@jest/globals';
import { CAPACITY_CLAIM_MAX } from '../../src/domain/limits.js';
import { claim, claimed, given, join, leave, lines, placed, track, waiting } from '../support/given-when-then.js';

describe('a capacity claim', () => {
  it('that shrinks moves the surplus children, the newest of them', () => {
    const scenario = given(
      track({ rootPeerCount: 1, maxChildren: 3 }),
      join('root'),
      join('a', { capacity: 0 }),
      join('b', { capacity: 3 }),
      join('c', { capacity: 0 }),
    );
    expect(scenario.when(claim('root', 2))).toEqual([claimed('root', 2), placed('c', 'b', 2, 'shrunk', 'root')]);
    expect(scenario.drawing()).toBe(lines('root', '  a', '  b', '    c'));
  });

  it('that shrinks to nothing leaves the children without a slot to wait', () => {
    const scenario = given(track(), join('root'), join('a', { capacity: 0 }), join('b', { capacity: 0 }));
    expect(scenario.when(claim('root', 0))).toEqual([claimed('root', 0), waiting('a', 'root'), waiting('b', 'root')]);
  });

  it('of a moved relay takes the subtree of each surplus child along', () => {
    const scenario = given(
      track({ rootPeerCount: 2, maxChildren: 2 }),
      join('r1', { capacity: 1 }),
      join('r2', { capacity: 0 }),
      join('a', { capacity: 1 }),
      join('b', { capacity: 0 }),
    );
    scenario.run(claim('r2', 1));
    expect(scenario.when(claim('r1', 0))).toEqual([claimed('r1', 0), placed('a', 'r2', 1, 'shrunk', 'r1')]);
    expect(scenario.drawing()).toBe(lines('r1', 'r2', '  a', '    b'));
  });

  it('beyond the limit of the operator moves nobody', () => {
    const scenario = given(track({ maxChildren: 1, maxDepth: 1 }), join('root'), join('a'), join('b'));
    expect(scenario.when(claim('root', 50))).toEqual([claimed('root', 50)]);
    expect(scenario.peer('root').effectiveCapacity).toBe(1);
  });

  it('that says what was said before is a retry', () => {
    const scenario = given(track(), join('root', { capacity: 2 }));
    expect(scenario.when(claim('root', 2))).toEqual([]);
    expect(scenario.outcome).toEqual({ ok: true, position: scenario.tree.position, peer: scenario.numberOf('root') });
  });

  it('can be taken back, so that the limit of the operator counts again', () => {
    const scenario = given(track({ maxChildren: 3 }), join('root', { capacity: 0 }), join('a'));
    expect(scenario.when(claim('root', null))).toEqual([claimed('root', null), placed('a', 'root', 1, 'refilled')]);
  });

  it('of a peer that has gone is refused', () => {
    const scenario = given(track(), join('root'), join('a'), leave('a'));
    expect(scenario.when(claim('a', 1))).toEqual([]);
    expect(scenario.outcome).toMatchObject({ ok: false, code: 'not_registered' });
  });

  it.each([-1, 1.5, NaN, Infinity, CAPACITY_CLAIM_MAX + 1])(
    'of %p children is refused before any event',
    (capacity) => {
      const scenario = given(track(), join('root'));
      expect(scenario.when(claim('root', capacity))).toEqual([]);
      expect(scenario.outcome).toMatchObject({ ok: false, code: 'invalid_capacity' });
      expect(scenario.when(join('a', { capacity }))).toEqual([]);
      expect(scenario.outcome).toMatchObject({ ok: false, code: 'invalid_capacity' });
    },
  );

  it.each([0, 1, CAPACITY_CLAIM_MAX, null])('of %p children is taken', (capacity) => {
    const scenario = given(track(), join('root', { capacity }));
    expect(scenario.peer('root').claim).toBe(capacity);
  });
});

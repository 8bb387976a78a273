import { describe, expect, it } from '@jest/globals';
import {
  claim,
  claimed,
  expire,
  given,
  join,
  kick,
  kicked,
  leave,
  left,
  lines,
  placed,
  timedOut,
  track,
  waiting,
} from '../support/given-when-then.js';

/** r1 feeds a and b, r2 feeds c; a feeds d. */
function twoRoots(): ReturnType<typeof given> {
  return given(
    track({ rootPeerCount: 2, maxChildren: 2 }),
    join('r1', { capacity: 2 }),
    join('r2', { capacity: 1 }),
    join('a', { capacity: 1 }),
    join('c', { capacity: 0 }),
    join('b', { capacity: 0 }),
    join('d', { capacity: 0 }),
  );
}

describe('a peer that goes', () => {
  it('by its own word, by silence or by an operator leaves its children to be placed the same way', () => {
    for (const [command, told] of [
      [leave('a'), left('a', 'r1')],
      [expire('a', 12_345), timedOut('a', 'r1', 12_345)],
      [kick('a'), kicked('a', 'r1')],
    ] as const) {
      expect(twoRoots().when(command)).toEqual([told, placed('d', 'r1', 1, 'orphaned', 'a')]);
    }
  });

  it('leaves orphans that name the parent they lost and the fact behind it', () => {
    const scenario = twoRoots();
    scenario.when(leave('a'));
    const [fact, decision] = scenario.log.slice(-2);
    expect(decision).toMatchObject({ formerParent: scenario.numberOf('a'), causedBy: fact?.position });
  });

  it('that is a leaf concerns nobody else', () => {
    expect(twoRoots().when(leave('d'))).toEqual([left('d', 'a')]);
  });

  it('is not missed twice: what names a peer that has gone is a retry', () => {
    const scenario = twoRoots();
    for (const command of [leave('a'), expire('a'), leave('a')]) {
      scenario.run(command);
      expect(scenario.outcome).toMatchObject({ ok: true, peer: scenario.numberOf('a') });
    }
    expect(scenario.log.filter((event) => event.type === 'PeerLeft')).toHaveLength(1);
    expect(scenario.when(kick('a'))).toEqual([]);
    expect(scenario.outcome).toMatchObject({ ok: false, code: 'unknown_peer' });
  });

  it('and comes back is a new peer with a new number', () => {
    const scenario = twoRoots();
    const before = scenario.numberOf('a');
    scenario.run(leave('a'));
    scenario.run(join('a'));
    expect(scenario.numberOf('a')).toBeGreaterThan(before);
  });
});

describe('orphans', () => {
  it('are placed with capacity first, then the larger subtree, then the earlier join', () => {
    const scenario = given(
      track({ rootPeerCount: 1, maxChildren: 4, maxDepth: 9 }),
      join('root', { capacity: 4 }),
      join('viewer', { capacity: 0 }),
      join('early', { capacity: 1 }),
      join('small', { capacity: 1 }),
      join('large', { capacity: 2 }),
      join('x', { capacity: 0 }),
      join('y', { capacity: 0 }),
      join('z', { capacity: 1 }),
    );
    expect(scenario.drawing()).toBe(
      lines('root', '  viewer', '  early', '    x', '  small', '    y', '  large', '    z'),
    );
    scenario.run(leave('x'));
    scenario.run(leave('y'));
    const order = scenario
      .when(leave('root'))
      .slice(1)
      .map((event) => event['peer']);
    expect(order).toEqual(['large', 'early', 'small', 'viewer']);
  });

  it('take a freed root slot before those who were waiting', () => {
    const scenario = given(
      track({ rootPeerCount: 1, maxChildren: 1, maxDepth: 1 }),
      join('root'),
      join('a'),
      join('waits'),
    );
    expect(scenario.when(leave('root'))).toEqual([
      left('root', 'origin'),
      placed('a', 'origin', 0, 'orphaned', 'root'),
      placed('waits', 'a', 1, 'refilled'),
    ]);
  });

  it('move with all below them as one unit, and every depth below is rewritten', () => {
    const scenario = given(track({ maxChildren: 1 }), join('root'), join('a'), join('b'), join('c'));
    expect(scenario.when(leave('root'))).toEqual([
      left('root', 'origin'),
      placed('a', 'origin', 0, 'orphaned', 'root'),
    ]);
    expect(scenario.drawing()).toBe(lines('a', '  b', '    c'));
    expect(['a', 'b', 'c'].map((name) => scenario.peer(name).depth)).toEqual([0, 1, 2]);
  });

  it('wait when there is no slot, and say whom they lost', () => {
    const scenario = given(
      track({ rootPeerCount: 2, maxChildren: 1, maxDepth: 1 }),
      join('r1', { capacity: 1 }),
      join('r2', { capacity: 0 }),
      join('a', { capacity: 0 }),
    );
    expect(scenario.when(leave('a'))).toEqual([left('a', 'r1')]);
    const crowded = given(
      track({ rootPeerCount: 1, maxChildren: 2, maxDepth: 2 }),
      join('root', { capacity: 1 }),
      join('relay', { capacity: 2 }),
      join('x', { capacity: 0 }),
      join('y', { capacity: 0 }),
    );
    expect(crowded.when(leave('relay'))).toEqual([
      left('relay', 'root'),
      placed('x', 'root', 1, 'orphaned', 'relay'),
      waiting('y', 'relay'),
    ]);
  });
});

describe('a subtree that fits nowhere whole', () => {
  /** The only slots off the root are those of x, too deep for all that hangs below a. */
  const tall = (slotsOfX: number): ReturnType<typeof given> =>
    given(
      track({ rootPeerCount: 2, maxChildren: 2, maxDepth: 3 }),
      join('r1', { capacity: 1 }),
      join('r2', { capacity: 1 }),
      join('a', { capacity: 1 }),
      join('x', { capacity: 0 }),
      join('a1', { capacity: 1 }),
      join('a2', { capacity: 0 }),
      claim('x', slotsOfX),
    );

  it('has its top as high as possible, and what is too deep is placed by itself', () => {
    const scenario = tall(2);
    expect(scenario.drawing()).toBe(lines('r1', '  a', '    a1', '      a2', 'r2', '  x'));
    expect(scenario.when(claim('r1', 0))).toEqual([
      claimed('r1', 0),
      placed('a', 'x', 2, 'shrunk', 'r1'),
      placed('a2', 'x', 2, 'orphaned', 'a1'),
    ]);
    expect(scenario.drawing()).toBe(lines('r1', 'r2', '  x', '    a', '      a1', '    a2'));
  });

  it('leaves what is too deep to wait when there is no other slot', () => {
    const scenario = tall(1);
    expect(scenario.when(claim('r1', 0))).toEqual([
      claimed('r1', 0),
      placed('a', 'x', 2, 'shrunk', 'r1'),
      waiting('a2', 'a1'),
    ]);
  });

  it('waits as one unit when there is no slot at all', () => {
    const scenario = tall(0);
    expect(scenario.when(claim('r1', 0))).toEqual([claimed('r1', 0), waiting('a', 'r1')]);
    expect(scenario.drawing()).toBe(lines('r1', 'r2', '  x', 'waiting', 'a', '  a1', '    a2'));
    expect(scenario.when(claim('x', 1))).toEqual([
      claimed('x', 1),
      placed('a', 'x', 2, 'refilled'),
      waiting('a2', 'a1'),
    ]);
  });
});

describe('defects of LVQR that stay repaired', () => {
  it('an orphan never becomes its own parent or the child of its own descendant (1)', () => {
    const scenario = given(
      track({ rootPeerCount: 2, maxChildren: 3 }),
      join('r1', { capacity: 1 }),
      join('r2', { capacity: 0 }),
    );
    for (const name of ['a', 'b', 'c', 'd']) scenario.run(join(name));
    scenario.run(leave('r1'));
    expect(scenario.drawing()).toBe(lines('r2', 'a', '  b', '  c', '  d'));
    scenario.run(leave('r2'));
    expect(scenario.drawing()).toBe(lines('a', '  b', '  c', '  d'));
  });

  it('depths of a moved subtree are true, and the greatest depth applies to it (2)', () => {
    const scenario = given(
      track({ rootPeerCount: 1, maxChildren: 1, maxDepth: 3 }),
      join('root'),
      join('a'),
      join('b'),
      join('c'),
    );
    scenario.run(leave('a'));
    expect(scenario.drawing()).toBe(lines('root', '  b', '    c'));
    scenario.run(join('d'));
    expect(scenario.when(join('e'))).toContainEqual(waiting('e'));
  });

  it('every orphan is told its new parent or that it waits (5)', () => {
    const scenario = given(track({ rootPeerCount: 1, maxChildren: 3 }), join('root'), join('a'), join('b'), join('c'));
    const told = scenario.when(leave('root')).map((event) => event['peer']);
    expect(new Set(told)).toEqual(new Set(['root', 'a', 'b', 'c']));
  });

  it('a freed root slot is filled again, and the island of the last root is not stranded (6)', () => {
    const scenario = given(track({ rootPeerCount: 1, maxChildren: 2 }), join('root'), join('a'), join('b'), join('c'));
    scenario.run(leave('root'));
    expect(scenario.tree.rootCount).toBe(1);
    expect(scenario.tree.placedCount).toBe(3);
  });
});

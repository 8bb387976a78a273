import { describe, expect, it } from '@jest/globals';
import {
  claim,
  given,
  join,
  joined,
  leave,
  lines,
  opened,
  placed,
  reassign,
  track,
  waiting,
} from '../support/given-when-then.js';

describe('placing a newcomer', () => {
  it('opens the track and makes the first peer a root', () => {
    const rules = track();
    expect(given(rules).when(join('a'))).toEqual([opened(rules), joined('a'), placed('a', 'origin', 0, 'joined')]);
  });

  it('takes root slots first, whatever the capacity of the newcomer', () => {
    const one = given(track({ rootPeerCount: 2 }), join('a'));
    expect(one.when(join('viewer', { capacity: 0 }))).toEqual([
      joined('viewer', 0),
      placed('viewer', 'origin', 0, 'joined'),
    ]);
  });

  it('goes under the shallowest peer with a free slot', () => {
    const scenario = given(track({ maxChildren: 1 }), join('root'), join('a'));
    expect(scenario.when(join('b'))).toEqual([joined('b'), placed('b', 'a', 2, 'joined')]);
  });

  it('goes under the peer with the fewest children of the same depth', () => {
    const scenario = given(track({ rootPeerCount: 2 }), join('r1'), join('r2'), join('a'));
    expect(scenario.when(join('b'))).toEqual([joined('b'), placed('b', 'r2', 1, 'joined')]);
  });

  it('goes under the earliest of equals', () => {
    const scenario = given(track({ rootPeerCount: 3 }), join('r1'), join('r2'), join('r3'), join('a'));
    expect(scenario.when(join('b'))).toEqual([joined('b'), placed('b', 'r2', 1, 'joined')]);
  });

  it('never goes under a peer that claims no children', () => {
    const scenario = given(
      track({ rootPeerCount: 2 }),
      join('viewer', { capacity: 0 }),
      join('relay', { capacity: 1 }),
    );
    expect(scenario.when(join('a', { capacity: 0 }))).toEqual([joined('a', 0), placed('a', 'relay', 1, 'joined')]);
    expect(scenario.when(join('b'))).toEqual([joined('b'), waiting('b')]);
  });

  it('counts a claim up to the limit of the operator', () => {
    const scenario = given(
      track({ maxChildren: 2, maxDepth: 1 }),
      join('root', { capacity: 100 }),
      join('a'),
      join('b'),
    );
    expect(scenario.peer('root').effectiveCapacity).toBe(2);
    expect(scenario.when(join('c'))).toEqual([joined('c'), waiting('c')]);
  });

  it('counts a peer that claims nothing with the limit of the operator', () => {
    const scenario = given(track({ maxChildren: 2 }), join('root'));
    expect(scenario.peer('root').effectiveCapacity).toBe(2);
    expect(scenario.peer('root').claim).toBeNull();
  });

  it('uses up a claim below the limit and no more', () => {
    const scenario = given(track({ maxDepth: 1 }), join('root', { capacity: 1 }), join('a'));
    expect(scenario.when(join('b'))).toEqual([joined('b'), waiting('b')]);
  });

  it('never goes deeper than the greatest depth', () => {
    const scenario = given(track({ maxChildren: 1, maxDepth: 2 }), join('root'), join('a'), join('b'));
    expect(scenario.when(join('c'))).toEqual([joined('c'), waiting('c')]);
    expect(scenario.drawing()).toBe(lines('root', '  a', '    b', 'waiting', 'c'));
  });

  it('has roots only when the greatest depth is 0', () => {
    const scenario = given(track({ rootPeerCount: 2, maxDepth: 0 }), join('r1'), join('r2'), join('c'));
    expect(scenario.drawing()).toBe(lines('r1', 'r2', 'waiting', 'c'));
  });

  it('waits when every slot is taken', () => {
    const one = given(track(), join('root', { capacity: 0 }));
    expect(one.when(join('a'))).toEqual([joined('a'), waiting('a')]);
  });

  it('takes a root slot that was freed when nobody waited', () => {
    const scenario = given(track({ rootPeerCount: 2 }), join('r1'), join('r2'), leave('r2'));
    expect(scenario.when(join('a'))).toEqual([joined('a'), placed('a', 'origin', 0, 'joined')]);
  });

  it('tells every decision the fact behind it', () => {
    const scenario = given(track(), join('root', { capacity: 0 }));
    scenario.when(join('a'));
    const [fact, decision] = scenario.log.slice(-2);
    expect(decision).toMatchObject({ type: 'PeerWaiting', causedBy: fact?.position });
  });

  it('gives each peer the position of its join as its number', () => {
    const scenario = given(track({ rootPeerCount: 2 }), join('a'), join('b'));
    for (const event of scenario.log) if (event.type === 'PeerJoined') expect(event.peer).toBe(event.position);
    expect(scenario.log.map((event) => event.position)).toEqual([1, 2, 3, 4, 5]);
  });
});

describe('reassigning a peer', () => {
  const wide = track({ rootPeerCount: 2, maxChildren: 2 });

  it('finds a parent of the same depth that has fewer children, and asked again leaves it there', () => {
    const scenario = given(wide, join('r1'), join('r2', { capacity: 0 }), join('a'), join('b'));
    scenario.when(claim('r2', 2));
    expect(scenario.when(reassign('b'))).toEqual([placed('b', 'r2', 1, 'reassigned', 'r1')]);
    expect(scenario.log.at(-1)).toMatchObject({ causedBy: null });
    expect(scenario.when(reassign('b'))).toEqual([]);
  });

  it('makes the peer a root when a root slot is free', () => {
    const scenario = given(wide, join('r1'), join('r2'), join('a'), join('b'), leave('r2'), leave('b'));
    expect(scenario.drawing()).toBe(lines('r1', '  a'));
    expect(scenario.when(reassign('a'))).toEqual([placed('a', 'origin', 0, 'reassigned', 'r1')]);
  });

  it('takes the subtree along, with its depths', () => {
    const scenario = given(
      track({ rootPeerCount: 2, maxChildren: 1 }),
      join('r1'),
      join('r2', { capacity: 0 }),
      join('a'),
      join('b'),
      join('c'),
    );
    scenario.when(claim('r2', 1));
    expect(scenario.drawing()).toBe(lines('r1', '  a', '    b', '      c', 'r2'));
    expect(scenario.when(reassign('b'))).toEqual([placed('b', 'r2', 1, 'reassigned', 'a')]);
    expect(scenario.drawing()).toBe(lines('r1', '  a', 'r2', '  b', '    c'));
  });

  it('leaves a peer where it is when every other parent is deeper', () => {
    const scenario = given(track({ maxChildren: 2 }), join('root'), join('a'), join('b'));
    expect(scenario.when(reassign('a'))).toEqual([]);
    expect(scenario.outcome).toEqual({ ok: true, position: scenario.tree.position, peer: scenario.numberOf('a') });
  });

  it('never chooses the parent it has, nor one of its own descendants', () => {
    const roomy = given(track({ maxChildren: 3 }), join('root'), join('a'), join('b'));
    expect(roomy.when(reassign('a'))).toEqual([]);
    const full = given(track({ maxChildren: 1 }), join('root'), join('a'), join('b'));
    expect(full.when(reassign('a'))).toEqual([]);
    expect(full.drawing()).toBe(lines('root', '  a', '    b'));
  });

  it('leaves roots and waiting peers as they are', () => {
    const scenario = given(track(), join('root', { capacity: 0 }), join('a'));
    expect(scenario.when(reassign('root'))).toEqual([]);
    expect(scenario.when(reassign('a'))).toEqual([]);
  });

  it('refuses a peer that is not in the track', () => {
    const scenario = given(wide, join('r1'));
    expect(scenario.when(reassign('nobody'))).toEqual([]);
    expect(scenario.outcome).toMatchObject({ ok: false, code: 'unknown_peer' });
  });
});

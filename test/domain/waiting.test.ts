import { describe, expect, it } from '@jest/globals';
import { REFILLS_PER_COMMAND_MAX } from '../../src/domain/limits.js';
import {
  claim,
  claimed,
  given,
  join,
  joined,
  kick,
  kicked,
  leave,
  left,
  lines,
  placed,
  tend,
  track,
  waiting,
} from '../support/given-when-then.js';

const full = track({ rootPeerCount: 1, maxChildren: 1, maxDepth: 1 });

describe('waiting peers', () => {
  it('fill a freed root slot in order of joining', () => {
    const scenario = given(full, join('root', { capacity: 0 }), join('first'), join('second'));
    expect(scenario.when(leave('root'))).toEqual([
      left('root', 'origin'),
      placed('first', 'origin', 0, 'refilled'),
      placed('second', 'first', 1, 'refilled'),
    ]);
  });

  it('are placed with capacity first, pure viewers last', () => {
    const scenario = given(
      full,
      join('root', { capacity: 0 }),
      join('viewer', { capacity: 0 }),
      join('relay', { capacity: 1 }),
    );
    expect(scenario.when(leave('root'))).toEqual([
      left('root', 'origin'),
      placed('relay', 'origin', 0, 'refilled'),
      placed('viewer', 'relay', 1, 'refilled'),
    ]);
  });

  it('with children come before pure viewers even after they gave up all capacity but one child', () => {
    const scenario = given(
      track({ rootPeerCount: 1, maxChildren: 2, maxDepth: 2 }),
      join('root', { capacity: 1 }),
      join('relay', { capacity: 1 }),
      join('leaf', { capacity: 0 }),
      join('viewer', { capacity: 0 }),
    );
    scenario.when(claim('root', 0));
    expect(scenario.drawing()).toBe(lines('root', 'waiting', 'relay', '  leaf', 'viewer'));
    scenario.when(kick('root'));
    expect(scenario.drawing()).toBe(lines('relay', '  leaf', 'waiting', 'viewer'));
  });

  it('are told once that they wait', () => {
    const scenario = given(full, join('root', { capacity: 0 }), join('first'), join('second'));
    for (const command of [join('third'), tend(), kick('third'), join('fourth'), claim('first', 1)])
      scenario.when(command);
    const told = scenario.log.filter((event) => event.type === 'PeerWaiting');
    expect(new Set(told.map((event) => event.peer)).size).toBe(told.length);
  });

  it('wait again, and are told so again, after they lost a place', () => {
    const scenario = given(full, join('root', { capacity: 1 }), join('a', { capacity: 0 }));
    scenario.when(claim('root', 0));
    expect(scenario.log.at(-1)).toMatchObject({ type: 'PeerWaiting', formerParent: scenario.numberOf('root') });
    scenario.when(claim('root', 1));
    scenario.when(claim('root', 0));
    expect(scenario.log.at(-1)).toMatchObject({ type: 'PeerWaiting', formerParent: scenario.numberOf('root') });
  });

  it('are placed when a claim grows', () => {
    const scenario = given(full, join('root', { capacity: 0 }), join('a'));
    expect(scenario.when(claim('root', 1))).toEqual([claimed('root', 1), placed('a', 'root', 1, 'refilled')]);
  });

  it('are placed under a newcomer that brings slots', () => {
    const scenario = given(track({ rootPeerCount: 2, maxDepth: 1 }), join('r1', { capacity: 0 }));
    scenario.when(join('r2', { capacity: 0 }));
    scenario.when(join('a', { capacity: 0 }));
    scenario.when(kick('r2'));
    expect(scenario.drawing()).toBe(lines('r1', 'a'));
    scenario.when(join('b', { capacity: 0 }));
    expect(scenario.when(claim('a', 2))).toEqual([claimed('a', 2), placed('b', 'a', 1, 'refilled')]);
  });

  it('keep those below them, and move with them as one unit', () => {
    const scenario = given(track({ rootPeerCount: 1, maxChildren: 1 }), join('root'), join('a'), join('b'), join('c'));
    scenario.when(claim('root', 0));
    expect(scenario.drawing()).toBe(lines('root', 'waiting', 'a', '  b', '    c'));
    expect(scenario.when(kick('root'))).toEqual([kicked('root', 'origin'), placed('a', 'origin', 0, 'refilled')]);
    expect(scenario.drawing()).toBe(lines('a', '  b', '    c'));
    expect(scenario.peer('c').depth).toBe(2);
  });

  it('stay behind a place in the queue while they wait: a later contributor passes pure viewers only', () => {
    const scenario = given(full, join('root', { capacity: 0 }), join('early', { capacity: 1 }));
    scenario.when(join('late', { capacity: 1 }));
    expect(scenario.when(leave('root')).slice(1, 2)).toEqual([placed('early', 'origin', 0, 'refilled')]);
  });

  it('move up in the queue with a claim they make while waiting', () => {
    const scenario = given(full, join('root', { capacity: 0 }), join('a', { capacity: 0 }), join('b', { capacity: 0 }));
    expect(scenario.when(claim('b', 1))).toEqual([claimed('b', 1)]);
    expect(scenario.when(leave('root'))).toEqual([
      left('root', 'origin'),
      placed('b', 'origin', 0, 'refilled'),
      placed('a', 'b', 1, 'refilled'),
    ]);
  });

  it('can leave while they wait', () => {
    const scenario = given(full, join('root', { capacity: 0 }), join('a'));
    expect(scenario.when(leave('a'))).toEqual([left('a', null)]);
    expect(scenario.tree.nextWaiting()).toBeNull();
  });

  it('whose top leaves are decided anew, each with its own subtree', () => {
    const scenario = given(
      track({ rootPeerCount: 1, maxChildren: 2 }),
      join('root', { capacity: 1 }),
      join('top'),
      join('a'),
      join('b'),
    );
    scenario.when(claim('root', 0));
    expect(scenario.when(leave('top'))).toEqual([left('top', null), waiting('a', 'top'), waiting('b', 'top')]);
  });

  it('are placed a bounded number at a time, and the rest when somebody tends the track', () => {
    const scenario = given(track({ maxChildren: 100, maxDepth: 6 }), join('root', { capacity: 0 }));
    const waitingPeers = 3 * REFILLS_PER_COMMAND_MAX;
    for (let index = 0; index < waitingPeers; index += 1) scenario.run(join(`p${index}`));
    expect(scenario.when(claim('root', 100))).toHaveLength(1 + REFILLS_PER_COMMAND_MAX);
    expect(scenario.when(tend())).toHaveLength(REFILLS_PER_COMMAND_MAX);
    expect(scenario.when(tend())).toHaveLength(REFILLS_PER_COMMAND_MAX);
    expect(scenario.when(tend())).toEqual([]);
    expect(scenario.tree.placedCount).toBe(1 + waitingPeers);
  });

  it('come before a newcomer', () => {
    const scenario = given(
      track({ maxChildren: 1, maxDepth: 1 }),
      join('root', { capacity: 0 }),
      join('a', { capacity: 0 }),
    );
    scenario.when(claim('root', 1));
    expect(scenario.when(join('b', { capacity: 0 }))).toEqual([joined('b', 0), waiting('b')]);
  });
});

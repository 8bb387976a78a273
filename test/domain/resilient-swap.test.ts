import { describe, expect, it } from '@jest/globals';
import { MOVES_PER_COMMAND_MAX } from '../../src/domain/limits.js';
import {
  configure,
  given,
  join,
  joined,
  leave,
  lines,
  placed,
  tend,
  type ToldEvent,
  waiting,
} from '../support/given-when-then.js';
import { resilient } from '../support/resilient-scenario.js';

const viewer = (peerId: string) => join(peerId, { capacity: 0 });

describe('a peer that could serve and finds no slot, with swap', () => {
  it('takes that of the shallowest weaker peer, and feeds it and the children it had', () => {
    const scenario = given(
      resilient({ swap: true }, { maxDepth: 2 }),
      join('root', { capacity: 1 }),
      join('relay', { capacity: 1 }),
      viewer('leaf'),
    );
    expect(scenario.when(join('strong', { capacity: 3 }))).toEqual([
      joined('strong', 3),
      placed('strong', 'origin', 0, 'swapped'),
      placed('relay', 'strong', 1, 'swapped', 'root'),
      placed('root', 'strong', 1, 'swapped', 'origin'),
    ]);
    expect(scenario.drawing()).toBe(lines('strong', '  root', '  relay', '    leaf'));
  });

  it('takes that of the weakest at one depth, and of equals that of the newest', () => {
    const scenario = given(
      resilient({ swap: true }, { maxDepth: 2 }),
      join('root', { capacity: 3 }),
      viewer('older'),
      viewer('newer'),
      join('relay', { capacity: 1 }),
      viewer('leaf'),
    );
    expect(scenario.when(join('strong', { capacity: 2 }))).toEqual([
      joined('strong', 2),
      placed('strong', 'root', 1, 'swapped'),
      placed('newer', 'strong', 2, 'swapped', 'root'),
    ]);
  });

  it('waits where the others are as strong, and swaps where it is stronger by one', () => {
    const full = [join('root', { capacity: 1 }), viewer('leaf')];
    const rules = resilient({ swap: true }, { maxDepth: 1 });
    expect(given(rules, ...full).when(join('equal', { capacity: 1 }))).toEqual([joined('equal', 1), waiting('equal')]);
    expect(given(rules, ...full).when(join('stronger', { capacity: 2 }))).toEqual([
      joined('stronger', 2),
      placed('stronger', 'origin', 0, 'swapped'),
      placed('leaf', 'stronger', 1, 'swapped', 'root'),
      placed('root', 'stronger', 1, 'swapped', 'origin'),
    ]);
  });

  it('leaves those at the greatest depth alone, where its capacity would be lost', () => {
    const rules = resilient({ swap: true }, { maxChildren: 1, maxDepth: 1 });
    const scenario = given(rules, join('root'), viewer('leaf'));
    expect(scenario.when(join('late'))).toEqual([joined('late'), waiting('late')]);
  });

  it('comes before viewers who have waited longer, and brings them a slot', () => {
    const rules = resilient({ swap: true }, { maxDepth: 1 });
    const scenario = given(rules, viewer('root'), viewer('waiting'));
    expect(scenario.when(join('strong', { capacity: 2 }))).toEqual([
      joined('strong', 2),
      placed('strong', 'origin', 0, 'swapped'),
      placed('root', 'strong', 1, 'swapped', 'origin'),
      placed('waiting', 'strong', 1, 'refilled'),
    ]);
  });

  it('waits when swap is off', () => {
    const scenario = given(resilient({}, { maxDepth: 1 }), viewer('root'));
    expect(scenario.when(join('strong', { capacity: 3 }))).toEqual([joined('strong', 3), waiting('strong')]);
  });
});

describe('while only pure viewers wait', () => {
  const crowd = [join('root', { capacity: 2 }), join('two', { capacity: 2 }), join('three', { capacity: 3 })];

  it('the strongest at the bottom changes places with the shallowest weaker peer, which makes a slot', () => {
    const scenario = given(resilient({ swap: true }, { maxDepth: 1 }), ...crowd);
    expect(scenario.when(viewer('late'))).toEqual([
      joined('late', 0),
      waiting('late'),
      placed('three', 'origin', 0, 'swapped', 'root'),
      placed('two', 'three', 1, 'swapped', 'root'),
      placed('root', 'three', 1, 'swapped', 'origin'),
      placed('late', 'three', 1, 'refilled'),
    ]);
  });

  it('who gives way gets the place that the strongest has left', () => {
    const rules = resilient({ swap: true }, { rootPeerCount: 2, maxDepth: 1 });
    const roots = [join('first', { capacity: 1 }), join('second', { capacity: 1 })];
    const scenario = given(rules, ...roots, join('strong', { capacity: 2 }), viewer('leaf'));
    expect(scenario.when(viewer('late'))).toEqual([
      joined('late', 0),
      waiting('late'),
      placed('strong', 'origin', 0, 'swapped', 'first'),
      placed('leaf', 'strong', 1, 'swapped', 'second'),
      placed('second', 'first', 1, 'swapped', 'origin'),
      placed('late', 'strong', 1, 'refilled'),
    ]);
  });

  it('nobody is exchanged when swap is off', () => {
    const scenario = given(resilient({}, { maxDepth: 1 }), ...crowd);
    expect(scenario.when(viewer('late'))).toEqual([joined('late', 0), waiting('late')]);
  });
});

describe('the moves of one command', () => {
  const viewers = Array.from({ length: 200 }, (_, index) => viewer(`viewer-${String(index)}`));
  const strong = Array.from({ length: 200 }, (_, index) => join(`strong-${String(index)}`, { capacity: 1 }));
  const assigned = (events: readonly ToldEvent[]) => events.filter(({ event }) => event === 'ParentAssigned');

  it('end at their bound when slots go to those who wait, and the next command goes on', () => {
    const rules = resilient({}, { rootPeerCount: 200, maxChildren: 1, maxDepth: 1 });
    const scenario = given(rules, ...viewers, ...strong);

    const first = scenario.when(configure({ ideas: { swap: true, heir: false, tenureMs: null } }));
    expect(assigned(first)).toHaveLength(MOVES_PER_COMMAND_MAX);
    expect(scenario.tree.waitingTops).toHaveLength(200 - MOVES_PER_COMMAND_MAX / 2);

    scenario.run(tend());
    expect(scenario.tree.waitingTops).toHaveLength(0);
  });

  it('end at their bound when orphans take the slots of weaker peers, and the next command goes on', () => {
    const rules = resilient({ swap: true }, { rootPeerCount: 201, maxChildren: 200, maxDepth: 1 });
    const scenario = given(rules, ...viewers, join('hub'), ...strong);

    expect(assigned(scenario.when(leave('hub')))).toHaveLength(MOVES_PER_COMMAND_MAX);
    expect(scenario.tree.waitingTops).not.toHaveLength(0);

    scenario.run(tend());
    expect(scenario.tree.waitingTops).toHaveLength(0);
  });
});

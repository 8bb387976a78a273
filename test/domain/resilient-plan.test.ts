import { describe, expect, it } from '@jest/globals';
import { given, join, leave, type NamedCommand } from '../support/given-when-then.js';
import { parentOf, planOf, resilient } from '../support/resilient-scenario.js';

const of = (peerId: string, capacity: number): NamedCommand => join(peerId, { capacity });
const planned = resilient({ heir: true }, { maxDepth: 3 });
const plansOf = (scenario: ReturnType<typeof given>, ...peerIds: string[]) =>
  Object.fromEntries(peerIds.map((peerId) => [peerId, planOf(scenario, peerId)]));

describe('the plan for the day a parent goes', () => {
  it('sends the heir to the grandparent, and its siblings to the heir', () => {
    const scenario = given(planned, of('root', 1), of('parent', 3), of('a', 1), of('b', 3), of('c', 0));
    expect(plansOf(scenario, 'a', 'b', 'c')).toEqual({ a: 'sibling -> b', b: 'heir -> root', c: 'sibling -> b' });
  });

  it('sends the heir of a root to the origin', () => {
    expect(planOf(given(planned, of('root', 1), of('only', 0)), 'only')).toBe('heir -> origin');
  });

  it('is there only for as many siblings as the heir has room for, the strongest first', () => {
    const crowd = [of('root', 3), of('heir', 3), of('viewer', 0), of('weak', 1), of('x', 0), of('y', 0)];
    const scenario = given(planned, ...crowd);
    expect(parentOf(scenario, 'x')).toBe('heir');
    expect(parentOf(scenario, 'y')).toBe('heir');
    expect(plansOf(scenario, 'heir', 'weak', 'viewer')).toEqual({
      heir: 'heir -> origin',
      weak: 'sibling -> heir',
      viewer: null,
    });
  });

  it('is there for nobody where the heir cannot hold all: then a stand-in may come', () => {
    const scenario = given(planned, of('root', 3), of('a', 2), of('b', 2), of('c', 2));
    expect(plansOf(scenario, 'a', 'b', 'c')).toEqual({ a: null, b: null, c: null });
  });

  it('is there for nobody who has no parent', () => {
    const scenario = given(resilient({ heir: true }, { maxDepth: 1 }), of('root', 0), of('waiting', 0));
    expect(plansOf(scenario, 'root', 'waiting')).toEqual({ root: null, waiting: null });
  });

  it('is there for nobody when heirs are off', () => {
    const scenario = given(resilient({}), of('root', 2), of('a', 3), of('b', 3));
    expect(plansOf(scenario, 'a', 'b')).toEqual({ a: null, b: null });
  });

  it.each<[departing: string, children: string[]]>([
    ['root', ['other', 'parent']],
    ['parent', ['a', 'b']],
    ['other', ['c']],
  ])('is what the service does when %s goes', (departing, children) => {
    const crowd = [of('root', 2), of('other', 1), of('parent', 3), of('c', 1), of('a', 1), of('b', 3)];
    const scenario = given(planned, ...crowd);
    expect(scenario.peer(departing).children.map(({ identity }) => identity?.peerId)).toEqual(children);
    const plans = plansOf(scenario, ...children);
    scenario.run(leave(departing));
    for (const child of children) {
      const rank = scenario.peer(child).cause;
      expect(plans[child]).toBe(`${String(rank)} -> ${parentOf(scenario, child)}`);
    }
  });
});

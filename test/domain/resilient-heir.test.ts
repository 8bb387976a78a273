import { describe, expect, it } from '@jest/globals';
import { claim, given, join, leave, left, lines, type NamedCommand, placed } from '../support/given-when-then.js';
import { afterTenureOf, parentOf, resilient, TENURE_MS } from '../support/resilient-scenario.js';

const of = (peerId: string, capacity: number): NamedCommand => join(peerId, { capacity });
const byHeir = resilient({ heir: true }, { maxDepth: 3 });

describe('when a peer goes, with heirs', () => {
  it('its best child takes its slot and the others go below that one, the strongest first', () => {
    const scenario = given(byHeir, of('root', 3), of('weak', 1), of('heir', 3), of('equal', 3));
    expect(scenario.when(leave('root'))).toEqual([
      left('root', 'origin'),
      placed('heir', 'origin', 0, 'heir', 'root'),
      placed('equal', 'heir', 1, 'sibling', 'root'),
      placed('weak', 'heir', 1, 'sibling', 'root'),
    ]);
  });

  it('whoever finds no room below the heir is placed as an orphan', () => {
    const scenario = given(byHeir, of('root', 3), of('a', 1), of('b', 1), of('c', 1));
    expect(scenario.when(leave('root'))).toEqual([
      left('root', 'origin'),
      placed('a', 'origin', 0, 'heir', 'root'),
      placed('b', 'a', 1, 'sibling', 'root'),
      placed('c', 'b', 2, 'orphaned', 'root'),
    ]);
  });

  it('an heir that is full passes children on to the best of them, who stand as deep as before', () => {
    const scenario = given(byHeir, of('root', 2), of('heir', 2), of('sibling', 0), of('grandchild', 2), of('leaf', 0));
    expect(scenario.drawing()).toBe(lines('root', '  heir', '    grandchild', '    leaf', '  sibling'));
    expect(scenario.when(leave('root'))).toEqual([
      left('root', 'origin'),
      placed('heir', 'origin', 0, 'heir', 'root'),
      placed('leaf', 'grandchild', 2, 'promoted', 'heir'),
      placed('sibling', 'heir', 1, 'sibling', 'root'),
    ]);
  });

  it('everybody is placed anew when heirs are off: the larger subtree first, then the earlier join', () => {
    const scenario = given(resilient({}, { maxDepth: 3 }), of('root', 3), of('weak', 1), of('b', 3), of('c', 3));
    expect(scenario.when(leave('root'))).toEqual([
      left('root', 'origin'),
      placed('weak', 'origin', 0, 'orphaned', 'root'),
      placed('b', 'weak', 1, 'orphaned', 'root'),
      placed('c', 'b', 2, 'orphaned', 'root'),
    ]);
  });
});

describe('the heir', () => {
  const rules = resilient({ heir: true, tenureMs: TENURE_MS }, { maxDepth: 2 });

  it.each<[rule: string, first: number, second: number, tenured: string[], heir: string]>([
    ['is whoever can serve at all, even beside a tenured viewer', 0, 1, ['first'], 'second'],
    ['is the tenured child, even beside a stronger one', 1, 3, ['first'], 'first'],
    ['is of tenured children the stronger', 1, 3, ['first', 'second'], 'second'],
    ['is of young children the stronger', 1, 3, [], 'second'],
    ['is of children that can hold all of the others the earlier, however strong the later is', 2, 3, [], 'first'],
    ['is of equals the earlier', 3, 3, ['first', 'second'], 'first'],
  ])('%s', (_rule, first, second, tenured, heir) => {
    const scenario = afterTenureOf(given(rules, of('root', 2), of('first', first), of('second', second)), ...tenured);
    scenario.run(leave('root'));
    expect(parentOf(scenario, heir)).toBe('origin');
    expect(scenario.peer(heir).cause).toBe('heir');
  });
});

describe('a stand-in', () => {
  const roots = { rootPeerCount: 2, maxDepth: 2 };
  const below = [of('root', 3), of('other', 1), of('a', 1), of('b', 1), of('c', 1)];

  it('comes from elsewhere where no heir can hold the others, and takes all of them', () => {
    const scenario = given(resilient({ heir: true }, roots), ...below, of('spare', 3));
    expect(scenario.when(leave('root'))).toEqual([
      left('root', 'origin'),
      placed('spare', 'origin', 0, 'promoted', 'other'),
      placed('a', 'spare', 1, 'promoted', 'root'),
      placed('b', 'spare', 1, 'promoted', 'root'),
      placed('c', 'spare', 1, 'promoted', 'root'),
    ]);
  });

  it('does not come where an heir can hold the others', () => {
    const scenario = given(resilient({ heir: true }, roots), of('root', 2), of('other', 1), of('a', 2), of('b', 1));
    scenario.run(of('spare', 3));
    scenario.run(leave('root'));
    expect(scenario.drawing()).toBe(lines('other', '  spare', 'a', '  b'));
  });

  it('must hold everybody, and have no children of its own', () => {
    const tooWeak = given(resilient({ heir: true }, roots), ...below, of('spare', 2));
    tooWeak.run(leave('root'));
    expect(tooWeak.peer('a').cause).toBe('heir');

    const busy = given(resilient({ heir: true }, roots), ...below, of('spare', 3), of('x', 0), of('y', 0));
    for (const viewer of ['z', 'last']) busy.run(of(viewer, 0));
    expect(busy.peer('spare').children).not.toHaveLength(0);
    busy.run(leave('root'));
    expect(busy.peer('a').cause).toBe('heir');
  });

  it('must have stayed for the time of tenure where that counts', () => {
    const rules = resilient({ heir: true, tenureMs: TENURE_MS }, roots);
    const young = given(rules, ...below, of('spare', 3));
    young.run(leave('root'));
    expect(young.peer('a').cause).toBe('heir');

    const two = [claim('other', 2), of('young', 3), of('spare', 3)];
    const tenured = afterTenureOf(given(rules, ...below, ...two), 'spare');
    tenured.run(leave('root'));
    expect(parentOf(tenured, 'a')).toBe('spare');
  });
});

import { describe, expect, it } from '@jest/globals';
import { about, claim, given, join, joined, leave, type NamedCommand, placed } from '../support/given-when-then.js';
import { afterTenureOf, parentOf, resilient, tenure, TENURE_MS } from '../support/resilient-scenario.js';

const of = (peerId: string, capacity: number): NamedCommand => join(peerId, { capacity });
const rules = resilient({ tenureMs: TENURE_MS }, { maxDepth: 4 });

describe('who reaches tenure', () => {
  const chain = [of('root', 2), of('viewer', 0), of('relay', 1), of('server', 1)];

  it('changes places with a pure viewer above', () => {
    const scenario = afterTenureOf(given(rules, ...chain));
    expect(scenario.when(tenure('server'))).toEqual([
      about('PeerTenured', 'server'),
      placed('server', 'root', 1, 'tenured', 'relay'),
      placed('viewer', 'relay', 2, 'tenured', 'root'),
    ]);
  });

  it('lets the elder of the level below the idle peer rise, and takes the place of the elder', () => {
    const settled = [of('root', 2), of('idle', 0), of('relay', 1), of('elder', 1)];
    const scenario = afterTenureOf(given(rules, ...settled, of('server', 1)));
    expect(scenario.when(tenure('server'))).toEqual([
      about('PeerTenured', 'server'),
      placed('elder', 'root', 1, 'tenured', 'relay'),
      placed('server', 'relay', 2, 'tenured', 'elder'),
      placed('idle', 'elder', 2, 'tenured', 'root'),
    ]);
  });

  it.each<[rule: string, late: NamedCommand[], parent: string]>([
    ['rises above a younger peer that is childless and weaker', [of('late', 1)], 'origin'],
    ['leaves a younger peer where it is that is as strong', [of('late', 2)], 'root'],
    ['leaves a younger peer where it is that has a child', [of('late', 1), of('child', 0), of('another', 0)], 'root'],
  ])('%s', (_rule, late, parent) => {
    const roots = { rootPeerCount: 3, maxDepth: 1 };
    const before = [of('root', 1), of('older', 1), of('gone', 0), of('server', 2), leave('gone')];
    const scenario = given(resilient({ tenureMs: TENURE_MS }, roots), ...before, ...late);
    afterTenureOf(scenario, 'server');
    expect(parentOf(scenario, 'server')).toBe(parent);
  });

  it('stays where it is as a pure viewer, though another one stands above', () => {
    const scenario = afterTenureOf(given(rules, of('root', 2), of('above', 0), of('relay', 1), of('viewer', 0)));
    expect(scenario.when(tenure('viewer'))).toEqual([about('PeerTenured', 'viewer')]);
  });

  it('stays below an older peer that can serve, though that one serves nobody yet and is weaker', () => {
    const older = [of('root', 2), of('older', 0), of('relay', 1), of('server', 2), claim('older', 1)];
    const scenario = afterTenureOf(given(rules, ...older));
    expect(scenario.when(tenure('server'))).toEqual([about('PeerTenured', 'server')]);
  });

  it('reaches it once, and not before its time', () => {
    const scenario = given(rules, of('root', 2));
    scenario.nowMs += TENURE_MS - 30;
    expect(scenario.when(tenure('root'))).toEqual([]);
    scenario.nowMs += 10;
    expect(scenario.when(tenure('root'))).toEqual([about('PeerTenured', 'root')]);
    expect(scenario.when(tenure('root'))).toEqual([]);
  });

  it('is nobody when tenure is off', () => {
    const scenario = afterTenureOf(given(resilient({}, { maxDepth: 4 }), ...chain));
    expect(scenario.when(tenure('server'))).toEqual([]);
  });
});

describe('slots', () => {
  /** A tenured peer at depth 1 and a young root, both with a free slot. */
  const tenuredBelow = [of('root', 1), of('gone', 0), of('deep', 2), leave('gone')];
  const roots = { rootPeerCount: 2, maxDepth: 4 };

  it('of tenured peers come before those of young ones, however deep', () => {
    const scenario = given(resilient({ tenureMs: TENURE_MS }, roots), ...tenuredBelow);
    afterTenureOf(scenario, 'root', 'deep').run(of('young', 2));
    expect(scenario.when(of('late', 1))).toEqual([joined('late', 1), placed('late', 'deep', 2, 'joined')]);
  });

  it('are taken by depth alone when tenure is off', () => {
    const scenario = afterTenureOf(given(resilient({}, roots), ...tenuredBelow));
    scenario.run(of('young', 2));
    expect(scenario.when(of('late', 1))).toEqual([joined('late', 1), placed('late', 'young', 1, 'joined')]);
  });
});

describe('a pure viewer', () => {
  const two = [of('root', 2), of('relay', 2)];
  const withDepth = (maxDepth: number) => resilient({ tenureMs: TENURE_MS }, { maxDepth });

  it('takes the deepest slot where only young peers have any; who can serve takes the shallowest', () => {
    expect(given(rules, ...two).when(of('viewer', 0))).toEqual([
      joined('viewer', 0),
      placed('viewer', 'relay', 2, 'joined'),
    ]);
    expect(given(rules, ...two).when(of('server', 1))).toEqual([
      joined('server', 1),
      placed('server', 'root', 1, 'joined'),
    ]);
  });

  it('leaves the last level where capacity counts to others, and stands at the bottom', () => {
    const scenario = afterTenureOf(given(withDepth(2), ...two), 'root', 'relay');
    expect(scenario.when(of('viewer', 0))).toEqual([joined('viewer', 0), placed('viewer', 'relay', 2, 'joined')]);
    expect(scenario.when(of('server', 1))).toEqual([joined('server', 1), placed('server', 'root', 1, 'joined')]);
  });

  it('takes the shallowest slot of tenured peers where the bottom is far', () => {
    const chain = [of('root', 1), of('relay', 1), of('third', 1), claim('root', 2)];
    const scenario = afterTenureOf(given(withDepth(3), ...chain), 'root', 'relay', 'third');
    expect(scenario.when(of('viewer', 0))).toEqual([joined('viewer', 0), placed('viewer', 'root', 1, 'joined')]);
  });

  it('takes the shallowest slot as anybody else when tenure is off', () => {
    const scenario = given(resilient({}, { maxDepth: 2 }), ...two);
    expect(scenario.when(of('viewer', 0))).toEqual([joined('viewer', 0), placed('viewer', 'root', 1, 'joined')]);
  });
});

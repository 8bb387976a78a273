import { describe, expect, it } from '@jest/globals';
import {
  about,
  given,
  join,
  joined,
  leave,
  lines,
  type NamedCommand,
  placed,
  suspect,
  waiting,
} from '../support/given-when-then.js';
import { clear, parentOf, planOf, resilient, restore, revoke } from '../support/resilient-scenario.js';

const of = (peerId: string, capacity: number): NamedCommand => join(peerId, { capacity });
const byHeir = resilient({ heir: true }, { maxDepth: 3 });

describe('a suspected peer', () => {
  const family = [of('root', 2), of('heir', 2), of('sibling', 0)];

  it('gives its slot to its heir, its other children go below that one, and so does it', () => {
    expect(given(byHeir, ...family).when(suspect('root', 2))).toEqual([
      about('PeerSuspected', 'root'),
      placed('heir', 'origin', 0, 'suspected', 'root'),
      placed('sibling', 'heir', 1, 'suspected', 'root'),
      placed('root', 'heir', 1, 'swapped', 'origin'),
    ]);
  });

  it('gives its slot to its heir, and has the other one where that is free', () => {
    const rules = resilient({ heir: true }, { rootPeerCount: 2, maxChildren: 1, maxDepth: 1 });
    const scenario = given(rules, join('a'), join('b'), join('viewer'), leave('b'));
    expect(scenario.when(suspect('a', 1))).toEqual([
      about('PeerSuspected', 'a'),
      placed('viewer', 'origin', 0, 'suspected', 'a'),
      placed('a', 'origin', 0, 'swapped', 'origin'),
    ]);
    expect(scenario.drawing()).toBe(lines('a', 'viewer'));
  });

  it('gives its slot to a stand-in where no heir can hold its children', () => {
    const rules = resilient({ heir: true }, { rootPeerCount: 2, maxDepth: 3 });
    const scenario = given(rules, of('root', 2), of('other', 1), of('a', 1), of('b', 1), of('spare', 2));
    expect(scenario.when(suspect('root', 2))).toEqual([
      about('PeerSuspected', 'root'),
      placed('spare', 'origin', 0, 'suspected', 'other'),
      placed('a', 'spare', 1, 'suspected', 'root'),
      placed('b', 'spare', 1, 'suspected', 'root'),
      placed('root', 'other', 1, 'swapped', 'origin'),
    ]);
  });

  it('loses its children and keeps its slot when heirs are off', () => {
    const rules = resilient({}, { rootPeerCount: 2, maxDepth: 3 });
    const scenario = given(rules, of('root', 2), of('other', 2), of('a', 1), of('b', 0));
    expect(scenario.when(suspect('root', 2))).toEqual([
      about('PeerSuspected', 'root'),
      placed('a', 'other', 1, 'suspected', 'root'),
      placed('b', 'other', 1, 'suspected', 'root'),
    ]);
    expect(parentOf(scenario, 'root')).toBe('origin');
  });

  it('gets no children until it is cleared, and then those who wait', () => {
    const rules = resilient({ heir: true }, { maxDepth: 1 });
    const scenario = given(rules, of('root', 2), suspect('root', 1));
    expect(scenario.when(of('late', 0))).toEqual([joined('late', 0), waiting('late')]);
    expect(scenario.when(clear('root'))).toEqual([about('PeerCleared', 'root'), placed('late', 'root', 1, 'refilled')]);
  });

  it('is neither heir nor stand-in, and no plan leads to it', () => {
    const heirs = given(byHeir, of('root', 2), of('strong', 3), of('weak', 2), suspect('strong', 1));
    expect(planOf(heirs, 'strong')).toBe('sibling -> weak');
    heirs.run(leave('root'));
    expect(heirs.drawing()).toBe(lines('weak', '  strong'));

    const rules = resilient({ heir: true }, { rootPeerCount: 2, maxDepth: 3 });
    const below = [of('root', 2), of('other', 1), of('a', 1), of('b', 1), of('spare', 2), suspect('spare', 1)];
    const standIns = given(rules, ...below, leave('root'));
    expect(standIns.peer('a').cause).toBe('heir');
  });

  it('is suspected once, and cleared once', () => {
    const scenario = given(byHeir, ...family, suspect('root', 2));
    expect(scenario.when(suspect('root', 2))).toEqual([]);
    expect(scenario.when(clear('root'))).toEqual([about('PeerCleared', 'root')]);
    expect(scenario.when(clear('root'))).toEqual([]);
  });
});

describe('a peer that was found to forward nothing', () => {
  const family = [of('root', 2), of('other', 2), of('a', 1), of('b', 0)];
  const roots = { rootPeerCount: 2, maxDepth: 1 };

  it('loses its children and keeps its slot: it is fed, and nobody inherits from it', () => {
    const scenario = given(resilient({ heir: true }, roots), ...family);
    expect(scenario.when(revoke('root'))).toEqual([
      about('ForwardingFailed', 'root'),
      about('CapacityRevoked', 'root'),
      placed('a', 'other', 1, 'verified', 'root'),
      placed('b', 'other', 1, 'verified', 'root'),
    ]);
    expect(parentOf(scenario, 'root')).toBe('origin');
  });

  it('gives way to whoever can serve, with swap', () => {
    const scenario = given(resilient({ swap: true }, { maxDepth: 1 }), of('root', 3), revoke('root'));
    expect(scenario.when(of('late', 1))).toEqual([
      joined('late', 1),
      placed('late', 'origin', 0, 'swapped'),
      placed('root', 'late', 1, 'swapped', 'origin'),
    ]);
  });

  it('serves nobody until its capacity is restored, and then those who wait', () => {
    const scenario = given(resilient({}, { maxDepth: 1 }), of('root', 1), revoke('root'), of('late', 0));
    expect(scenario.drawing()).toBe(lines('root', 'waiting', 'late'));
    expect(scenario.when(restore('root'))).toEqual([
      about('CapacityRestored', 'root'),
      placed('late', 'root', 1, 'refilled'),
    ]);
  });

  it('serves nobody as long as it is doubted in either way', () => {
    const doubted = [of('root', 1), suspect('root', 1), revoke('root'), of('late', 0)];
    const scenario = given(resilient({}, { maxDepth: 1 }), ...doubted);
    expect(scenario.when(clear('root'))).toEqual([about('PeerCleared', 'root')]);
    expect(scenario.when(restore('root'))).toEqual([
      about('CapacityRestored', 'root'),
      placed('late', 'root', 1, 'refilled'),
    ]);
  });

  it('is found so once, and restored once', () => {
    const scenario = given(resilient({}, { maxDepth: 1 }), of('root', 1), revoke('root'));
    expect(scenario.when(revoke('root'))).toEqual([]);
    expect(scenario.when(restore('root'))).toEqual([about('CapacityRestored', 'root')]);
    expect(scenario.when(restore('root'))).toEqual([]);
  });
});

import { describe, expect, it } from '@jest/globals';
import { about, given, join, leave, lines, placed, suspect, track } from '../support/given-when-then.js';

const SETTINGS = track({
  policy: 'resilient',
  rootPeerCount: 2,
  maxChildren: 1,
  maxDepth: 1,
  ideas: { swap: false, heir: true, tenureMs: null },
});

describe('a suspected root', () => {
  it('gives its slot to its heir, and has the other one where that is free', () => {
    const scenario = given(SETTINGS, join('a'), join('b'), join('viewer'), leave('b'));
    expect(scenario.when(suspect('a', 1))).toEqual([
      about('PeerSuspected', 'a'),
      placed('viewer', 'origin', 0, 'suspected', 'a'),
      placed('a', 'origin', 0, 'swapped', 'origin'),
    ]);
    expect(scenario.drawing()).toBe(lines('a', 'viewer'));
  });
});

import { describe, expect, it } from '@jest/globals';
import { findUnsettled, findViolations } from '../../src/domain/invariants.js';
import { evolve } from '../../src/domain/evolve.js';
import type { PeerNode } from '../../src/domain/peer-node.js';
import { claim, given, join, lines, NOW, track, type Scenario } from '../support/given-when-then.js';

/** r1 feeds a, who feeds b and c; r2 is full with d. Two peers wait, one of them with a child. */
function sound(): Scenario {
  return given(
    track({ rootPeerCount: 2, maxChildren: 2, maxDepth: 2 }),
    join('r1', { capacity: 1 }),
    join('r2', { capacity: 2 }),
    join('a', { capacity: 2 }),
    join('d', { capacity: 0 }),
    join('e', { capacity: 1 }),
    join('b', { capacity: 0 }),
    join('f', { capacity: 0 }),
    join('c', { capacity: 0 }),
    claim('r2', 0),
  );
}

type Damage = (scenario: Scenario) => void;
type Changeable = { -readonly [Key in keyof PeerNode]: PeerNode[Key] };
const peer = (scenario: Scenario, name: string): Changeable => scenario.peer(name);
const relist = (scenario: Scenario, name: string, change: (children: readonly PeerNode[]) => PeerNode[]): void => {
  const parent = scenario.peer(name);
  parent.children = change(parent.children);
};

const DAMAGES: readonly [string, RegExp, Damage][] = [
  ['a wrong depth', /has depth 7, true is 2/, (s) => void (peer(s, 'b').depth = 7)],
  [
    'a cycle',
    /is in a cycle/,
    (s) => {
      peer(s, 'r1').parent = s.peer('b');
      relist(s, 'b', () => [s.peer('r1')]);
    },
  ],
  [
    'a peer that is its own parent',
    /is in a cycle/,
    (s) => {
      peer(s, 'a').parent = s.peer('a');
    },
  ],
  ['more children than the peer serves', /has 2 children, 1 allowed/, (s) => void (peer(s, 'a').claim = 1)],
  ['a stale effective capacity', /has effective capacity 9, not 2/, (s) => void (peer(s, 'a').effectiveCapacity = 9)],
  [
    'a child that its parent does not list',
    /is not among the children/,
    (s) => relist(s, 'a', (children) => children.slice(0, -1)),
  ],
  [
    'a child listed by two parents',
    /lists peer \d+, whose parent is another/,
    (s) => relist(s, 'r2', (children) => [...children, s.peer('b')]),
  ],
  ['children out of order', /children out of order/, (s) => relist(s, 'a', (children) => [...children].reverse())],
  ['a child listed twice', /children out of order/, (s) => relist(s, 'a', (children) => [...children, children[1]!])],
  [
    'a peer not fed that stands as placed',
    /stands placed, its top makes it/,
    (s) => void (peer(s, 'f').standing = 'placed'),
  ],
  [
    'a fed peer that stands as waiting',
    /stands waiting, its top makes it placed/,
    (s) => void (peer(s, 'b').standing = 'waiting'),
  ],
  ['a top that hangs below nobody', /hangs below nobody/, (s) => void (peer(s, 'e').standing = 'below')],
  [
    'a parent that is not in the track',
    /has a parent that is not in the track/,
    (s) => {
      const ghost = { ...s.peer('a'), number: 9_999 };
      peer(s, 'b').parent = ghost;
    },
  ],
  [
    'more roots than allowed',
    /2 roots, 1 allowed/,
    (s) => void (s.tree.settings = { ...s.tree.settings!, rootPeerCount: 1 }),
  ],
  ['peers too deep', /is at depth 2, 1 allowed/, (s) => void (s.tree.settings = { ...s.tree.settings!, maxDepth: 1 })],
  ['a wrong count of roots', /2 roots counted, the tree says 3/, (s) => void (s.tree.rootCount += 1)],
  ['a wrong count of placed peers', /placed peers counted, the tree says/, (s) => void (s.tree.placedCount -= 1)],
  [
    'a free slot that the index has lost',
    /the index offers peer undefined, a scan finds peer/,
    (s) => relist(s, 'a', (children) => children.slice(0, -1)),
  ],
  [
    'a slot that the index offers and nobody has',
    /the index offers peer \d+, a scan finds peer undefined/,
    offerFullSlot,
  ],
  [
    'a waiting peer that the queue has lost',
    /waits, but is not in the queue/,
    (s) => void (peer(s, 'b').standing = 'waiting'),
  ],
  [
    'a peer in the queue that does not wait',
    /is in the queue, but does not wait/,
    (s) => void (peer(s, 'd').standing = 'below'),
  ],
  [
    'a peer that cannot be found by its name',
    /is not found by its name/,
    (s) => void (peer(s, 'b').identity = { peerId: 'other', resumeHash: null }),
  ],
  ['peers in a closed track', /a closed track has peers/, (s) => void (s.tree.settings = null)],
];

/** The claim grows behind the tree's back and shrinks again, so that the index keeps a slot of a peer that is full. */
function offerFullSlot(scenario: Scenario): void {
  const { tree } = scenario;
  tree.claim(scenario.peer('r1'), 2, tree.settings!);
  peer(scenario, 'r1').claim = 1;
  peer(scenario, 'r1').effectiveCapacity = 1;
}

describe('the check of a tree', () => {
  it('finds nothing in a sound one', () => {
    const scenario = sound();
    expect(scenario.drawing()).toBe(lines('r1', '  a', '    b', '    c', 'r2', 'waiting', 'd', 'e', '  f'));
    expect(findViolations(scenario.tree)).toEqual([]);
    expect(findUnsettled(scenario.tree)).toEqual([]);
  });

  it.each(DAMAGES)('reports %s', (_, violation, damage) => {
    const scenario = sound();
    damage(scenario);
    expect(findViolations(scenario.tree).join('\n')).toMatch(violation);
  });

  it('reports a peer left without a decision', () => {
    const { tree } = sound();
    const position = tree.position + 1;
    const fact = { type: 'PeerJoined', version: 1, position, recordedAt: NOW + 9_999, peer: position } as const;
    evolve(tree, { ...fact, capacity: null, identity: null });
    expect(findUnsettled(tree)).toEqual(['1 peers are undecided after the command']);
  });
});

import { describe, expect, it } from '@jest/globals';
import type { TrackSettings } from '../../src/domain/events.js';
import { SURPLUS_MOVES_PER_COMMAND_MAX } from '../../src/domain/limits.js';
import {
  about,
  configure,
  configured,
  given,
  join,
  leave,
  lines,
  type NamedCommand,
  placed,
  type Scenario,
  suspect,
  tend,
  track,
  waiting,
} from '../support/given-when-then.js';

const SETTINGS = track({ rootPeerCount: 2, maxChildren: 2, maxDepth: 2 });

function twoFamilies(): Scenario {
  return given(SETTINGS, ...['r1', 'r2', 'a', 'b', 'c', 'd'].map((name) => join(name)));
}

function rules(change: Partial<TrackSettings>): TrackSettings {
  return { ...SETTINGS, ...change };
}

describe('an operator who gives a running track other rules', () => {
  it('moves nobody where every limit is met: old decisions stay as they were', () => {
    const scenario = twoFamilies();
    const before = scenario.drawing();
    expect(scenario.when(configure({ maxChildren: 3, maxDepth: 5 }))).toEqual([
      configured(rules({ maxChildren: 3, maxDepth: 5 })),
    ]);
    expect(scenario.drawing()).toBe(before);
  });

  it('has waiting peers placed where a higher limit makes room', () => {
    const scenario = given(track({ rootPeerCount: 1, maxChildren: 0 }), join('r1'), join('a'), join('b'));
    expect(scenario.when(configure({ rootPeerCount: 2, maxChildren: 1 })).slice(1)).toEqual([
      placed('a', 'origin', 0, 'refilled'),
      placed('b', 'r1', 1, 'refilled'),
    ]);
  });

  it('has the newest child move first where parents have more than they may', () => {
    const scenario = twoFamilies();
    expect(scenario.drawing()).toBe(lines('r1', '  a', '  c', 'r2', '  b', '  d'));
    expect(scenario.when(configure({ maxChildren: 1 })).slice(1)).toEqual([
      placed('d', 'a', 2, 'configured', 'r2'),
      placed('c', 'b', 2, 'configured', 'r1'),
    ]);
  });

  it('has the newest root move first, with all below it, where the origin feeds fewer', () => {
    const scenario = given(
      track({ rootPeerCount: 2, maxChildren: 3 }),
      ...['r1', 'r2', 'a', 'b'].map((name) => join(name)),
    );
    expect(scenario.when(configure({ rootPeerCount: 1 })).slice(1)).toEqual([
      placed('r2', 'r1', 1, 'configured', 'origin'),
    ]);
    expect(scenario.drawing()).toBe(lines('r1', '  r2', '    b', '  a'));
  });

  it('gives a surplus root that can serve the slot of one that cannot, which comes to stand below it', () => {
    const scenario = given(
      track({ policy: 'resilient', rootPeerCount: 2, maxChildren: 3 }),
      join('viewer', { capacity: 0 }),
      join('server'),
    );
    expect(scenario.when(configure({ rootPeerCount: 1 }))).toHaveLength(3);
    expect(scenario.drawing()).toBe(lines('server', '  viewer'));
  });

  it('has whoever stands too deep move, and wait where there is no slot', () => {
    const scenario = given(
      track({ rootPeerCount: 1, maxChildren: 1, maxDepth: 3 }),
      ...['r', 'a', 'b'].map((name) => join(name)),
    );
    expect(scenario.when(configure({ maxDepth: 1 })).slice(1)).toEqual([waiting('b', 'a')]);
    expect(scenario.when(configure({ maxDepth: 2 })).slice(1)).toEqual([placed('b', 'a', 2, 'refilled')]);
  });

  it('has no event, and so no second one, where the rules are in force already', () => {
    const scenario = twoFamilies();
    scenario.run(configure({ maxChildren: 1 }));
    expect(scenario.when(configure({ maxChildren: 1 }))).toEqual([]);
    expect(scenario.outcome).toMatchObject({ ok: true, position: scenario.tree.position });
  });

  it.each([
    ['a policy nobody has', { policy: 'astrology' }],
    ['a version that is not in this build', { policyVersion: 99 }],
    ['no root at all', { rootPeerCount: 0 }],
    ['children by halves', { maxChildren: 1.5 }],
    ['more depth than there can be', { maxDepth: 1_001 }],
    ['a timeout nobody can keep', { heartbeatTimeoutMs: 1 }],
  ])('is refused %s', (_, change) => {
    const scenario = twoFamilies();
    expect(scenario.when(configure(change))).toEqual([]);
    expect(scenario.outcome).toMatchObject({ ok: false, code: 'invalid_message' });
  });

  it('is refused on a track that is not open', () => {
    const scenario = given(SETTINGS);
    scenario.run(configure({ maxChildren: 1 }));
    expect(scenario.outcome).toMatchObject({ ok: false, code: 'invalid_track' });
  });

  it('puts another policy to work on the tree the old one made, and drops the old switches', () => {
    const ideas = { swap: true, heir: false, tenureMs: null };
    const scenario = given(
      track({ policy: 'resilient', rootPeerCount: 1, maxChildren: 2, ideas }),
      ...['r', 'a', 'b'].map((name) => join(name)),
    );
    scenario.run(configure({ policy: 'shallowest' }));
    expect(scenario.tree.settings).toMatchObject({ policy: 'shallowest', policyVersion: 1 });
    expect(scenario.tree.settings).not.toHaveProperty('ideas');
    scenario.run(configure({ policy: 'resilient' }));
    expect(scenario.when(leave('r')).slice(1)).toEqual([
      placed('a', 'origin', 0, 'heir', 'r'),
      placed('b', 'a', 1, 'sibling', 'r'),
    ]);
  });
});

describe('while lowered limits are not met yet', () => {
  /** More surplus than one command may move: each of forty roots has two children, and may have one. */
  function crowd(policy = 'shallowest'): Scenario {
    const names = Array.from({ length: 40 }, (_, index) => `r${String(index)}`);
    const children = Array.from({ length: 80 }, (_, index) => `c${String(index)}`);
    const settings = track({ policy, rootPeerCount: 40, maxChildren: 2, maxDepth: 4 });
    return given(settings, ...[...names, ...children].map((name) => join(name)));
  }

  const lower: NamedCommand = configure({ maxChildren: 1 });

  it('one command moves a bounded number, and the next ones the rest', () => {
    const scenario = crowd();
    expect(scenario.when(lower)).toHaveLength(1 + SURPLUS_MOVES_PER_COMMAND_MAX);
    expect(scenario.when(tend())).toHaveLength(40 - SURPLUS_MOVES_PER_COMMAND_MAX);
    expect(scenario.when(tend())).toEqual([]);
    expect([...scenario.tree.peers()].every((peer) => peer.children.length <= 1)).toBe(true);
  });

  it('a peer above its limit gets no new child, also not in place of one that goes', () => {
    const scenario = crowd();
    scenario.run(lower);
    expect(scenario.peer('r0').children).toHaveLength(2);
    scenario.run(leave('c0'));
    expect(scenario.peer('r0').children).toHaveLength(1);
    scenario.run(join('new'));
    expect(scenario.peer('new').parent?.parent).not.toBeNull();
  });

  it('a slot that is left under a parent at its limit is none for whoever made room', () => {
    const scenario = given(
      track({
        policy: 'resilient',
        rootPeerCount: 2,
        maxChildren: 3,
        ideas: { swap: true, heir: false, tenureMs: null },
      }),
      join('viewer', { capacity: 0 }),
      ...['parent', 'strong'].map((name) => join(name)),
      ...['a', 'b'].map((name) => join(name, { capacity: 0 })),
    );
    expect(scenario.drawing()).toBe(lines('viewer', 'parent', '  strong', '  a', '  b'));
    scenario.when(configure({ maxChildren: 1, maxDepth: 1 }));
    expect(scenario.drawing()).toBe(lines('parent', '  a', 'strong', '  viewer', 'waiting', 'b'));
  });

  it('a departed peer has no heir in a slot that is none any more', () => {
    const scenario = crowd('resilient');
    scenario.run(lower);
    scenario.run(join('grandchild'));
    scenario.run(configure({ rootPeerCount: 1 }));
    const root = [...scenario.tree.peers()].find((peer) => peer.parent === null && peer.children.length > 0)!;
    expect(scenario.tree.isSurplus(root)).toBe(true);
    const events = scenario.when(leave(root.identity!.peerId));
    expect(events.some((event) => event['cause'] === 'heir')).toBe(false);
    expect(scenario.tree.rootCount).toBeLessThan(40);
  });

  it('a suspected peer loses its children whatever the limits, and gives its slot to one of them', () => {
    const scenario = crowd('resilient');
    scenario.run(lower);
    const events = scenario.when(suspect('r0', 2));
    expect(events[0]).toEqual(about('PeerSuspected', 'r0'));
    expect(scenario.peer('r0').children).toEqual([]);
  });
});

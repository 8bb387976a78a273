import { describe, expect, it } from '@jest/globals';
import { CorruptLogError } from '../../src/domain/errors.js';
import type { RecordedTopologyEvent, TopologyEvent } from '../../src/domain/events.js';
import { evolve, fold } from '../../src/domain/evolve.js';
import { ORIGIN } from '../../src/domain/ids.js';
import { stateHash } from '../../src/event-log/state-hash.js';
import { close, configure, given, join, leave, NOW, type Scenario, track } from '../support/given-when-then.js';

/** root feeds a, a feeds b; waits is at nobody's. */
function chain(): Scenario {
  return given(
    track({ rootPeerCount: 1, maxChildren: 1, maxDepth: 2 }),
    join('root'),
    join('a'),
    join('b'),
    join('waits'),
  );
}

type Impossible = (s: Scenario) => TopologyEvent & Partial<{ position: number; recordedAt: number }>;
const NAMELESS = { capacity: null, identity: null };
const next = (s: Scenario): number => s.tree.position + 1;
const assigned = (peer: number, parent: number, formerParent: number | null, depth: number): TopologyEvent => ({
  type: 'ParentAssigned',
  version: 1,
  causedBy: null,
  peer,
  parent,
  formerParent,
  depth,
  cause: 'joined',
});

const IMPOSSIBLE: readonly [string, RegExp, Impossible][] = [
  ['steps back in position', /stands behind position/, () => ({ type: 'TrackClosed', version: 1, position: 3 })],
  [
    'repeats a position',
    /stands behind position/,
    (s) => ({ type: 'TrackClosed', version: 1, position: s.tree.position }),
  ],
  ['steps back in time', /recorded_at goes back/, () => ({ type: 'TrackClosed', version: 1, recordedAt: NOW - 1 })],
  [
    'opens an open track',
    /opens a track that is open/,
    (s) => ({ type: 'TrackOpened', version: 1, settings: s.settings }),
  ],
  ['closes a track with peers', /closes a track that has peers/, () => ({ type: 'TrackClosed', version: 1 })],
  [
    'joins a peer whose number is not the position',
    /is not its position/,
    () => ({ type: 'PeerJoined', version: 1, peer: 3, ...NAMELESS }),
  ],
  [
    'joins a peer that is present',
    /joins a peer that is present/,
    (s) => ({
      type: 'PeerJoined',
      version: 1,
      peer: next(s),
      capacity: null,
      identity: { peerId: 'a', resumeHash: null },
    }),
  ],
  [
    'resumes a stranger',
    /names peer 99, which is not in the track/,
    () => ({ type: 'PeerResumed', version: 1, peer: 99 }),
  ],
  ['disconnects a stranger', /names peer 99/, () => ({ type: 'PeerDisconnected', version: 1, peer: 99 })],
  ['claims for a stranger', /names peer 99/, () => ({ type: 'CapacityClaimed', version: 1, peer: 99, capacity: 1 })],
  [
    'lets a stranger leave',
    /names peer 99/,
    () => ({ type: 'PeerLeft', version: 1, peer: 99, formerParent: null, cause: 'left' }),
  ],
  [
    'lets a peer leave another parent',
    /former parent 0 is not the one known/,
    (s) => ({ type: 'PeerLeft', version: 1, peer: s.numberOf('a'), formerParent: ORIGIN, cause: 'left' }),
  ],
  [
    'times out a peer of another parent',
    /former parent null is not the one known/,
    (s) => ({ type: 'PeerTimedOut', version: 1, peer: s.numberOf('a'), formerParent: null, silentMs: 1 }),
  ],
  [
    'kicks a peer of another parent',
    /former parent 99 is not the one known/,
    (s) => ({ type: 'PeerKicked', version: 1, peer: s.numberOf('a'), formerParent: 99 }),
  ],
  ['assigns a stranger', /names peer 99/, () => assigned(99, ORIGIN, null, 0)],
  ['assigns a parent that is a stranger', /names peer 99/, (s) => assigned(s.numberOf('waits'), 99, null, 1)],
  [
    'assigns from another former parent',
    /former parent 0 is not the one known/,
    (s) => assigned(s.numberOf('waits'), s.numberOf('b'), ORIGIN, 3),
  ],
  ['assigns a root beyond the limit', /has no slot/, (s) => assigned(s.numberOf('waits'), ORIGIN, null, 0)],
  [
    'assigns to a parent that is full',
    /has no slot/,
    (s) => assigned(s.numberOf('waits'), s.numberOf('root'), null, 1),
  ],
  ['assigns a wrong depth', /cannot stand at depth 1/, (s) => assigned(s.numberOf('waits'), s.numberOf('b'), null, 1)],
  [
    'assigns beyond the greatest depth',
    /cannot stand at depth 3/,
    (s) => assigned(s.numberOf('waits'), s.numberOf('b'), null, 3),
  ],
  ['makes a root with a depth', /cannot stand at depth 1/, (s) => assigned(s.numberOf('waits'), ORIGIN, null, 1)],
  [
    'makes a placed peer wait',
    /has a place already/,
    (s) => ({ type: 'PeerWaiting', version: 1, causedBy: null, peer: s.numberOf('b'), formerParent: null }),
  ],
  [
    'makes a waiting peer wait again',
    /has a place already/,
    (s) => ({ type: 'PeerWaiting', version: 1, causedBy: null, peer: s.numberOf('waits'), formerParent: null }),
  ],
];

function append(scenario: Scenario, impossible: Impossible): void {
  const event = { position: next(scenario), recordedAt: scenario.nowMs, ...impossible(scenario) };
  evolve(scenario.tree, event);
}

describe('an event that cannot have happened', () => {
  it.each(IMPOSSIBLE)('%s', (_, fault, impossible) => {
    const scenario = chain();
    const before = stateHash(scenario.tree);
    expect(() => append(scenario, impossible)).toThrow(CorruptLogError);
    expect(() => append(scenario, impossible)).toThrow(fault);
    expect(stateHash(scenario.tree)).toBe(before);
  });

  it('names its position', () => {
    const scenario = chain();
    const stranger: Impossible = () => ({ type: 'PeerResumed', version: 1, peer: 99, position: 77 });
    expect(() => append(scenario, stranger)).toThrow(expect.objectContaining({ position: 77 }));
  });

  it.each<TopologyEvent>([
    { type: 'TrackClosed', version: 1 },
    { type: 'ServiceRecovered', version: 1, reason: 'stall', gapMs: 1 },
  ])('is $type in a track that is closed', (event) => {
    const scenario = given(track(), join('a'), leave('a'), close());
    expect(() => append(scenario, () => event)).toThrow(/in a track that is not open/);
  });

  it('is a join in a track that is closed', () => {
    const scenario = given(track(), join('a'), leave('a'), close());
    const joins: Impossible = (s) => ({ type: 'PeerJoined', version: 1, peer: next(s), ...NAMELESS });
    expect(() => append(scenario, joins)).toThrow(/in a track that is not open/);
  });

  it('puts a peer below itself', () => {
    const scenario = given(track({ rootPeerCount: 1, maxChildren: 2 }), join('root'), join('a'));
    const root = scenario.numberOf('root');
    expect(() => append(scenario, () => assigned(root, root, ORIGIN, 1))).toThrow(/has no slot/);
    expect(() => append(scenario, (s) => assigned(root, s.numberOf('a'), ORIGIN, 2))).toThrow(/has no slot/);
  });

  it('puts a peer under one that is not fed', () => {
    const scenario = given(track({ rootPeerCount: 1 }), join('root', { capacity: 0 }), join('a'), join('b'));
    expect(() => append(scenario, (s) => assigned(s.numberOf('b'), s.numberOf('a'), null, 1))).toThrow(/has no slot/);
  });

  it('gives a peer without capacity a child', () => {
    const scenario = given(track({ rootPeerCount: 2 }), join('root', { capacity: 0 }), join('a'));
    expect(() => append(scenario, (s) => assigned(s.numberOf('a'), s.numberOf('root'), ORIGIN, 1))).toThrow(
      /has no slot/,
    );
  });
});

describe('a fold', () => {
  it('takes gaps in the positions as pulses', () => {
    const { log } = chain();
    const spread = log.map((event): RecordedTopologyEvent => {
      const position = event.position * 10;
      return event.type === 'PeerJoined' ? { ...event, position, peer: position } : { ...event, position };
    });
    expect(() => fold(spread.slice(0, 2))).not.toThrow();
  });

  it('goes on from an earlier state', () => {
    const { log, tree } = chain();
    expect(stateHash(fold(log.slice(4), fold(log.slice(0, 4))))).toBe(stateHash(tree));
  });

  it('forgets limits that were lowered before the track was closed and opened again', () => {
    const { log, tree } = given(
      track({ rootPeerCount: 3 }),
      ...['a', 'b'].map((name) => join(name)),
      configure({ rootPeerCount: 1 }),
      ...['a', 'b'].map((name) => leave(name)),
      close(),
      ...['c', 'd', 'e'].map((name) => join(name)),
    );
    expect(tree.nextSurplus()).toBeNull();
    expect(fold(log).nextSurplus()).toBeNull();
  });

  it('of nothing is a track that was never opened', () => {
    expect(fold([])).toMatchObject({ position: 0, settings: null, size: 0 });
  });
});

describe('the state hash', () => {
  it('does not know names, so that a person can be forgotten', () => {
    const { log, tree } = chain();
    const forgotten = log.map((event) => (event.type === 'PeerJoined' ? { ...event, identity: null } : event));
    expect(stateHash(fold(forgotten))).toBe(stateHash(tree));
  });

  it('knows the rules in force, every claim, every place and why it was given', () => {
    const hashes = [
      given(track(), join('a'), join('b')),
      given(track({ maxDepth: 5 }), join('a'), join('b')),
      given(track(), join('a', { capacity: 3 }), join('b')),
      given(track({ rootPeerCount: 2 }), join('a'), join('b')),
      given(track(), join('a'), leave('a'), join('b')),
    ].map(({ tree }) => stateHash(tree));
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});

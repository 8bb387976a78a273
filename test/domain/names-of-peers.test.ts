import { expect, it } from '@jest/globals';
import { CorruptLogError } from '../../src/domain/errors.js';
import type { RecordedTopologyEvent } from '../../src/domain/events.js';
import { evolve, fold } from '../../src/domain/evolve.js';
import { NOW, track } from '../support/given-when-then.js';

const SETTINGS = track();

function joined(position: number, peerId: string): RecordedTopologyEvent {
  const identity = { peerId, resumeHash: null };
  return { type: 'PeerJoined', version: 1, position, recordedAt: NOW, peer: position, capacity: 0, identity };
}
function left(position: number, peer: number): RecordedTopologyEvent {
  return { type: 'PeerLeft', version: 1, position, recordedAt: NOW, peer, formerParent: null, cause: 'left' };
}
const OPENED: RecordedTopologyEvent = {
  type: 'TrackOpened',
  version: 1,
  position: 1,
  recordedAt: NOW,
  settings: SETTINGS,
};
/** Of the two that were called anna one is there. */
const EVENTS = [OPENED, joined(2, 'anna'), joined(3, 'bert'), left(4, 2), joined(5, 'anna'), left(6, 3)];

it.each([0, 1, 2, 3, 4, 5, 6])('knows everybody by name when names are looked up after %i events', (count) => {
  const tree = fold(EVENTS.slice(0, count));
  tree.peerNamed('nobody');
  fold(EVENTS.slice(count), tree);
  expect(['anna', 'bert'].map((name) => tree.peerNamed(name)?.number ?? null)).toEqual([5, null]);
});

it('refuses a second peer of a name as soon as names are looked up', () => {
  const tree = fold(EVENTS);
  tree.indexNames();
  expect(() => evolve(tree, joined(7, 'anna'))).toThrow('joins a peer that is present');
});

it('finds two of one name when names are listed after they came', () => {
  const tree = fold([...EVENTS, joined(7, 'anna')]);
  expect(() => tree.indexNames()).toThrow(new CorruptLogError(7, 'joins a peer that is present'));
});

import type { RecordedTopologyEvent } from '../../domain/events.js';
import type { RelayTree } from '../../domain/relay-tree.js';

/**
 * What is left of the facts before a log whose first events were removed: that the track was open under the rules in force, and that everybody
 * who was still there had joined, when, and with the claim they had in the end. In order; nothing for a track that was closed.
 *
 * @param tree the one the log begins with.
 */
export function* factsAtOpening(tree: RelayTree): IterableIterator<RecordedTopologyEvent> {
  const { settings } = tree;
  if (settings === null) return;
  const [earliest] = tree.peers();
  const openedAt = earliest?.joinedAt ?? tree.recordedAt;
  const position = earliest === undefined ? tree.position : earliest.number - 1;
  yield { type: 'TrackOpened', version: 1, position, recordedAt: openedAt, settings };
  for (const { number: peer, joinedAt, claim: capacity, identity } of tree.peers())
    yield { type: 'PeerJoined', version: 1, position: peer, recordedAt: joinedAt, peer, capacity, identity };
}

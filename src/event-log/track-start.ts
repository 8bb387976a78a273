import { RelayTree } from '../domain/relay-tree.js';
import { restoreTree } from '../domain/restore-tree.js';
import type { Position } from '../domain/ids.js';
import type { EventLogReader, ReplayStart } from './event-log.js';
import { HistoryUnavailableError } from './event-log-errors.js';
import { decodeLiveness } from './liveness-codec.js';

/**
 * What a replay of a whole track begins with: the empty tree, or that which was kept when the track's first events were removed. Fold what
 * comes behind its `position` onto it. Each call gives a tree of its own.
 *
 * @throws HistoryUnavailableError when the first events are gone and no state was kept, as when somebody deleted a file by hand.
 */
export function firstTree(reader: EventLogReader, track: string): RelayTree {
  return startAtOpening(reader, track, Infinity)?.tree() ?? new RelayTree();
}

/**
 * Where a replay up to `position` may begin when no snapshot is nearer; null when that is the first event.
 *
 * @throws HistoryUnavailableError for a position that was removed.
 */
export function startAtOpening(
  reader: Pick<EventLogReader, 'opening' | 'identity'>,
  track: string,
  position: Position,
): ReplayStart | null {
  const opening = reader.opening(track);
  if (opening === null) return null;
  const { position: begun, recordedAt, state, liveness } = opening;
  if (position < begun) throw new HistoryUnavailableError(track, position, begun - 1);
  const identityOf = (peer: number): ReturnType<EventLogReader['identity']> => reader.identity(track, peer);
  return {
    position: begun,
    tree: () => restoreTree(state, { position: begun, recordedAt, identityOf }),
    liveness: () => decodeLiveness(liveness),
  };
}

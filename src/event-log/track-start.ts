import { Liveness } from '../domain/liveness.js';
import { RelayTree } from '../domain/relay-tree.js';
import { restoreTree } from '../domain/restore-tree.js';
import type { EventLogReader } from './event-log.js';
import { decodeLiveness } from './liveness-codec.js';

/** What a replay of a track begins with. */
export interface TrackStart {
  /** Its `position` is the last one that is not replayed: 0 for a track that is whole. */
  readonly tree: RelayTree;
  readonly liveness: Liveness;
}

/**
 * Where every replay of a track begins when no snapshot is nearer: nothing at all, or the state that was kept when its first events were
 * removed. Fold what comes behind `tree.position` onto it. Each call gives a tree of its own.
 *
 * @throws HistoryUnavailableError when the first events are gone and no state was kept, as when somebody deleted a file by hand.
 */
export function startOf(reader: EventLogReader, track: string): TrackStart {
  const opening = reader.opening(track);
  if (opening === null) return { tree: new RelayTree(), liveness: new Liveness() };
  const { position, recordedAt, state, liveness } = opening;
  const identityOf = (peer: number): ReturnType<EventLogReader['identity']> => reader.identity(track, peer);
  return { tree: restoreTree(state, { position, recordedAt, identityOf }), liveness: decodeLiveness(liveness) };
}

import { Liveness } from '../domain/liveness.js';
import { RelayTree } from '../domain/relay-tree.js';

/** Both folds of a track's log at one position: what a snapshot keeps, and what a service goes on from. */
export interface TrackState {
  readonly tree: RelayTree;
  readonly liveness: Liveness;
}

/** Before the first event. */
export function emptyState(): TrackState {
  return { tree: new RelayTree(), liveness: new Liveness() };
}

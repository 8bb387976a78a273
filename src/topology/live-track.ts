import { PolicyUnavailableError } from '../domain/errors.js';
import { findPolicy } from '../domain/policies/registry.js';
import type { Position } from '../domain/ids.js';
import { Liveness } from '../domain/liveness.js';
import { RelayTree } from '../domain/relay-tree.js';
import type { TrackState } from '../event-log/track-state.js';

/** One track in memory: its tree and who was heard when. Belongs to the writer; others read it between commits. */
export interface LiveTrack {
  readonly name: string;
  readonly tree: RelayTree;
  readonly liveness: Liveness;
  /** When the last peer went, service time; null while there are peers. */
  emptySince: number | null;
}

/** A track without peers whose log ends at `position`. */
export function emptyTrack(name: string, position: Position, recordedAt: number): LiveTrack {
  const tree = new RelayTree();
  tree.position = position;
  tree.recordedAt = recordedAt;
  return { name, tree, liveness: new Liveness(), emptySince: recordedAt };
}

/**
 * A track as it was rebuilt from its log, ready for commands: the first one must not wait until names are indexed.
 *
 * @throws CorruptLogError when no decision could be taken in it.
 */
export function restoredTrack(name: string, { tree, liveness }: TrackState): LiveTrack {
  refuseUnknownPolicy(tree);
  tree.indexNames();
  return { name, tree, liveness, emptySince: tree.size === 0 ? tree.recordedAt : null };
}

/** No decision could be taken in such a track; found out now, it stops this track alone. */
function refuseUnknownPolicy({ settings, position }: RelayTree): void {
  if (settings === null || findPolicy(settings.policy, settings.policyVersion) !== null) return;
  const { policy, policyVersion } = settings;
  throw new PolicyUnavailableError(position, policy, policyVersion);
}

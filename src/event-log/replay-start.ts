import type { PeerIdentity } from '../domain/events.js';
import type { PeerNumber, Position } from '../domain/ids.js';
import type { ReplayStart } from './event-log.js';
import type { Snapshot, SnapshotFault } from './snapshot-codec.js';

/** Where snapshots come from. */
export interface SnapshotSource {
  /** Positions with a snapshot of the track, ascending; usable or not. */
  positions(track: string): Position[];
  /** Null when it is gone. */
  read(track: string, position: Position): Snapshot | SnapshotFault | null;
}

/** What of the log itself a snapshot needs to be believed and built up. */
export interface SnapshotGround {
  /** Hash (hex) of the commit that ends at the position; null when none ends there. */
  commitHash(track: string, position: Position): string | null;
  /** Names of these peers, in their order; null for a peer that was forgotten. */
  identities(track: string, peers: ArrayLike<PeerNumber>): readonly (PeerIdentity | null)[];
}

/**
 * The newest snapshot at `position` or before that can be used: its bytes are whole, this version of the folds wrote it, and the log
 * passes through the very commit it was taken at. One that fails is passed over; older ones, or the log alone, give the same answer.
 */
export function nearestSnapshot(
  snapshots: SnapshotSource,
  ground: SnapshotGround,
  track: string,
  position: Position,
): Snapshot | null {
  for (const at of snapshots.positions(track).reverse()) {
    if (at > position) continue;
    const snapshot = snapshots.read(track, at);
    if (snapshot === null || typeof snapshot === 'string') continue;
    if (ground.commitHash(track, at) === snapshot.place.chainHash) return snapshot;
  }
  return null;
}

/** What a replay begins with that begins at a snapshot. */
export function startAtSnapshot(snapshot: Snapshot, ground: SnapshotGround): ReplayStart {
  return {
    position: snapshot.place.position,
    tree: () => snapshot.tree(namesOf(snapshot, ground)),
    liveness: () => snapshot.liveness(),
  };
}

/** Names of the peers of a snapshot, in their order. */
export function namesOf(snapshot: Snapshot, ground: SnapshotGround): readonly (PeerIdentity | null)[] {
  return snapshot.names ?? ground.identities(snapshot.place.track, snapshot.peers);
}

/** State hashes that the usable snapshots of a track claim, by position. Reads all of them. */
export function claimedHashes(files: SnapshotSource, ground: SnapshotGround, track: string): Map<Position, string> {
  const claimed = new Map<Position, string>();
  for (const at of files.positions(track)) {
    const snapshot = files.read(track, at);
    if (snapshot === null || typeof snapshot === 'string') continue;
    if (ground.commitHash(track, at) === snapshot.place.chainHash) claimed.set(at, snapshot.stateHash);
  }
  return claimed;
}

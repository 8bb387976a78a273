import type { PeerIdentity } from '../domain/events.js';
import type { PeerNumber, Position } from '../domain/ids.js';
import type { ReplayStart } from './event-log.js';
import type { Snapshot } from './snapshot-codec.js';
import type { SnapshotFiles } from './snapshot-files.js';

/** What of the log itself a snapshot needs to be believed and built up. */
export interface SnapshotGround {
  /** Hash (hex) of the commit that ends at the position; null when none ends there. */
  commitHash(track: string, position: Position): string | null;
  /** Names of these peers; a peer that was forgotten is missing. */
  identities(track: string, peers: Iterable<PeerNumber>): ReadonlyMap<PeerNumber, PeerIdentity>;
}

/**
 * The newest snapshot at `position` or before that can be used: its bytes are whole, this version of the folds wrote it, and the log
 * passes through the very commit it was taken at. One that fails is passed over; older ones, or the log alone, give the same answer.
 */
export function replayStartIn(
  files: SnapshotFiles,
  ground: SnapshotGround,
  track: string,
  position: Position,
): ReplayStart | null {
  for (const at of files.positions(track).reverse()) {
    if (at > position) continue;
    const snapshot = files.read(track, at);
    if (snapshot === null || typeof snapshot === 'string') continue;
    if (ground.commitHash(track, at) === snapshot.place.chainHash) return startOf(snapshot, ground);
  }
  return null;
}

/** State hashes that the usable snapshots of a track claim, by position. Reads all of them. */
export function claimedHashes(files: SnapshotFiles, ground: SnapshotGround, track: string): Map<Position, string> {
  const claimed = new Map<Position, string>();
  for (const at of files.positions(track)) {
    const snapshot = files.read(track, at);
    if (snapshot === null || typeof snapshot === 'string') continue;
    if (ground.commitHash(track, at) === snapshot.place.chainHash) claimed.set(at, snapshot.stateHash);
  }
  return claimed;
}

function startOf(snapshot: Snapshot, ground: SnapshotGround): ReplayStart {
  const { track, position } = snapshot.place;
  return {
    position,
    tree: (use) => snapshot.tree(ground.identities(track, snapshot.peers), use),
    liveness: () => snapshot.liveness(),
  };
}

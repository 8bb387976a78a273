import type { Position } from '../domain/ids.js';
import type { EventLogReader } from './event-log.js';
import type { SnapshotGround } from './replay-start.js';
import { encodeSnapshot } from './snapshot-codec.js';
import type { SnapshotFiles } from './snapshot-files.js';
import { nearestStart, stateAt } from './state-at.js';

/** Where a snapshot is taken: at the head of a track, or where the newest segment of the log begins for it. */
export type SnapshotMoment = 'head' | 'cut';

/** A snapshot that is in its place. */
export interface TakenSnapshot {
  readonly track: string;
  readonly position: Position;
  readonly bytes: number;
}

/**
 * Keeps the state of a track at `position`, where a commit must end; by default at its head. It folds from the snapshot before, and
 * takes nothing where there is one already.
 *
 * @returns null when there is nothing to take: no such track, no commit that ends there, or a snapshot that is as new.
 * @throws CorruptLogError when the log cannot be folded; what the file system throws when there is no room.
 */
export function takeSnapshot(
  reader: EventLogReader & SnapshotGround,
  files: SnapshotFiles,
  track: string,
  position = reader.head(track)?.position ?? 0,
): TakenSnapshot | null {
  // Snapshots behind the position stay: they are of the same history, up to the head.
  const head = reader.head(track)?.position ?? 0;
  const chainHash = reader.commitHash(track, position);
  if (chainHash === null) return null;
  const start = nearestStart(reader, track, position);
  if (start?.position === position) return null;
  const state = stateAt(reader, track, position, start);
  const bytes = encodeSnapshot({ track, position, chainHash }, state);
  files.write(track, position, bytes, head);
  return { track, position, bytes: bytes.length };
}

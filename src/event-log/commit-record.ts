import { CorruptLogError } from '../domain/errors.js';
import type { Position } from '../domain/ids.js';
import { type HeadRow, hexOf } from './head-row.js';
import type { SegmentReader } from './segment-reader.js';
import type { TrackCommitRow } from './stored-cells.js';
import { beginningIn, partsOf } from './track-parts.js';

/** What one commit added to one track, for followers of the whole log. */
export interface CommitRecord {
  /** Ascending over all tracks, without gaps: a follower remembers one number. */
  readonly sequence: number;
  readonly track: string;
  readonly firstPosition: Position;
  readonly lastPosition: Position;
  /** Of its last event, epoch milliseconds. */
  readonly recordedAt: number;
  /** Whether the track is open after it. */
  readonly open: boolean;
  /** Hex. */
  readonly hash: string;
}

/** Commits of all tracks behind `sequence`, at most `limit`, over all segments. @throws CorruptLogError for a track without a name. */
export function commitsAfter(segments: readonly SegmentReader[], sequence: number, limit: number): CommitRecord[] {
  const found: CommitRecord[] = [];
  for (const [index, segment] of segments.entries()) {
    const next = segments[index + 1]?.start()?.lastSequence ?? Infinity;
    if (next <= sequence) continue;
    found.push(...segment.commitsAfter(sequence, limit - found.length).map(commitRecordOf));
    if (found.length >= limit) break;
  }
  return found;
}

/** The last commit over all tracks; null when there is none. @throws CorruptLogError for a track without a name. */
export function lastCommit(segments: readonly SegmentReader[]): CommitRecord | null {
  const last = segments.findLast((segment) => segment.lastCommit() !== null);
  const commit = last?.lastCommit() ?? null;
  return commit === null ? null : commitRecordOf(commit);
}

/**
 * Hash (hex) of the commit of a track that ends at a position; null when none ends there.
 *
 * @param head of the track, from the last of `segments`.
 */
export function hashOfCommit(segments: readonly SegmentReader[], head: HeadRow, position: Position): string | null {
  if (position < 1 || position > head.position) return null;
  for (const segment of [segments.at(-1), segments[0]]) {
    const opening = segment?.opening(head.trackId);
    if (opening?.position === position) return hexOf(opening.hash);
  }
  const first = beginningIn(segments[0], head.trackId);
  const [part] = position <= first ? [] : partsOf(segments, head, position - 1, position);
  const commit = part?.segment.commitAtOrBefore(head.trackId, position) ?? null;
  return commit?.lastPosition === position ? hexOf(commit.hash) : null;
}

function commitRecordOf(commit: TrackCommitRow): CommitRecord {
  const { sequence, track, firstPosition, lastPosition, recordedAt, open, hash } = commit;
  if (track === null)
    throw new CorruptLogError(firstPosition, `track ${String(commit.trackId)} has lost its name`, null);
  return { sequence, track, firstPosition, lastPosition, recordedAt, open, hash: hexOf(hash) };
}

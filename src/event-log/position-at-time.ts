import type { Position } from '../domain/ids.js';
import { HistoryUnavailableError } from './event-log-errors.js';
import type { HeadRow } from './head-row.js';
import { decodePulseBlock } from './pulse-codec.js';
import type { SegmentReader } from './segment-reader.js';
import type { CommitRow } from './stored-cells.js';
import { eventRowsOf, storedInOrder } from './stored-rows.js';

/**
 * Last position of a track recorded at `timeMs` or before; 0 before the first. Segments and then commits are bisected, because
 * `recorded_at` never goes back; then the one commit that straddles the moment is looked into.
 *
 * @throws HistoryUnavailableError for a moment in a segment that was removed.
 */
export function positionAtTime(segments: readonly SegmentReader[], head: HeadRow, timeMs: number): Position {
  if (head.recordedAt <= timeMs) return head.position;
  const index = segmentAtTime(segments, head.trackId, timeMs);
  const segment = segments[Math.max(0, index)];
  if (segment === undefined) return 0;
  const opening = segment.opening(head.trackId);
  if (index < 0 && opening !== null) throw new HistoryUnavailableError(head.track, 1, opening.position);
  const end = segments[index + 1]?.opening(head.trackId) ?? head;
  return positionInSegment(segment, opening?.position ?? 0, end, timeMs);
}

/** @returns the index of the last segment that begins at the moment or before; -1 when all begin later. */
function segmentAtTime(segments: readonly SegmentReader[], trackId: number, timeMs: number): number {
  let lowest = 0;
  let highest = segments.length - 1;
  while (lowest <= highest) {
    const middle = Math.floor((lowest + highest) / 2);
    if ((segments[middle]?.opening(trackId)?.recordedAt ?? 0) <= timeMs) lowest = middle + 1;
    else highest = middle - 1;
  }
  return highest;
}

function positionInSegment(segment: SegmentReader, after: Position, end: HeadRow, timeMs: number): Position {
  const straddling = firstCommitAfter(segment, after, end, timeMs);
  if (straddling === null) return end.position;
  let position = straddling.firstPosition - 1;
  const range = { trackId: end.trackId, after: position, until: straddling.lastPosition };
  for (const item of storedInOrder(segment, eventRowsOf(segment, range), range)) {
    if (item.kind === 'row') {
      if (item.row.recordedAt > timeMs) return position;
      position = item.row.position;
      continue;
    }
    if (item.block.firstRecordedAt > timeMs) return position;
    const later = decodePulseBlock(item.block).recordedAt.findIndex((recordedAt) => recordedAt > timeMs);
    if (later >= 0) return item.firstPosition + later - 1;
    position = item.firstPosition + item.block.count - 1;
  }
  return position;
}

/** The first commit behind `after` whose last event was recorded after `timeMs`. */
function firstCommitAfter(segment: SegmentReader, after: Position, end: HeadRow, timeMs: number): CommitRow | null {
  let found: CommitRow | null = null;
  let lowest = after + 1;
  let highest = end.position;
  while (lowest <= highest) {
    const middle = Math.floor((lowest + highest) / 2);
    const commit = segment.commitAtOrBefore(end.trackId, middle);
    if (commit === null) return found;
    if (commit.recordedAt > timeMs) {
      found = commit;
      highest = commit.firstPosition - 1;
    } else {
      lowest = Math.max(middle, commit.lastPosition) + 1;
    }
  }
  return found;
}

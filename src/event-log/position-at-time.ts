import type { Position } from '../domain/ids.js';
import type { HeadRow } from './head-row.js';
import { decodePulseBlock } from './pulse-codec.js';
import type { SegmentReader } from './segment-reader.js';
import type { CommitRow } from './stored-cells.js';
import { storedInOrder } from './stored-rows.js';

/**
 * Last position of a track recorded at `timeMs` or before; 0 before the first. Commits are bisected, because
 * `recorded_at` never goes back; then the one commit that straddles the moment is looked into.
 */
export function positionAtTime(segment: SegmentReader, head: HeadRow, timeMs: number): Position {
  if (head.recordedAt <= timeMs) return head.position;
  const straddling = firstCommitAfter(segment, head, timeMs);
  if (straddling === null) return head.position;
  let position = straddling.firstPosition - 1;
  const range = { trackId: head.trackId, after: position, until: straddling.lastPosition };
  for (const item of storedInOrder(segment, (page) => segment.eventRows(page), range)) {
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

/** The first commit whose last event was recorded after `timeMs`. */
function firstCommitAfter(segment: SegmentReader, head: HeadRow, timeMs: number): CommitRow | null {
  let found: CommitRow | null = null;
  let lowest = 1;
  let highest = head.position;
  while (lowest <= highest) {
    const middle = Math.floor((lowest + highest) / 2);
    const commit = segment.commitAtOrBefore(head.trackId, middle);
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

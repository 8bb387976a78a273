import { CorruptLogError } from '../domain/errors.js';
import type { Position } from '../domain/ids.js';
import { hexOf, type HeadRow } from './head-row.js';
import type { SegmentReader } from './segment-reader.js';
import { beginningIn, partsOf } from './track-parts.js';

/** A head that was copied elsewhere. Hash in hex. */
export interface ExpectedHead {
  readonly position: Position;
  readonly hash: string;
}

/** Rows before the first position or behind the head belong to no commit, so the walk has not met them. */
export function refuseStrays(segment: SegmentReader, head: HeadRow): void {
  const ends = segment.ends(head.trackId);
  const before = beginningIn(segment, head.trackId);
  for (const table of ['commit', 'topology_event', 'pulse_block', 'peer_name'] as const) {
    const first = ends[`first_${table}`];
    const last = ends[table];
    if (first !== null && first <= before) throw new CorruptLogError(first, `a row of ${table} stands before the log`);
    if (last !== null && last > (ends.head ?? 0))
      throw new CorruptLogError(last, `a row of ${table} stands behind the head`);
  }
}

/** The chain must pass through a head that was seen before. @throws HistoryUnavailableError when that stood in a removed segment. */
export function refuseOtherHead(
  segments: readonly SegmentReader[],
  head: HeadRow,
  expected: ExpectedHead | undefined,
): void {
  if (expected === undefined) return;
  const { position, hash } = expected;
  if (head.position < position) {
    throw new CorruptLogError(head.position + 1, `the log was cut: a head was seen at ${String(position)}`);
  }
  const [part] = partsOf(segments, head, position - 1, position);
  const commit = part?.segment.commitAtOrBefore(head.trackId, position) ?? null;
  if (commit === null || commit.lastPosition !== position || hexOf(commit.hash) !== hash) {
    throw new CorruptLogError(position, 'the log was rewritten: another head was seen here');
  }
}

import { CorruptLogError } from '../domain/errors.js';
import type { Position } from '../domain/ids.js';
import { hexOf, type HeadRow } from './head-row.js';
import { ENDS_OF_TRACK } from './log-queries.js';
import type { SegmentReader } from './segment-reader.js';
import { beginningIn, partsOf } from './track-parts.js';

/** A head that was copied elsewhere. Hash in hex. */
export interface ExpectedHead {
  readonly position: Position;
  readonly hash: string;
}

interface EndsOfTrack {
  readonly head: number;
  readonly commit: number | null;
  readonly topology_event: number | null;
  readonly pulse_block: number | null;
  readonly peer_name: number | null;
  readonly first_commit: number | null;
  readonly first_topology_event: number | null;
  readonly first_pulse_block: number | null;
  readonly first_peer_name: number | null;
}

/** Rows before the first position or behind the head belong to no commit, so the walk has not met them. */
export function refuseStrays(segment: SegmentReader, head: HeadRow): void {
  const ends = segment.read(() =>
    segment.database.prepare<[{ track_id: number }], EndsOfTrack>(ENDS_OF_TRACK).get({ track_id: head.trackId }),
  );
  if (ends === undefined) throw new CorruptLogError(head.position, 'the head is gone');
  const before = beginningIn(segment, head.trackId);
  for (const table of ['commit', 'topology_event', 'pulse_block', 'peer_name'] as const) {
    const first = ends[`first_${table}`];
    const last = ends[table];
    if (first !== null && first <= before) throw new CorruptLogError(first, `a row of ${table} stands before the log`);
    if (last !== null && last > ends.head) throw new CorruptLogError(last, `a row of ${table} stands behind the head`);
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

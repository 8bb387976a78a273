import { basename } from 'node:path';
import { CorruptLogError } from '../domain/errors.js';
import type { Position } from '../domain/ids.js';
import { adopt, adoptHead, beginningOf, type Walk, walkCommits } from './chain-walk.js';
import { DamagedLogFileError } from './event-log-errors.js';
import { hexOf, sameBytes, type HeadRow } from './head-row.js';
import { SegmentNames } from './log-names.js';
import type { SegmentReader, SegmentedLog } from './segment-reader.js';
import { partsOf } from './track-parts.js';
import { refuseOtherHead, refuseStrays, type ExpectedHead } from './verify-ends.js';

export interface VerifyOptions {
  /** Trust the log up to here, for instance up to a snapshot; verification begins with the commit that holds the next position. Default 0: all. */
  readonly fromPosition?: Position;
  /** Heads that were copied elsewhere; the log must still pass through each. Hash in hex. */
  readonly expectHead?: ExpectedHead | readonly ExpectedHead[];
  /** Called with the last verified position, about every thousand commits. */
  readonly onProgress?: (position: Position) => void;
}

/** The first fault of a track, or what was proven. */
export type ChainReport =
  | {
      readonly ok: true;
      readonly track: string;
      /** Of the head. */
      readonly position: Position;
      readonly hash: string;
      readonly commits: number;
      readonly events: number;
    }
  | {
      readonly ok: false;
      readonly track: string;
      /** The first position that is not proven. */
      readonly position: Position;
      readonly fault: string;
      /** Last position that the chain proves. */
      readonly lastGoodPosition: Position;
    };

/**
 * Proves a track: positions without gaps over rows and blocks, times that never go back, every row decodable, every
 * hash of the chain, every name against its digest, and the head. Never throws for what it finds in the log.
 */
export function verifyChain(reader: SegmentedLog, track: string, options: VerifyOptions = {}): ChainReport {
  const { segments } = reader;
  const live = segments.at(-1);
  if (live === undefined) throw new Error('a log has at least one segment');
  const walk = beginningOf(track);
  const proven = { commits: 0, events: 0 };
  return reporting(track, walk, () => {
    const head = headOf(live, track);
    const after = beginWalk(segments, head, options.fromPosition ?? 0, walk);
    for (const part of partsOf(segments, head, after)) {
      const next = segments[segments.indexOf(part.segment) + 1];
      const end = next?.opening(head.trackId) ?? head;
      refuseOtherOpening(part.segment, head, walk);
      const names = new SegmentNames(part.segment, () => reader.names);
      const found = walkCommits(names, part.segment, end, walk, options.onProgress);
      proven.commits += found.commits;
      proven.events += found.events;
      refuseStrays(part.segment, end);
    }
    refuseUnreached(head, walk);
    refuseStrays(live, head);
    if ((options.fromPosition ?? 0) === 0) refuseUnrecordedGap(segments, head, walk);
    for (const expected of [options.expectHead ?? []].flat()) refuseOtherHead(segments, head, expected);
    return proven;
  });
}

/** `verifyChain` for what one file holds of a track, for a file that stands alone. */
export function verifySegmentChain(segment: SegmentReader, track: string): ChainReport {
  const walk = beginningOf(track);
  return reporting(track, walk, () => {
    const head = headOf(segment, track);
    beginWalk([segment], head, 0, walk);
    return walkCommits(new SegmentNames(segment, () => null), segment, head, walk);
  });
}

function reporting(track: string, walk: Walk, prove: () => { commits: number; events: number }): ChainReport {
  try {
    const proven = prove();
    return { ok: true, track, position: walk.position, hash: hexOf(walk.hash), ...proven };
  } catch (error) {
    const lastGoodPosition = walk.position;
    if (error instanceof CorruptLogError) {
      return { ok: false, track, position: error.position, fault: error.fault, lastGoodPosition };
    }
    if (error instanceof DamagedLogFileError) {
      return { ok: false, track, position: walk.position + 1, fault: error.message, lastGoodPosition };
    }
    throw error;
  }
}

function headOf(segment: SegmentReader, track: string): HeadRow {
  const head = segment.head(track);
  if (head !== null) return head;
  const fault = segment.trackId(track) === null ? 'the log has no such track' : 'the row of track_head is missing';
  throw new CorruptLogError(1, fault);
}

/**
 * Takes for granted what the walk does not prove: the heads with which the first segment begins, and what the caller trusts.
 *
 * @returns the position behind which the walk begins.
 */
function beginWalk(segments: readonly SegmentReader[], head: HeadRow, fromPosition: Position, walk: Walk): Position {
  const opening = segments[0]?.opening(head.trackId) ?? null;
  if (opening !== null) adoptHead(walk, opening);
  if (fromPosition <= walk.position) return walk.position;
  const part = [...partsOf(segments, head, Math.min(fromPosition, head.position - 1))][0];
  if (part === undefined) return walk.position;
  const { segment, trackId } = part;
  const begun = segment.commitAtOrBefore(trackId, fromPosition + 1);
  const before =
    begun === null || begun.lastPosition <= fromPosition
      ? begun
      : segment.commitAtOrBefore(trackId, begun.firstPosition - 1);
  const segmentOpening = segment.opening(trackId);
  if (before !== null) adopt(walk, before);
  else if (segmentOpening !== null) adoptHead(walk, segmentOpening);
  return walk.position;
}

/** A segment must begin with the head that the one before ended with. */
function refuseOtherOpening(segment: SegmentReader, head: HeadRow, walk: Walk): void {
  const opening = segment.opening(head.trackId);
  if (opening === null || opening.position !== walk.position) return;
  const isSame =
    sameBytes(opening.hash, walk.hash) && opening.recordedAt === walk.recordedAt && opening.open === walk.open;
  if (!isSame)
    throw new CorruptLogError(
      walk.position,
      `${basename(segment.file)} does not begin with the head of the segment before`,
    );
}

/** Only a recorded act of an operator may have removed what stood before the first segment. */
function refuseUnrecordedGap(segments: readonly SegmentReader[], { trackId }: HeadRow, walk: Walk): void {
  const opening = segments[0]?.opening(trackId) ?? null;
  if (opening === null || walk.retained.has(`${String(opening.position)} ${hexOf(opening.hash)}`)) return;
  const gone = String(opening.position);
  throw new CorruptLogError(1, `positions 1 to ${gone} are gone, and no RetentionApplied says that they were removed`);
}

function refuseUnreached(head: HeadRow, walk: Walk): void {
  if (walk.position < head.position)
    throw new CorruptLogError(walk.position + 1, `the log was cut: its head is at ${String(head.position)}`);
  if (!sameBytes(walk.hash, head.hash)) throw new CorruptLogError(head.position, 'the hash of the head is wrong');
}

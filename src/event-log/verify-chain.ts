import { basename } from 'node:path';
import { CorruptLogError } from '../domain/errors.js';
import type { Position } from '../domain/ids.js';
import { ByteWriter } from './byte-writer.js';
import { writeCanonicalBlock, writeCanonicalRow } from './canonical-bytes.js';
import { CHAIN_CODEC, beginCommitHash, genesisHash, nameDigest } from './chain.js';
import { DamagedLogFileError } from './event-log-errors.js';
import { hexOf, sameBytes, type HeadRow } from './head-row.js';
import { writeName } from './name-codec.js';
import { SegmentNames } from './log-names.js';
import { Peekable } from './peekable.js';
import { decodePulseBlock } from './pulse-codec.js';
import type { SegmentReader, SegmentedLog } from './segment-reader.js';
import type { CommitRow, NameRow } from './stored-cells.js';
import { commits, names, storedInOrder, type Stored } from './stored-rows.js';
import { eventOfRow } from './topology-event-row.js';
import type { TopologyRow } from './topology-row.js';
import { partsOf } from './track-parts.js';
import { UPCASTERS, upcast } from './upcasters.js';
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

const COMMITS_BETWEEN_PROGRESS = 1_000;

/**
 * Proves a track: positions without gaps over rows and blocks, times that never go back, every row decodable, every
 * hash of the chain, every name against its digest, and the head. Never throws for what it finds in the log.
 */
export function verifyChain(reader: SegmentedLog, track: string, options: VerifyOptions = {}): ChainReport {
  const { segments, names: apart } = reader;
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
      const found = walkCommits(new SegmentNames(part.segment, apart), part.segment, end, walk, options.onProgress);
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
    return walkCommits(new SegmentNames(segment, null), segment, head, walk);
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

/** Before the first commit nothing is proven. */
function beginningOf(track: string): Walk {
  return { position: 0, recordedAt: 0, sequence: 0, hash: genesisHash(track), open: false, retained: new Set() };
}

/** What the commits so far have proven. */
interface Walk {
  position: Position;
  recordedAt: number;
  sequence: number;
  hash: Uint8Array;
  open: boolean;
  /** Links on which the log says the rest hangs since its beginning was removed: `position hash`. */
  readonly retained: Set<string>;
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

function adoptHead(walk: Walk, head: HeadRow): void {
  walk.position = head.position;
  walk.recordedAt = head.recordedAt;
  walk.hash = head.hash;
  walk.open = head.open;
}

function adopt(walk: Walk, commit: CommitRow): void {
  walk.position = commit.lastPosition;
  walk.recordedAt = commit.recordedAt;
  walk.sequence = commit.sequence;
  walk.hash = commit.hash;
  walk.open = commit.open;
}

/** Proves what a segment holds of a track, behind `walk`, up to `head`: the track's head, or that with which the next segment begins. */
function walkCommits(
  segmentNames: SegmentNames,
  segment: SegmentReader,
  head: HeadRow,
  walk: Walk,
  onProgress?: VerifyOptions['onProgress'],
): { commits: number; events: number } {
  const { trackId } = head;
  const startedAt = walk.position;
  const range = { trackId, after: startedAt, until: head.position };
  const stored = new Peekable(storedInOrder(segment, (page) => segment.topologyRows(page), range));
  const stillNamed = new Peekable(names((page) => segmentNames.names(page), range));
  const scratch = new ByteWriter(64 * 1024);
  let count = 0;
  for (const commit of commits(segment, trackId, startedAt)) {
    // A live log grows while it is verified; what came after the head was read is for the next time.
    if (commit.firstPosition > head.position) break;
    refuseMisplaced(commit, walk);
    const hash = beginCommitHash(walk.hash, head.track, commit);
    let position = walk.position;
    while (position < commit.lastPosition) {
      const item = stored.take();
      if (item === undefined) throw new CorruptLogError(position + 1, 'the event is missing');
      position = checkItem(item, position, walk, stillNamed);
      scratch.reset();
      if (item.kind === 'row') writeCanonicalRow(scratch, item.row);
      else writeCanonicalBlock(scratch, item.block);
      hash.update(scratch.finish());
    }
    refuseAltered(commit, walk, position, hash.digest());
    adopt(walk, commit);
    count += 1;
    if (count % COMMITS_BETWEEN_PROGRESS === 0) onProgress?.(walk.position);
  }
  refuseEnd(head, walk, stillNamed);
  return { commits: count, events: walk.position - startedAt };
}

function refuseMisplaced(commit: CommitRow, walk: Walk): void {
  const expected = walk.position + 1;
  if (commit.firstPosition !== expected) {
    throw new CorruptLogError(expected, `the commit is missing; the next begins at ${String(commit.firstPosition)}`);
  }
  if (commit.lastPosition < expected) throw new CorruptLogError(expected, 'the commit ends before it begins');
  if (commit.sequence <= walk.sequence) throw new CorruptLogError(expected, 'the sequence of the commit goes back');
  if (commit.codec !== CHAIN_CODEC) {
    throw new CorruptLogError(expected, `codec ${String(commit.codec)} of the commit is unknown`);
  }
}

/** @returns the last position of the item. */
function checkItem(item: Stored, position: Position, walk: Walk, stillNamed: Peekable<NameRow>): Position {
  if (item.firstPosition > position + 1) throw new CorruptLogError(position + 1, 'the event is missing');
  if (item.firstPosition <= position) throw new CorruptLogError(item.firstPosition, 'two events stand at one position');
  if (item.kind === 'row') {
    const { row } = item;
    const event = eventOfRow(upcast(row, UPCASTERS), null);
    if (event.type === 'RetentionApplied') walk.retained.add(`${String(event.throughPosition)} ${event.chainHash}`);
    refuseEarlier(walk, row.recordedAt, row.position);
    refuseAlteredName(row, stillNamed);
    return row.position;
  }
  const { block } = item;
  decodePulseBlock(block);
  refuseEarlier(walk, block.firstRecordedAt, block.firstPosition);
  walk.recordedAt = block.lastRecordedAt;
  return block.firstPosition + block.count - 1;
}

function refuseEarlier(walk: Walk, recordedAt: number, position: Position): void {
  if (recordedAt < walk.recordedAt) throw new CorruptLogError(position, 'recorded_at goes back');
  walk.recordedAt = recordedAt;
}

/** A digest without a name is an erased name, and right; a name without a digest, or with another, is not. */
function refuseAlteredName(row: TopologyRow, stillNamed: Peekable<NameRow>): void {
  const name = stillNamed.peek();
  if (name === undefined || name.peer > row.position) return;
  if (name.peer < row.position || row.nameDigest === null) throw strayName(name);
  stillNamed.take();
  const salted = new ByteWriter(256);
  writeName(salted, name.salt, name);
  if (!sameBytes(nameDigest(salted.finish()), row.nameDigest)) {
    throw new CorruptLogError(row.position, 'the name was edited');
  }
}

function strayName(name: NameRow): CorruptLogError {
  return new CorruptLogError(name.peer, 'the name belongs to no PeerJoined');
}

function refuseAltered(commit: CommitRow, walk: Walk, position: Position, hash: Uint8Array): void {
  if (position !== commit.lastPosition) {
    throw new CorruptLogError(commit.lastPosition, `an event reaches beyond its commit, to ${String(position)}`);
  }
  if (!sameBytes(hash, commit.hash)) {
    const range = `${String(commit.firstPosition)}..${String(commit.lastPosition)}`;
    throw new CorruptLogError(commit.firstPosition, `the hash of the commit over positions ${range} is wrong`);
  }
  if (walk.recordedAt !== commit.recordedAt) {
    throw new CorruptLogError(commit.lastPosition, 'recorded_at of the commit is not that of its last event');
  }
}

function refuseEnd(head: HeadRow, walk: Walk, stillNamed: Peekable<NameRow>): void {
  if (walk.position < head.position) {
    throw new CorruptLogError(walk.position + 1, `the log was cut: its head is at ${String(head.position)}`);
  }
  if (walk.position > head.position) throw new CorruptLogError(head.position, 'the head is behind the last commit');
  if (!sameBytes(walk.hash, head.hash)) throw new CorruptLogError(head.position, 'the hash of the head is wrong');
  if (walk.recordedAt !== head.recordedAt) throw new CorruptLogError(head.position, 'recorded_at of the head is wrong');
  if (walk.open !== head.open) throw new CorruptLogError(head.position, 'open of the head is wrong');
  const stray = stillNamed.peek();
  if (stray !== undefined) throw strayName(stray);
}

import { CorruptLogError } from '../domain/errors.js';
import type { Position } from '../domain/ids.js';
import { ByteWriter } from './byte-writer.js';
import { writeCanonicalBlock, writeCanonicalRow } from './canonical-bytes.js';
import { CHAIN_CODEC, beginCommitHash, genesisHash, nameDigest } from './chain.js';
import { sameBytes, type HeadRow } from './head-row.js';
import type { SegmentNames } from './log-names.js';
import { writeName } from './name-codec.js';
import { Peekable } from './peekable.js';
import { decodePulseBlock } from './pulse-codec.js';
import type { SegmentReader } from './segment-reader.js';
import type { CommitRow, NameRow } from './stored-cells.js';
import { commits, names, storedInOrder, topologyPages, type Stored } from './stored-rows.js';
import { eventOfRow } from './topology-event-row.js';
import type { TopologyRow } from './topology-row.js';
import { UPCASTERS, upcast } from './upcasters.js';

const COMMITS_BETWEEN_PROGRESS = 1_000;

/** What the commits so far have proven. */
export interface Walk {
  position: Position;
  recordedAt: number;
  sequence: number;
  hash: Uint8Array;
  open: boolean;
  /** Links on which the log says the rest hangs since its beginning was removed: `position hash`. */
  readonly retained: Set<string>;
}

/** Before the first commit nothing is proven. */
export function beginningOf(track: string): Walk {
  return { position: 0, recordedAt: 0, sequence: 0, hash: genesisHash(track), open: false, retained: new Set() };
}

/** Takes a head for proven. */
export function adoptHead(walk: Walk, head: HeadRow): void {
  walk.position = head.position;
  walk.recordedAt = head.recordedAt;
  walk.hash = head.hash;
  walk.open = head.open;
}

/** Takes a commit for proven, and all before it. */
export function adopt(walk: Walk, commit: CommitRow): void {
  walk.position = commit.lastPosition;
  walk.recordedAt = commit.recordedAt;
  walk.sequence = commit.sequence;
  walk.hash = commit.hash;
  walk.open = commit.open;
}

/**
 * Proves what a segment holds of a track, behind `walk`, up to `head`: the track's head, or that with which the next segment begins.
 *
 * @param segmentNames names of the joins of the segment, wherever they stand.
 * @param onProgress called with the last proven position, about every thousand commits.
 * @returns how many commits and events were proven; `walk` stands behind the last of them.
 * @throws CorruptLogError for the first fault, DamagedLogFileError.
 */
export function walkCommits(
  segmentNames: SegmentNames,
  segment: SegmentReader,
  head: HeadRow,
  walk: Walk,
  onProgress?: (position: Position) => void,
): { commits: number; events: number } {
  const { trackId } = head;
  const startedAt = walk.position;
  const range = { trackId, after: startedAt, until: head.position };
  const stored = new Peekable(
    storedInOrder(
      segment,
      topologyPages((page) => segment.topologyRows(page), range),
      range,
    ),
  );
  const stillNamed = new Peekable(names((page) => segmentNames.names(page), range));
  const scratch = new ByteWriter(4 * 1024);
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

import type { PeerNumber, Position } from '../domain/ids.js';
import { BLOCKS_PER_PAGE, ROWS_PER_PAGE } from './event-log-limits.js';
import type { PulseBlockRow } from './pulse-codec.js';
import type { RowRange } from './row-range.js';
import type { SegmentReader } from './segment-reader.js';
import type { CommitRow } from './stored-cells.js';
import type { TopologyRow } from './topology-row.js';

/** A part of one track in one segment: behind `after`, up to and with `until`. */
export type StoredRange = Omit<RowRange, 'limit'>;

/** How a page of topology rows is read: `eventRows` of a segment to decode them, `topologyRows` to prove them. */
export type ReadRows = (range: RowRange) => TopologyRow[];

/** Topology rows in order, a page at a time. */
export function* topologyPages(readRows: ReadRows, range: StoredRange): Generator<TopologyRow[], void> {
  let after = range.after;
  while (after < range.until) {
    const page = readRows({ ...range, after, limit: ROWS_PER_PAGE });
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    if (page.length < ROWS_PER_PAGE) return;
    after = last.position;
  }
}

/** Pulse blocks in order; the first may begin before the range, when it reaches into it. */
export function* pulseBlocks(segment: SegmentReader, range: StoredRange): Generator<PulseBlockRow, void> {
  const begun = segment.blockAt(range.trackId, range.after + 1);
  let after = begun === null ? range.after : begun - 1;
  for (;;) {
    const page = segment.pulseBlocks({ ...range, after, limit: BLOCKS_PER_PAGE });
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < BLOCKS_PER_PAGE) return;
    after = last.firstPosition;
  }
}

/** Names in order of peer number, read by `names` or `identities` of a segment. */
export function* names<Name extends { readonly peer: PeerNumber }>(
  readNames: (range: RowRange) => Name[],
  range: StoredRange,
): Generator<Name, void> {
  let after = range.after;
  for (;;) {
    const page = readNames({ ...range, after, limit: ROWS_PER_PAGE });
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < ROWS_PER_PAGE) return;
    after = last.peer;
  }
}

/** Commits of a track that begin behind `after`, in order. */
export function* commits(segment: SegmentReader, trackId: number, after: Position): Generator<CommitRow, void> {
  let begunAfter = after;
  for (;;) {
    const page = segment.commits(trackId, begunAfter, ROWS_PER_PAGE);
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < ROWS_PER_PAGE) return;
    begunAfter = last.firstPosition;
  }
}

/** What stands in a log: a topology row or a block of pulses. */
export type Stored =
  | { readonly kind: 'row'; readonly firstPosition: Position; readonly row: TopologyRow }
  | { readonly kind: 'block'; readonly firstPosition: Position; readonly block: PulseBlockRow };

/** Rows and blocks together, in order of position. Gaps and overlaps are for the caller to find. */
export function* storedInOrder(
  segment: SegmentReader,
  readRows: ReadRows,
  range: StoredRange,
): Generator<Stored, void> {
  const blocks = pulseBlocks(segment, range);
  let nextBlock = blocks.next();
  for (const page of topologyPages(readRows, range)) {
    for (const row of page) {
      while (nextBlock.done !== true && nextBlock.value.firstPosition <= row.position) {
        yield storedBlock(nextBlock.value);
        nextBlock = blocks.next();
      }
      yield { kind: 'row', firstPosition: row.position, row };
    }
  }
  while (nextBlock.done !== true) {
    yield storedBlock(nextBlock.value);
    nextBlock = blocks.next();
  }
}

function storedBlock(block: PulseBlockRow): Stored {
  return { kind: 'block', firstPosition: block.firstPosition, block };
}

import type { PeerNumber, Position } from '../domain/ids.js';
import { BLOCKS_PER_PAGE, ROWS_PER_PAGE } from './event-log-limits.js';
import { endOfEventPage } from './event-page.js';
import { PageRows } from './page-rows.js';
import type { PulseBlockRow } from './pulse-codec.js';
import { endOfPage, type RowRange } from './row-range.js';
import type { SegmentReader } from './segment-reader.js';
import type { CommitRow, IdentityRow } from './stored-cells.js';
import type { TopologyRow } from './topology-row.js';

/** A part of one track in one segment: behind `after`, up to and with `until`. */
export type StoredRange = Omit<RowRange, 'limit'>;

/** How a page of topology rows is read that are to be kept. */
export type ReadRows = (range: RowRange) => TopologyRow[];

/**
 * Pages of a range, in order.
 *
 * @param endOf where a page ends that another one may follow; null for the last one.
 */
export function* pagesInOrder<Page>(
  readPage: (range: RowRange) => Page,
  endOf: (page: Page) => Position | null,
  range: StoredRange,
): Generator<Page, void> {
  let after: Position | null = range.after;
  while (after !== null && after < range.until) {
    const page = readPage({ ...range, after, limit: ROWS_PER_PAGE });
    // Before it is handed on: a thread that gives a page away has nothing of it left.
    after = endOf(page);
    yield page;
  }
}

/** Topology rows in order, a page at a time. */
export function topologyPages(readRows: ReadRows, range: StoredRange): Generator<TopologyRow[], void> {
  return pagesInOrder(readRows, endOfRows, range);
}

/** Rows to decode, and what the segment holds of the names of those who join, where that was read with them. */
export interface RowsPage {
  readonly rows: PageRows;
  readonly names: IdentityRow[] | null;
}

/** Pages of rows to decode, in order. */
export function* eventPagesOf(segment: SegmentReader, range: StoredRange): Generator<RowsPage, void> {
  for (const rows of eventRowsOf(segment, range)) yield { rows, names: null };
}

/** Rows to decode, in order, a page at a time. */
export function* eventRowsOf(segment: SegmentReader, range: StoredRange): Generator<PageRows, void> {
  for (const page of pagesInOrder((at) => segment.eventPage(at), endOfEventPage, range)) yield new PageRows(page);
}

/** Where a page of rows ends that another one may follow; null for the last one. */
function endOfRows(rows: readonly TopologyRow[]): Position | null {
  return endOfPage(rows.length, rows.at(-1)?.position);
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

/** Names in order of peer number. */
export function* names<Name extends { readonly peer: PeerNumber }>(
  readNames: (range: RowRange) => Name[],
  range: StoredRange,
): Generator<Name, void> {
  const endOf = (page: Name[]): PeerNumber | null => endOfPage(page.length, page.at(-1)?.peer);
  for (const page of pagesInOrder(readNames, endOf, range)) yield* page;
}

/** Commits of a track that begin behind `after`, in order. */
export function* commits(segment: SegmentReader, trackId: number, after: Position): Generator<CommitRow, void> {
  const readPage = (page: RowRange): CommitRow[] => segment.commits(trackId, page.after, page.limit);
  const endOf = (page: CommitRow[]): Position | null => endOfPage(page.length, page.at(-1)?.firstPosition);
  for (const page of pagesInOrder(readPage, endOf, { trackId, after, until: Infinity })) yield* page;
}

/** What stands in a log: a topology row or a block of pulses. */
export type Stored =
  | { readonly kind: 'row'; readonly firstPosition: Position; readonly row: TopologyRow }
  | { readonly kind: 'block'; readonly firstPosition: Position; readonly block: PulseBlockRow };

/**
 * Rows, given page by page, and blocks together, in order of position. Gaps and overlaps are for the caller to find. Where the rows are a
 * page's own view of them, an item is out of date when the next one has come.
 */
export function* storedInOrder(
  segment: SegmentReader,
  pages: Iterable<Iterable<TopologyRow>>,
  range: StoredRange,
): Generator<Stored, void> {
  const blocks = pulseBlocks(segment, range);
  let nextBlock = blocks.next();
  for (const page of pages) {
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

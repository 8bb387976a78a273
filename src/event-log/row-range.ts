import type { PeerNumber, Position } from '../domain/ids.js';
import { ROWS_PER_PAGE } from './event-log-limits.js';

/** Rows of one track behind `after`, up to and with `until`, at most `limit`. */
export interface RowRange {
  readonly trackId: number;
  readonly after: Position;
  readonly until: Position;
  readonly limit: number;
}

/** Where a page of so many rows ends that another page may follow; null for the last one. @param last what its rows go by, of the last row. */
export function endOfPage(rows: number, last: number | undefined): number | null {
  return rows < ROWS_PER_PAGE ? null : (last ?? null);
}

/** Peers in order, so many at a time that a read of each page is a short transaction. */
export function* pagesOf(peers: Iterable<PeerNumber>): Generator<PeerNumber[], void> {
  let page: PeerNumber[] = [];
  for (const peer of peers) {
    page.push(peer);
    if (page.length < ROWS_PER_PAGE) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

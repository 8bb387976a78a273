import type { PeerNumber, Position } from '../domain/ids.js';
import { ROWS_PER_PAGE } from './event-log-limits.js';

/** Rows of one track behind `after`, up to and with `until`, at most `limit`. */
export interface RowRange {
  readonly trackId: number;
  readonly after: Position;
  readonly until: Position;
  readonly limit: number;
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

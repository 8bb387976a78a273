import type { PeerIdentity } from '../domain/events.js';
import type { Position } from '../domain/ids.js';
import { ROWS_PER_PAGE } from './event-log-limits.js';
import type { PageRows } from './page-rows.js';
import type { SegmentNames } from './log-names.js';
import { endOfPage } from './row-range.js';
import type { IdentityRow } from './stored-cells.js';
import type { RowsPage, StoredRange } from './stored-rows.js';
import type { TopologyRow } from './topology-row.js';

/** Finds the names of a part's joined peers while its rows are read in order, some at a time. */
export class NameCursor {
  readonly #source: Pick<SegmentNames, 'identities'>;
  readonly #range: StoredRange;
  #page: RowsPage | null = null;
  #names: readonly IdentityRow[] = [];
  #next = 0;
  /** Every name up to here is among those that were read. */
  #readUntil: Position = 0;

  constructor(source: Pick<SegmentNames, 'identities'>, range: StoredRange) {
    this.#source = source;
    this.#range = range;
  }

  /** Hands on the rows of pages; the names that came with a page are for its rows. */
  *rowsOf(pages: Iterable<RowsPage>): Generator<PageRows, void> {
    for (const page of pages) {
      this.#page = page;
      yield page.rows;
    }
  }

  /** Name that a row introduces; null when it introduces none or the name was erased. Rows must come in order. */
  identityOf(row: TopologyRow): PeerIdentity | null {
    if (row.nameDigest === null) return null;
    // Many ranges hold no join at all, and then no name is read.
    if (row.position > this.#readUntil) this.#readFrom(row.position);
    while ((this.#names[this.#next]?.peer ?? Infinity) < row.position) this.#next += 1;
    const name = this.#names[this.#next];
    return name?.peer === row.position ? name.identity : null;
  }

  #readFrom(position: Position): void {
    const after = position - 1;
    const names = this.#page?.names ?? null;
    this.#next = 0;
    if (names === null) {
      const { until } = this.#range;
      this.#names = this.#source.identities({ ...this.#range, after, limit: ROWS_PER_PAGE });
      this.#readUntil = endOfPage(this.#names.length, this.#names.at(-1)?.peer) ?? until;
    } else {
      this.#readUntil = this.#page?.rows.last ?? after;
      // As many as the key permits: a name that belongs to nobody's join takes no place of another.
      const limit = this.#readUntil - after;
      this.#names = this.#source.identities({ ...this.#range, after, until: this.#readUntil, limit }, names);
    }
  }
}

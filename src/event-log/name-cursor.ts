import type { PeerIdentity } from '../domain/events.js';
import type { SegmentNames } from './log-names.js';
import type { IdentityRow } from './stored-cells.js';
import type { RowsPage } from './stored-rows.js';
import type { TopologyRow } from './topology-row.js';

const NO_PAGE: RowsPage = { rows: [], names: null };

/** Finds the names of a part's joined peers while its rows are read in order, those of a page of rows at a time. */
export class NameCursor {
  readonly #source: Pick<SegmentNames, 'identities'>;
  readonly #trackId: number;
  #page = NO_PAGE;
  #names: readonly IdentityRow[] | null = null;
  #next = 0;

  constructor(source: Pick<SegmentNames, 'identities'>, trackId: number) {
    this.#source = source;
    this.#trackId = trackId;
  }

  /** Hands on the rows of pages; names are found of those of the page handed on last. */
  *rowsOf(pages: Iterable<RowsPage>): Generator<TopologyRow[], void> {
    for (const page of pages) {
      this.#page = page;
      this.#names = null;
      yield page.rows;
    }
  }

  /** Name that a row introduces; null when it introduces none or the name was erased. Rows must come in order. */
  identityOf(row: TopologyRow): PeerIdentity | null {
    if (row.nameDigest === null) return null;
    // Many pages hold no join at all, and then no name is read.
    const names = (this.#names ??= this.#namesFrom(row));
    while ((names[this.#next]?.peer ?? Infinity) < row.position) this.#next += 1;
    const name = names[this.#next];
    return name?.peer === row.position ? name.identity : null;
  }

  #namesFrom(first: TopologyRow): readonly IdentityRow[] {
    this.#next = 0;
    const { rows, names } = this.#page;
    const until = rows.at(-1)?.position ?? first.position;
    const range = { trackId: this.#trackId, after: first.position - 1, until, limit: rows.length };
    return this.#source.identities(range, names ?? undefined);
  }
}

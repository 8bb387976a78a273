import type { PeerIdentity } from '../domain/events.js';
import { Peekable } from './peekable.js';
import type { SegmentNames } from './log-names.js';
import type { IdentityRow } from './stored-cells.js';
import { names, type StoredRange } from './stored-rows.js';
import type { TopologyRow } from './topology-row.js';

/** Finds the names of a range's joined peers while its rows are read in order, a page of names at a time. */
export class NameCursor {
  readonly #source: Pick<SegmentNames, 'identities'>;
  readonly #range: StoredRange;
  #names: Peekable<IdentityRow> | null = null;

  constructor(source: Pick<SegmentNames, 'identities'>, range: StoredRange) {
    this.#source = source;
    this.#range = range;
  }

  /** Name that a row introduces; null when it introduces none or the name was erased. Rows must come in order. */
  identityOf(row: TopologyRow): PeerIdentity | null {
    if (row.nameDigest === null) return null;
    // Many ranges hold no join at all, and then the names are never read.
    this.#names ??= new Peekable(
      names((range) => this.#source.identities(range), { ...this.#range, after: row.position - 1 }),
    );
    let name = this.#names.peek();
    while (name !== undefined && name.peer < row.position) {
      this.#names.take();
      name = this.#names.peek();
    }
    return name?.peer === row.position ? name.identity : null;
  }
}

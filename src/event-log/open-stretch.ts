import type { PeerNumber, Position } from '../domain/ids.js';
import { ROWS_PER_STRETCH } from './event-log-limits.js';
import type { StretchRows } from './stretch-mentions.js';
import type { TopologyRow } from './topology-row.js';

/**
 * The topology rows of a track that no packed index covers yet: first those that only the file has, and behind them those that are
 * remembered. While a whole stretch is to be read from the file anyway, nothing is remembered.
 */
export class OpenStretch {
  #after: Position;
  #inFile: number;
  #positions: Position[] = [];
  #types: number[] = [];
  #peers: (PeerNumber | null)[] = [];
  #parents: (PeerNumber | null)[] = [];
  #formerParents: (PeerNumber | null)[] = [];
  /** The first that is remembered and not packed; the columns are cut when half of them is. */
  #first = 0;

  /** @param inFile rows that stand in the file behind `after` already. */
  constructor(after: Position, inFile: number) {
    this.#after = after;
    this.#inFile = inFile;
  }

  /** Where the last packed stretch ends. */
  get after(): Position {
    return this.#after;
  }

  get rowCount(): number {
    return this.#inFile + this.rowsRemembered;
  }

  get rowsRemembered(): number {
    return this.#positions.length - this.#first;
  }

  /** To be called for each row that is inserted, in order of position. */
  add({ position, type, peer, parent, formerParent }: TopologyRow): void {
    if (this.#inFile >= ROWS_PER_STRETCH) {
      this.#inFile += 1;
      return;
    }
    this.#positions.push(position);
    this.#types.push(type);
    this.#peers.push(peer);
    this.#parents.push(parent);
    this.#formerParents.push(formerParent);
  }

  /** The first so many rows; null when not all of them are remembered. */
  firstRows(count: number): StretchRows | null {
    if (this.#inFile > 0) return null;
    const [from, to] = [this.#first, this.#first + count];
    return {
      positions: this.#positions.slice(from, to),
      types: this.#types.slice(from, to),
      peers: this.#peers.slice(from, to),
      parents: this.#parents.slice(from, to),
      formerParents: this.#formerParents.slice(from, to),
    };
  }

  /** To be called when the first so many rows, up to and with `last`, are packed. */
  packed(rowCount: number, last: Position): void {
    const inFile = Math.min(rowCount, this.#inFile);
    this.#after = last;
    this.#inFile -= inFile;
    this.#first += rowCount - inFile;
    if (2 * this.#first >= this.#positions.length) this.#cut();
  }

  /** From now on only the file has these rows. */
  forgetRows(): void {
    this.#inFile = this.rowCount;
    this.#first = this.#positions.length;
    this.#cut();
  }

  #cut(): void {
    this.#positions = this.#positions.slice(this.#first);
    this.#types = this.#types.slice(this.#first);
    this.#peers = this.#peers.slice(this.#first);
    this.#parents = this.#parents.slice(this.#first);
    this.#formerParents = this.#formerParents.slice(this.#first);
    this.#first = 0;
  }
}

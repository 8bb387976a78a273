import type { PeerNumber, Position } from '../domain/ids.js';
import type { StretchRows } from './stretch-mentions.js';
import type { TopologyRow } from './topology-row.js';

/** The topology rows of a track that no packed index covers yet; it remembers the newest of them, as many as it has been told of. */
export class OpenStretch {
  #positions: Position[] = [];
  #types: number[] = [];
  #peers: (PeerNumber | null)[] = [];
  #parents: (PeerNumber | null)[] = [];
  #formerParents: (PeerNumber | null)[] = [];
  #after: Position;
  #rowCount: number;

  /** @param rowCount rows that stand in the file behind `after` already. */
  constructor(after: Position, rowCount: number) {
    this.#after = after;
    this.#rowCount = rowCount;
  }

  /** Where the last packed stretch ends. */
  get after(): Position {
    return this.#after;
  }

  get rowCount(): number {
    return this.#rowCount;
  }

  /** To be called for each row that is inserted, in order of position. */
  add({ position, type, peer, parent, formerParent }: TopologyRow): void {
    this.#positions.push(position);
    this.#types.push(type);
    this.#peers.push(peer);
    this.#parents.push(parent);
    this.#formerParents.push(formerParent);
    this.#rowCount += 1;
  }

  /** The first so many rows, or null when not all of them are remembered. */
  firstRows(count: number): StretchRows | null {
    if (this.#positions.length < this.#rowCount) return null;
    return {
      positions: this.#positions.slice(0, count),
      types: this.#types.slice(0, count),
      peers: this.#peers.slice(0, count),
      parents: this.#parents.slice(0, count),
      formerParents: this.#formerParents.slice(0, count),
    };
  }

  /** To be called when the first so many rows, up to and with `last`, are packed. */
  packed(rowCount: number, last: Position): void {
    this.#after = last;
    this.#rowCount -= rowCount;
    this.#keepNewest(Math.min(this.#rowCount, this.#positions.length));
  }

  forgetRows(): void {
    this.#keepNewest(0);
  }

  #keepNewest(count: number): void {
    const first = this.#positions.length - count;
    this.#positions = this.#positions.slice(first);
    this.#types = this.#types.slice(first);
    this.#peers = this.#peers.slice(first);
    this.#parents = this.#parents.slice(first);
    this.#formerParents = this.#formerParents.slice(first);
  }
}

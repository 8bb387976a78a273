import type Database from 'better-sqlite3';
import type { BulkInsert } from './log-queries.js';

/** What a cell of a row is bound to. */
type Cell = number | string | Uint8Array | null;

/**
 * Inserts rows of one table some at a time: writing a hundred takes a sixth less than one by one. Whoever puts rows calls `flush` before
 * the transaction ends or the table is read, and `discard` when the transaction is taken back.
 */
export class RowInserter {
  readonly #columns: number;
  readonly #cells: Cell[];
  #filled = 0;
  readonly #some: Database.Statement;
  readonly #one: Database.Statement;

  constructor(database: Database.Database, { columns, rowsAtOnce, some, one }: BulkInsert) {
    this.#columns = columns;
    this.#cells = new Array<Cell>(columns * rowsAtOnce).fill(null);
    this.#some = database.prepare(some);
    this.#one = database.prepare(one);
  }

  /** The next cell of the row, in the order of the table's columns. Bytes must stay as they are until they are inserted. */
  put(cell: Cell): void {
    this.#cells[this.#filled] = cell;
    this.#filled += 1;
  }

  /** To be called when every cell of a row is put. */
  endRow(): void {
    if (this.#filled < this.#cells.length) return;
    this.#filled = 0;
    this.#some.run(this.#cells);
  }

  /** Inserts the rows that are left. */
  flush(): void {
    const end = this.#filled;
    this.#filled = 0;
    for (let at = 0; at < end; at += this.#columns) this.#one.run(this.#cells.slice(at, at + this.#columns));
  }

  discard(): void {
    this.#filled = 0;
  }
}

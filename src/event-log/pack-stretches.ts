import type Database from 'better-sqlite3';
import type { Position } from '../domain/ids.js';
import { HEADS_CACHED_MAX, ROWS_PER_STRETCH } from './event-log-limits.js';
import { forgetOldest } from './forget-oldest.js';
import { STRETCH_CODEC, StretchIndex } from './stretch-index.js';
import {
  INSERT_STRETCH,
  LAST_STRETCH_END,
  ROWS_BEHIND,
  ROWS_TO_INDEX,
  stretchRowsOf,
  type RowsToIndexBinds,
  type RowsToIndexCells,
} from './stretch-queries.js';

/** The rows of a track that no packed index covers yet. */
interface OpenStretch {
  /** Where the last packed one ends. */
  after: Position;
  rows: number;
}

/** Writes the index of each stretch of a file once it is full, in the transaction that fills it. Asked before rows are inserted, and told after. */
export class StretchPacker {
  readonly #open = new Map<number, OpenStretch>();
  readonly #lastEnd: Database.Statement<[number], Position>;
  readonly #rowsBehind: Database.Statement<[number, Position], number>;
  readonly #rows: Database.Statement<RowsToIndexBinds, RowsToIndexCells>;
  readonly #insert: Database.Statement;

  constructor(database: Database.Database) {
    this.#lastEnd = database.prepare<[number], Position>(LAST_STRETCH_END).pluck();
    this.#rowsBehind = database.prepare<[number, Position], number>(ROWS_BEHIND).pluck();
    this.#rows = database.prepare<RowsToIndexBinds, RowsToIndexCells>(ROWS_TO_INDEX).raw();
    this.#insert = database.prepare(INSERT_STRETCH);
  }

  /** Behind which position the rows of a track stand that are not packed yet. */
  openBehind(trackId: number): Position {
    return this.#openStretch(trackId).after;
  }

  /**
   * To be called when topology rows of a track have been inserted. Packs as much as they fill, and one stretch more: rows of a log
   * that had no packed indexes follow little by little, because nobody is answered before this is done.
   */
  inserted(trackId: number, rows: number): void {
    const open = this.#openStretch(trackId);
    open.rows += rows;
    for (let left = Math.ceil(rows / ROWS_PER_STRETCH) + 1; left > 0 && open.rows >= ROWS_PER_STRETCH; left -= 1) {
      const cells = this.#rows.get(trackId, open.after, Number.MAX_SAFE_INTEGER, ROWS_PER_STRETCH);
      const index = StretchIndex.of(stretchRowsOf(cells));
      this.#insert.run(trackId, open.after, index.last, STRETCH_CODEC, index.body);
      open.after = index.last;
      open.rows -= index.rowCount;
    }
  }

  /** Forgets what was inserted, so that the next row follows what stands in the file. */
  forget(): void {
    this.#open.clear();
  }

  #openStretch(trackId: number): OpenStretch {
    const known = this.#open.get(trackId);
    if (known !== undefined) return known;
    const after = this.#lastEnd.get(trackId) ?? 0;
    const open = { after, rows: this.#rowsBehind.get(trackId, after) ?? 0 };
    forgetOldest(this.#open, trackId, HEADS_CACHED_MAX);
    this.#open.set(trackId, open);
    return open;
  }
}

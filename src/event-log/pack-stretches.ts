import type Database from 'better-sqlite3';
import type { Position } from '../domain/ids.js';
import { HEADS_CACHED_MAX, ROWS_PER_STRETCH, STRETCHES_REMEMBERED_MAX } from './event-log-limits.js';
import { forgetOldest } from './forget-oldest.js';
import { OpenStretch } from './open-stretch.js';
import { STRETCH_CODEC, StretchIndex } from './stretch-index.js';
import type { StretchRows } from './stretch-mentions.js';
import {
  INSERT_STRETCH,
  LAST_STRETCH_END,
  ROWS_BEHIND,
  ROWS_TO_INDEX,
  stretchRowsOf,
  type RowsToIndexBinds,
  type RowsToIndexCells,
} from './stretch-queries.js';

/**
 * Writes the index of each stretch of a file once it is full, in the transaction that fills it. Asked before rows are inserted, and
 * told after. Rows that it was told of are packed from memory, those from before a start, or of too many tracks, from the file.
 */
export class StretchPacker {
  readonly #open = new Map<number, OpenStretch>();
  /** Those whose rows are remembered; the one written last stands last. */
  readonly #remembered = new Map<number, OpenStretch>();
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

  /** The stretch that the next rows of a track belong to; it is to be told of each of them. */
  openOf(trackId: number): OpenStretch {
    const known = this.#open.get(trackId);
    if (known !== undefined) return known;
    const after = this.#lastEnd.get(trackId) ?? 0;
    const open = new OpenStretch(after, this.#rowsBehind.get(trackId, after) ?? 0);
    forgetOldest(this.#open, trackId, HEADS_CACHED_MAX);
    this.#open.set(trackId, open);
    return open;
  }

  /**
   * To be called when topology rows of a track have been inserted, and its stretch was told of them. Packs as much as they fill, and one
   * stretch more: rows of a log that had no packed indexes follow little by little, because nobody is answered before this is done.
   */
  inserted(trackId: number, rows: number): void {
    const open = this.openOf(trackId);
    for (let left = Math.ceil(rows / ROWS_PER_STRETCH) + 1; left > 0 && open.rowCount >= ROWS_PER_STRETCH; left -= 1) {
      const index = StretchIndex.of(open.firstRows(ROWS_PER_STRETCH) ?? this.#rowsInFile(trackId, open.after));
      this.#insert.run(trackId, open.after, index.last, STRETCH_CODEC, index.body);
      open.packed(index.rowCount, index.last);
    }
    this.#forgetLongestUnwritten(trackId, open);
  }

  /** Forgets what was inserted, so that the next row follows what stands in the file. */
  forget(): void {
    this.#open.clear();
    this.#remembered.clear();
  }

  #rowsInFile(trackId: number, after: Position): StretchRows {
    return stretchRowsOf(this.#rows.get(trackId, after, Number.MAX_SAFE_INTEGER, ROWS_PER_STRETCH));
  }

  /** Of more tracks than so many, the rows of the one that was not written for longest are left to the file. */
  #forgetLongestUnwritten(trackId: number, written: OpenStretch): void {
    this.#remembered.delete(trackId);
    this.#remembered.set(trackId, written);
    if (this.#remembered.size <= STRETCHES_REMEMBERED_MAX) return;
    const [oldest] = this.#remembered;
    if (oldest === undefined) return;
    this.#remembered.delete(oldest[0]);
    oldest[1].forgetRows();
  }
}

import type Database from 'better-sqlite3';
import type { Position } from '../domain/ids.js';
import { forgetOldest } from './forget-oldest.js';
import { HEADS_CACHED_MAX, ROWS_PER_STRETCH } from './event-log-limits.js';

/** The last topology row of a track in this file. */
const LAST_ROW = `
  SELECT position, stretch FROM topology_event WHERE track_id = ? ORDER BY position DESC LIMIT 1`;

/** Topology rows of a track that share a part of the indexes. */
interface Stretch {
  /** Position of the first of them. */
  first: Position;
  /** How many there are, or more: after a start they are not counted. */
  rows: number;
}

/** Says into which stretch each new topology row of a file belongs. */
export class TrackStretches {
  readonly #current = new Map<number, Stretch>();
  readonly #lastRow: Database.Statement<[number], { position: Position; stretch: Position }>;

  constructor(database: Database.Database) {
    this.#lastRow = database.prepare(LAST_ROW);
  }

  /** Takes the next row of a track in. @returns the first position of its stretch. */
  take(trackId: number, position: Position): Position {
    let stretch = this.#current.get(trackId);
    if (stretch === undefined) {
      stretch = this.#stored(trackId) ?? { first: position, rows: 0 };
      forgetOldest(this.#current, trackId, HEADS_CACHED_MAX);
      this.#current.set(trackId, stretch);
    }
    if (stretch.rows >= ROWS_PER_STRETCH) {
      stretch.first = position;
      stretch.rows = 0;
    }
    stretch.rows += 1;
    return stretch.first;
  }

  /** Forgets what was taken in, so that the next row follows what stands in the file. */
  forget(): void {
    this.#current.clear();
  }

  /** No more rows than there are positions, whatever the pulses between them. */
  #stored(trackId: number): Stretch | null {
    const last = this.#lastRow.get(trackId);
    return last === undefined ? null : { first: last.stretch, rows: last.position - last.stretch + 1 };
  }
}

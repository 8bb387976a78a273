import { join } from 'node:path';
import Database from 'better-sqlite3';

const TABLE = `CREATE TABLE event (
  track_id INTEGER NOT NULL, position INTEGER NOT NULL, recorded_at INTEGER NOT NULL, type INTEGER NOT NULL,
  peer INTEGER NOT NULL, parent INTEGER NOT NULL, former_parent INTEGER NOT NULL, depth INTEGER NOT NULL,
  PRIMARY KEY (track_id, position)) STRICT, WITHOUT ROWID`;

export const BARE_INSERTS_TEXT =
  'a bare better-sqlite3 loop in the thread: one row of 8 integers per event, prepared statement, no second index, no names, no hashes, WAL, synchronous=FULL';

/** The baseline of everything durable: what SQLite alone can append, one row per event, with nothing around it. */
export class BareInserts {
  readonly #database: Database.Database;
  readonly #insert: Database.Statement;
  #position = 0;

  constructor(directory: string) {
    this.#database = new Database(join(directory, 'bare.sqlite'));
    this.#database.pragma('journal_mode = WAL');
    this.#database.pragma('synchronous = FULL');
    this.#database.exec(TABLE);
    this.#insert = this.#database.prepare('INSERT INTO event VALUES (1, ?, ?, 11, ?, ?, 0, 5)');
  }

  /** Commits transactions of `batch` events for so long. @returns durable events a second. */
  perSecond(batch: number, durationMs: number): number {
    const startedAt = performance.now();
    const first = this.#position;
    while (performance.now() - startedAt < durationMs) this.#commit(batch);
    return ((this.#position - first) / (performance.now() - startedAt)) * 1000;
  }

  close(): void {
    this.#database.close();
  }

  #commit(batch: number): void {
    const nowMs = Date.now();
    this.#database.exec('BEGIN IMMEDIATE');
    for (let event = 0; event < batch; event += 1) {
      this.#position += 1;
      this.#insert.run(this.#position, nowMs, this.#position % 4_096, this.#position % 1_021);
    }
    this.#database.exec('COMMIT');
  }
}

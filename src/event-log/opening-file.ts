import { createHash } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { openingFile } from './data-directory.js';
import { DamagedLogFileError } from './event-log-errors.js';
import { LOCK_WAIT_MS_MAX, OPENING_APPLICATION_ID } from './event-log-limits.js';
import { isDamage } from './sqlite-code.js';

/** State of one track at the end of the last segment that is gone. */
export interface OpeningState {
  /** As `canonicalState` writes it. */
  readonly state: Uint8Array;
  /** As `encodeLiveness` writes it. */
  readonly liveness: string;
}

const TABLES = `
  CREATE TABLE opening_meta (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1), log_id TEXT NOT NULL, segment INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE opening_state (
    track_id INTEGER PRIMARY KEY, state_hash BLOB NOT NULL, state BLOB NOT NULL, liveness TEXT NOT NULL
  ) STRICT`;

/**
 * Writes what a log begins with whose segments before `segment` will be gone. The file is there as a whole or not at all, and is made
 * once; tracks that nobody is in have no state worth keeping.
 *
 * @param states by track id, of the open tracks.
 */
export function writeOpeningFile(
  dataDir: string,
  segment: number,
  logId: string,
  states: Iterable<readonly [trackId: number, OpeningState]>,
): void {
  const file = openingFile(dataDir, segment);
  const unfinished = `${file}.new`;
  rmSync(unfinished, { force: true });
  const database = new Database(unfinished);
  try {
    database.pragma('journal_mode = OFF');
    database.pragma(`application_id = ${String(OPENING_APPLICATION_ID)}`);
    database.exec(TABLES);
    const insert = database.prepare(
      'INSERT INTO opening_state (track_id, state_hash, state, liveness) VALUES (?, ?, ?, ?)',
    );
    database.transaction(() => {
      database.prepare('INSERT INTO opening_meta (only_row, log_id, segment) VALUES (1, ?, ?)').run(logId, segment);
      for (const [trackId, { state, liveness }] of states) insert.run(trackId, sha256(state), state, liveness);
    })();
  } finally {
    database.close();
  }
  flush(unfinished);
  renameSync(unfinished, file);
  flush(dirname(file));
}

/** Makes a file, or the names in a directory, survive a power loss. */
export function flush(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Reads what a log begins with. Opened by the first call, and again by the next one after `release`. */
export class OpeningFile {
  readonly file: string;
  #opened: Database.Database | null = null;

  constructor(
    dataDir: string,
    /** Of the segment it stands before. */
    readonly number: number,
  ) {
    this.file = openingFile(dataDir, number);
  }

  /** @returns null for a track that nobody was in. @throws DamagedLogFileError, also when the state does not have its hash. */
  state(trackId: number): OpeningState | null {
    try {
      const found = this.#database()
        .prepare<[number], { state_hash: Buffer; state: Buffer; liveness: string }>(
          'SELECT state_hash, state, liveness FROM opening_state WHERE track_id = ?',
        )
        .get(trackId);
      if (found === undefined) return null;
      if (!found.state_hash.equals(sha256(found.state)))
        throw new DamagedLogFileError(this.file, `the state of track ${String(trackId)} was edited`);
      return found;
    } catch (error) {
      throw isDamage(error) ? new DamagedLogFileError(this.file, error.message) : error;
    }
  }

  release(): void {
    this.#opened?.close();
    this.#opened = null;
  }

  #database(): Database.Database {
    if (this.#opened !== null) return this.#opened;
    if (!existsSync(this.file)) throw new DamagedLogFileError(this.file, 'it does not exist');
    this.#opened = new Database(this.file, { readonly: true, timeout: LOCK_WAIT_MS_MAX });
    return this.#opened;
  }
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

import { chmodSync, closeSync, openSync, readSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { namesFile, segmentFiles } from './data-directory.js';
import { DamagedLogFileError } from './event-log-errors.js';
import { LOCK_WAIT_MS_MAX, NAMES_PER_MOVE } from './event-log-limits.js';
import { hasJournal } from './hot-journal.js';
import { LOG_META } from './log-queries.js';
import { openNamesForWriting } from './names-file.js';
import { isDamage, sqliteCode } from './sqlite-code.js';

/** Where the header of an SQLite file says how it is written: 1 for a rollback journal, 2 for a WAL. */
const WRITE_VERSION_OFFSET = 18;
const ROLLBACK_JOURNAL = 1;
const WRITE_BITS = 0o222;

/**
 * Segments that the writer has left and that are not sealed yet, oldest first: after a crash in the middle of sealing, or while
 * somebody reads them.
 */
export function unsealedSegments(dataDir: string): string[] {
  return segmentFiles(dataDir)
    .slice(0, -1)
    .filter((file) => !isSealed(file));
}

/** Whether the file is sealed: it never changes again, and a plain copy of it is right. */
export function isSealed(file: string): boolean {
  const header = Buffer.alloc(1);
  const handle = openSync(file, 'r');
  try {
    readSync(handle, header, 0, 1, WRITE_VERSION_OFFSET);
  } finally {
    closeSync(handle);
  }
  // Killed while it was made so, it is made what it was by whoever opens it next.
  return header[0] === ROLLBACK_JOURNAL && !hasJournal(file);
}

/**
 * Seals a segment that the writer has left: its names move to the file of names, the WAL goes into the file, and the file is made
 * one that needs no WAL and may not be written. Each step can be taken again, so a crash at any instant is made good by the next call.
 *
 * @returns `in_use` when a reader holds the file open: then all is in it, but for the last step. Call again later.
 * @throws DamagedLogFileError.
 */
export function sealSegment(dataDir: string, file: string): 'sealed' | 'in_use' {
  const database = new Database(file, { timeout: LOCK_WAIT_MS_MAX, fileMustExist: true });
  try {
    if (!moveNamesOut(dataDir, database)) return 'in_use';
    const mode = database.pragma('journal_mode = DELETE', { simple: true });
    if (mode !== 'delete') return 'in_use';
  } catch (error) {
    if (sqliteCode(error)?.startsWith('SQLITE_BUSY') === true) return 'in_use';
    throw isDamage(error) ? new DamagedLogFileError(file, error.message) : error;
  } finally {
    database.close();
  }
  chmodSync(file, statSync(file).mode & ~WRITE_BITS);
  return 'sealed';
}

type NameCells = [trackId: number, peer: number, peerId: string, resumeHash: string | null, salt: Buffer];

/**
 * Moves the names of a segment to the file of names, so that nothing of them can be read in the segment or its WAL any more. Works on
 * the live segment too, for its writer, between two commits.
 *
 * @returns false when a reader kept the WAL from being emptied; then the names have moved, and may still stand in the WAL.
 */
export function moveNamesOut(dataDir: string, database: Database.Database): boolean {
  database.pragma('secure_delete = ON');
  const logId = database.prepare<[], { log_id: string }>(LOG_META).get()?.log_id ?? '';
  const isNamed = database.prepare('SELECT 1 FROM peer_name LIMIT 1').get() !== undefined;
  if (isNamed) {
    const names = openNamesForWriting(namesFile(dataDir), logId);
    try {
      copyNames(database, names);
    } finally {
      names.close();
    }
    // All at once: SQLite then overwrites whole pages, which leaves nothing between the rows that stay.
    database.exec('DELETE FROM peer_name');
  }
  const [result] = database.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[];
  return result?.busy === 0;
}

/** Durable before anything is deleted. A name that stands there already is the same one. */
function copyNames(segment: Database.Database, names: Database.Database): void {
  const page = segment
    .prepare<[number, number, number], NameCells>(
      `SELECT track_id, peer, peer_id, resume_hash, salt FROM peer_name
        WHERE (track_id, peer) > (?, ?) ORDER BY track_id, peer LIMIT ?`,
    )
    .raw();
  // Whatever is on its way while somebody is forgotten must not bring the name back.
  const isForgotten = names.prepare('SELECT 1 FROM forgotten WHERE track_id = ? AND peer = ?');
  const insert = names.prepare(
    'INSERT OR IGNORE INTO peer_name (track_id, peer, peer_id, resume_hash, salt) VALUES (?, ?, ?, ?, ?)',
  );
  const insertAll = names.transaction((rows: readonly NameCells[]) => {
    for (const row of rows) if (isForgotten.get(row[0], row[1]) === undefined) insert.run(...row);
  });
  let last: readonly [number, number] = [-1, -1];
  for (;;) {
    const rows = page.all(last[0], last[1], NAMES_PER_MOVE);
    if (rows.length > 0) insertAll(rows);
    const end = rows.at(-1);
    if (end === undefined || rows.length < NAMES_PER_MOVE) return;
    last = [end[0], end[1]];
  }
}

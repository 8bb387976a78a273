import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { LOCK_WAIT_MS_MAX } from './event-log-limits.js';

/** Whether a change of the file that needs no WAL is under way, or was when a process was killed: sealing makes such a change. */
export function hasJournal(file: string): boolean {
  return existsSync(`${file}-journal`);
}

/**
 * Takes back the change that a killed process left half done, which SQLite refuses to whoever only reads. Nothing happens where
 * the change is still under way: SQLite knows by its locks.
 */
export function rollBackHotJournal(file: string): void {
  if (!hasJournal(file)) return;
  try {
    const database = new Database(file, { timeout: LOCK_WAIT_MS_MAX, fileMustExist: true });
    try {
      // SQLite does it before the first read.
      database.prepare('SELECT count(*) FROM sqlite_schema').get();
    } finally {
      database.close();
    }
  } catch {
    // Whoever may not write, or finds the file damaged, is told so by the read that follows.
  }
}

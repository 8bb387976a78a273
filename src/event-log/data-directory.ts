import { mkdirSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import Database from 'better-sqlite3';
import { DataDirectoryLockedError, DataDirectoryUnusableError } from './event-log-errors.js';
import { isRefusal, sqliteCode } from './sqlite-code.js';

const LOCK_FILE = 'writer.lock.sqlite';
const SEGMENT_FILE = /^log-(\d{6})\.sqlite$/;
const OPENING_FILE = /^opening-(\d{6})\.sqlite$/;
const NAMES_FILE = 'names.sqlite';

/** Number of the segment a log begins with. */
export const FIRST_SEGMENT = 1;

/** File name of a segment of the log, 1 and up. */
export function segmentFileName(segment: number): string {
  return `log-${String(segment).padStart(6, '0')}.sqlite`;
}

/** Number of a segment, by the name of its file. */
export function segmentNumber(file: string): number {
  return Number(SEGMENT_FILE.exec(basename(file))?.[1] ?? Number.NaN);
}

/** Path of the one file of names: of all peers that joined before the live segment began. */
export function namesFile(dataDir: string): string {
  return join(dataDir, NAMES_FILE);
}

/** Path of what a log begins with whose segments before `segment` are gone. */
export function openingFile(dataDir: string, segment: number): string {
  return join(dataDir, `opening-${String(segment).padStart(6, '0')}.sqlite`);
}

/** Numbers of the segments for which there is an opening, ascending. */
export function openingNumbers(dataDir: string): number[] {
  const numbers = readdirSync(dataDir).map((name) => Number(OPENING_FILE.exec(name)?.[1] ?? Number.NaN));
  return numbers.filter((number) => !Number.isNaN(number)).sort((one, other) => one - other);
}

/** Paths of the segments in a data directory, oldest first; the last one is live. Empty when there is no log. */
export function segmentFiles(dataDir: string): string[] {
  return readdirSync(dataDir)
    .filter((name) => SEGMENT_FILE.test(name))
    .sort()
    .map((name) => join(dataDir, name));
}

/** The right to write into a data directory, held until released or until the process ends in whatever way. */
export interface DataDirectoryLock {
  release(): void;
}

/**
 * Takes a data directory for this process, creating it when it is missing. The lock is one the kernel holds
 * for SQLite, on a file of its own: it vanishes with the process, and readers of the log never meet it.
 *
 * @throws DataDirectoryLockedError when another process, or this one, has it already; DataDirectoryUnusableError.
 */
export function lockDataDirectory(dataDir: string): DataDirectoryLock {
  makeDirectory(dataDir);
  try {
    return takeLock(dataDir);
  } catch (error) {
    throw withDataDirectory(error, dataDir);
  }
}

/** The same error, and when the storage refuses to be written, with the directory that is to blame. */
export function withDataDirectory(error: unknown, dataDir: string): unknown {
  return isRefusal(error) ? new DataDirectoryUnusableError(resolve(dataDir), error) : error;
}

function makeDirectory(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true });
  } catch (error) {
    throw error instanceof Error ? new DataDirectoryUnusableError(resolve(dataDir), error) : error;
  }
}

function takeLock(dataDir: string): DataDirectoryLock {
  const database = new Database(join(dataDir, LOCK_FILE), { timeout: 0 });
  try {
    database.pragma('locking_mode = EXCLUSIVE');
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    const isTaken = sqliteCode(error)?.startsWith('SQLITE_BUSY') === true;
    throw isTaken ? new DataDirectoryLockedError(resolve(dataDir)) : error;
  }
  return { release: () => database.close() };
}

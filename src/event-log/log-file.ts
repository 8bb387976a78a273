import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { MIGRATION_NAMES } from '../../migrations/migration-names.js';
import { metaDigest } from './chain.js';
import { DamagedLogFileError, LogFormatTooNewError, UnsafeSqliteError } from './event-log-errors.js';
import {
  LOCK_WAIT_MS_MAX,
  LOG_APPLICATION_ID,
  LOG_CACHE_KIB,
  LOG_FORMAT_VERSION,
  LOG_PAGE_BYTES,
  READER_CACHE_KIB,
  SQLITE_VERSION_MIN,
  WAL_AUTOCHECKPOINT_PAGES,
  WAL_KEPT_BYTES_MAX,
} from './event-log-limits.js';
import { rollBackHotJournal } from './hot-journal.js';
import { LOG_META } from './log-queries.js';
import { isDamage } from './sqlite-code.js';

/**
 * `full`: an append that resolved survives a power loss, on a disk that honours flushes. `normal`: it
 * survives the end of the process, and a power loss may take the last moments of the log.
 */
export type Durability = 'full' | 'normal';

/** Value of `PRAGMA synchronous` for each durability. */
const SYNCHRONOUS = { full: 2, normal: 1 } as const;

/**
 * Opens a log file for its one writer, creating it when it is missing, and makes sure the engine keeps the promised
 * settings. Does not look at the tables.
 *
 * @throws UnsafeSqliteError, DamagedLogFileError.
 */
export function openForWriting(file: string, durability: Durability): Database.Database {
  return openChecked(file, { timeout: LOCK_WAIT_MS_MAX }, (database) => {
    database.pragma(`page_size = ${String(LOG_PAGE_BYTES)}`);
    database.pragma('journal_mode = WAL');
    database.pragma(`synchronous = ${durability.toUpperCase()}`);
    database.pragma(`wal_autocheckpoint = ${String(WAL_AUTOCHECKPOINT_PAGES)}`);
    database.pragma(`cache_size = -${String(LOG_CACHE_KIB)}`);
    database.pragma(`journal_size_limit = ${String(WAL_KEPT_BYTES_MAX)}`);
    assertPragma(database, 'journal_mode', 'wal');
    assertPragma(database, 'synchronous', SYNCHRONOUS[durability]);
    assertPragma(database, 'wal_autocheckpoint', WAL_AUTOCHECKPOINT_PAGES);
  });
}

/**
 * Opens a log file that a service may be writing, or that a killed one has left behind, to read only.
 *
 * @param cacheKib KiB of its pages to keep in memory at most.
 * @throws UnsafeSqliteError, DamagedLogFileError, LogFormatTooNewError.
 */
export function openForReading(file: string, cacheKib = READER_CACHE_KIB): Database.Database {
  if (!existsSync(file)) throw new DamagedLogFileError(file, 'it does not exist');
  rollBackHotJournal(file);
  return openChecked(file, { readonly: true, timeout: LOCK_WAIT_MS_MAX }, (database) => {
    refuseForeign(file, database);
    refuseNewerMigrations(file, database);
    refuseUnknownMeta(file, database);
    database.pragma(`cache_size = -${String(cacheKib)}`);
  });
}

/** Refuses a file that some other program has made. A file without tables is a log that was not finished being created. */
export function refuseForeign(file: string, database: Database.Database): void {
  const isEmpty = database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0;
  if (!isEmpty && database.pragma('application_id', { simple: true }) !== LOG_APPLICATION_ID) {
    throw new DamagedLogFileError(file, 'it is an SQLite file but not a meshledger log');
  }
}

/** Refuses a log that has been through a migration this version does not have. */
export function refuseNewerMigrations(file: string, database: Database.Database): void {
  const known: readonly string[] = MIGRATION_NAMES;
  const unknown = appliedMigrations(database).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new LogFormatTooNewError(file, `migration ${unknown}`);
}

/** Names of the migrations the file has been through, in their order; none for a file that is new. */
export function appliedMigrations(database: Database.Database): string[] {
  const hasTable = database.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'kysely_migration'`).get() !== undefined;
  return hasTable ? database.prepare<[], string>('SELECT name FROM kysely_migration ORDER BY name').pluck().all() : [];
}

/** Refuses a log whose description is missing, edited, or of a newer format. */
export function refuseUnknownMeta(file: string, database: Database.Database): void {
  const meta = database.prepare<[], LogMetaRow>(LOG_META).get();
  if (meta === undefined) throw new DamagedLogFileError(file, 'log_meta is empty');
  if (meta.format_version > LOG_FORMAT_VERSION) {
    throw new LogFormatTooNewError(file, `format ${String(meta.format_version)}`);
  }
  const digest = metaDigest({
    formatVersion: meta.format_version,
    logId: meta.log_id,
    segment: meta.segment,
    createdAt: meta.created_at,
  });
  if (!meta.digest.equals(digest)) throw new DamagedLogFileError(file, 'log_meta was edited');
}

interface LogMetaRow {
  format_version: number;
  log_id: string;
  segment: number;
  created_at: number;
  digest: Buffer;
}

function openChecked(
  file: string,
  options: Database.Options,
  check: (database: Database.Database) => void,
): Database.Database {
  const database = new Database(file, options);
  try {
    assertSqliteVersion(database);
    check(database);
    return database;
  } catch (error) {
    database.close();
    throw isDamage(error) ? new DamagedLogFileError(file, error.message) : error;
  }
}

function assertPragma(database: Database.Database, pragma: string, wanted: number | string): void {
  const found = database.pragma(pragma, { simple: true });
  if (found !== wanted) {
    throw new UnsafeSqliteError(`PRAGMA ${pragma} is ${String(found)} and could not be set to ${String(wanted)}`);
  }
}

function assertSqliteVersion(database: Database.Database): void {
  const found = String(database.prepare('SELECT sqlite_version()').pluck().get());
  if (isOlder(found, SQLITE_VERSION_MIN)) {
    throw new UnsafeSqliteError(
      `SQLite ${found} can corrupt a log in WAL mode: reinstall better-sqlite3 with SQLite ${SQLITE_VERSION_MIN} or newer`,
    );
  }
}

/** Whether version `found` comes before `wanted`, number by number. */
export function isOlder(found: string, wanted: string): boolean {
  const foundParts = found.split('.').map(Number);
  for (const [index, part] of wanted.split('.').map(Number).entries()) {
    const difference = (foundParts[index] ?? 0) - part;
    if (difference !== 0) return difference < 0;
  }
  return false;
}

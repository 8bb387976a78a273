import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { Kysely, Migrator, SqliteDialect } from 'kysely';
import { MIGRATIONS } from '../../migrations/migrations.js';
import { metaDigest } from './chain.js';
import { removeUnfinished } from './cut-segment.js';
import { segmentFileName, segmentFiles } from './data-directory.js';
import { DamagedLogFileError } from './event-log-errors.js';
import { LOG_APPLICATION_ID, LOG_FORMAT_VERSION } from './event-log-limits.js';
import {
  openForWriting,
  refuseForeign,
  refuseNewerMigrations,
  refuseUnknownMeta,
  type Durability,
} from './log-file.js';
import { INSERT_LOG_META, LOG_META } from './log-queries.js';
import { isDamage } from './sqlite-code.js';

const FIRST_SEGMENT = 1;

/**
 * Makes the log of a data directory ready for writing: creates it when there is none, brings its tables up to
 * date otherwise. Only for the holder of the directory's lock.
 *
 * @param nowMs becomes `created_at` of a new log, epoch milliseconds.
 * @returns path of the live file.
 * @throws LogFormatTooNewError, DamagedLogFileError, UnsafeSqliteError.
 */
export async function createOrMigrateLog(dataDir: string, durability: Durability, nowMs: number): Promise<string> {
  removeUnfinished(dataDir);
  const file = segmentFiles(dataDir).at(-1) ?? join(dataDir, segmentFileName(FIRST_SEGMENT));
  const database = openForWriting(file, durability);
  try {
    refuseForeign(file, database);
    refuseNewerMigrations(file, database);
    await migrate(database, nowMs);
    refuseUnknownMeta(file, database);
    return file;
  } catch (error) {
    throw isDamage(error) ? new DamagedLogFileError(file, error.message) : error;
  } finally {
    database.close();
  }
}

/** kysely does not wrap SQLite migrations in a transaction; a half-made log would be the worst of logs. */
async function migrate(database: Database.Database, nowMs: number): Promise<void> {
  database.exec('BEGIN IMMEDIATE');
  try {
    const db = new Kysely<unknown>({ dialect: new SqliteDialect({ database }) });
    const provider = { getMigrations: () => Promise.resolve({ ...MIGRATIONS }) };
    const { error } = await new Migrator({ db, provider }).migrateToLatest();
    if (error instanceof Error) throw error;
    if (error !== undefined) throw new Error(`the migration failed: ${messageOf(error)}`, { cause: error });
    if (database.prepare(LOG_META).get() === undefined) describeLog(database, nowMs);
    database.exec('COMMIT');
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function messageOf(error: unknown): string {
  const message: unknown = typeof error === 'object' && error !== null && 'message' in error ? error.message : error;
  return typeof message === 'string' ? message : 'for a reason that has no words';
}

function describeLog(database: Database.Database, nowMs: number): void {
  const meta = { formatVersion: LOG_FORMAT_VERSION, logId: randomUUID(), segment: FIRST_SEGMENT, createdAt: nowMs };
  database.pragma(`application_id = ${String(LOG_APPLICATION_ID)}`);
  database
    .prepare(INSERT_LOG_META)
    .run(1, meta.formatVersion, meta.logId, meta.segment, meta.createdAt, metaDigest(meta));
}

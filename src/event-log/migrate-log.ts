import { randomUUID } from 'node:crypto';
import type Database from 'better-sqlite3';
import { Kysely, Migrator, SqliteDialect } from 'kysely';
import { MIGRATIONS } from '../../migrations/migrations.js';
import { metaDigest } from './chain.js';
import { FIRST_SEGMENT } from './data-directory.js';
import { LOG_APPLICATION_ID, LOG_FORMAT_VERSION } from './event-log-limits.js';
import { INSERT_LOG_META, LOG_META } from './log-queries.js';

/**
 * Brings the tables of a log up to date, or makes them. kysely does not wrap SQLite migrations in a transaction; a half-made log would be
 * the worst of logs.
 *
 * @param nowMs becomes `created_at` of a new log, epoch milliseconds.
 * @throws what the migration throws; the file is as it was then.
 */
export async function migrateLog(database: Database.Database, nowMs: number): Promise<void> {
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

import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { MIGRATION_NAMES } from '../../migrations/migration-names.js';
import { removeUnfinished } from './cut-segment.js';
import { FIRST_SEGMENT, segmentFileName, segmentFiles } from './data-directory.js';
import { DamagedLogFileError } from './event-log-errors.js';
import {
  appliedMigrations,
  openForWriting,
  refuseForeign,
  refuseNewerMigrations,
  refuseUnknownMeta,
  type Durability,
} from './log-file.js';
import { LOG_META } from './log-queries.js';
import { isDamage } from './sqlite-code.js';

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
    if (!isUpToDate(database)) {
      // Loaded when it is needed: at most starts it is not, and it brings a query builder along.
      const { migrateLog } = await import('./migrate-log.js');
      await migrateLog(database, nowMs);
    }
    refuseUnknownMeta(file, database);
    return file;
  } catch (error) {
    throw isDamage(error) ? new DamagedLogFileError(file, error.message) : error;
  } finally {
    database.close();
  }
}

/** Whether the file has been through every migration, and says what it is. Never true of one that was not finished being created. */
function isUpToDate(database: Database.Database): boolean {
  const applied = new Set(appliedMigrations(database));
  if (MIGRATION_NAMES.some((name) => !applied.has(name))) return false;
  return database.prepare(LOG_META).get() !== undefined;
}

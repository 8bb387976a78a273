import { createHash } from 'node:crypto';
import { readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type Database from 'better-sqlite3';
import { metaDigest } from './chain.js';
import { namesFile, segmentFileName, segmentNumber } from './data-directory.js';
import { LOG_APPLICATION_ID } from './event-log-limits.js';
import { openForWriting, type Durability } from './log-file.js';
import { INSERT_LOG_META, LAST_SEQUENCE, LOG_META } from './log-queries.js';
import { openNamesForWriting } from './names-file.js';
import { flush } from './opening-file.js';
import { ALL_OPENINGS } from './segment-queries.js';
import type { HeadCells } from './head-row.js';

const UNFINISHED = '.new';

/**
 * Makes the next segment behind a live one, with every track's head in it, and gives it its name. That name is the cut: from then on
 * nothing may be written to `live` any more. Only for the holder of the directory's lock, between two commits.
 *
 * @param createdAt epoch milliseconds.
 * @returns path of the new live segment. Whatever it throws, the log is as it was.
 */
export function cutSegment(live: string, durability: Durability, createdAt: number): string {
  const dataDir = dirname(live);
  const next = join(dataDir, segmentFileName(segmentNumber(live) + 1));
  const unfinished = next + UNFINISHED;
  removeUnfinished(dataDir);
  const database = openForWriting(unfinished, durability);
  try {
    database.prepare('ATTACH DATABASE ? AS previous').run(live);
    const { logId } = database.transaction(() => fillNext(database, createdAt))();
    // Whoever finds a second segment looks for the names.
    openNamesForWriting(namesFile(dataDir), logId).close();
    database.exec('DETACH DATABASE previous');
    database.pragma('wal_checkpoint(TRUNCATE)');
  } finally {
    database.close();
  }
  flush(unfinished);
  renameSync(unfinished, next);
  try {
    flush(dataDir);
  } catch (error) {
    // What would be written into it could vanish with its name.
    rmSync(next);
    throw error;
  }
  return next;
}

/** Takes away what a cut or an opening left that did not come to its end. */
export function removeUnfinished(dataDir: string): void {
  for (const name of readdirSync(dataDir)) {
    if (/^(?:log|opening)-\d{6}\.sqlite\.new/.test(name)) rmSync(join(dataDir, name), { force: true });
  }
}

function fillNext(database: Database.Database, createdAt: number): { logId: string } {
  copySchema(database);
  const previous = database.prepare<[], { format_version: number; log_id: string; segment: number }>(
    LOG_META.replace('"log_meta"', 'previous.log_meta'),
  );
  const {
    format_version: formatVersion,
    log_id: logId,
    segment,
  } = previous.get() ?? {
    format_version: 0,
    log_id: '',
    segment: 0,
  };
  const meta = { formatVersion, logId, segment: segment + 1, createdAt };
  database.pragma(`application_id = ${String(LOG_APPLICATION_ID)}`);
  database.prepare(INSERT_LOG_META).run(1, formatVersion, logId, meta.segment, createdAt, metaDigest(meta));
  const lastSequence = lastSequenceOfPrevious(database);
  database.exec(`
    INSERT INTO main.track SELECT track_id, name FROM previous.track ORDER BY track_id;
    INSERT INTO main.track_head SELECT track_id, position, recorded_at, hash, open FROM previous.track_head ORDER BY track_id;
    INSERT INTO main.segment_opening SELECT track_id, position, recorded_at, hash, open FROM main.track_head`);
  database
    .prepare('INSERT INTO main.segment_start (only_row, last_sequence, digest) VALUES (1, ?, ?)')
    .run(lastSequence, startDigest(lastSequence, openingCells(database)));
  return { logId };
}

const NAME_TABLES = ['kysely_migration', 'kysely_migration_lock', 'event_type', 'cause_name'];

/** The same tables, names and guards, so that one version writes all of a log's live file. */
function copySchema(database: Database.Database): void {
  const created = database
    .prepare<[], { type: string; name: string; sql: string }>(
      `SELECT type, name, sql FROM previous.sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'
        ORDER BY CASE type WHEN 'table' THEN 1 WHEN 'index' THEN 2 WHEN 'view' THEN 3 ELSE 4 END, rowid`,
    )
    .all();
  for (const { sql } of created) database.exec(sql);
  for (const table of NAME_TABLES) {
    if (created.some(({ name }) => name === table))
      database.exec(`INSERT INTO main.${table} SELECT * FROM previous.${table}`);
  }
}

function lastSequenceOfPrevious(database: Database.Database): number {
  const query = LAST_SEQUENCE.replace('"commit"', 'previous."commit"').replace(
    'segment_start',
    'previous.segment_start',
  );
  return database.prepare<[], number>(query).pluck().get() ?? 0;
}

function openingCells(database: Database.Database): IterableIterator<HeadCells> {
  return database.prepare<[], HeadCells>(ALL_OPENINGS).raw().iterate();
}

/** Proves that nobody edited what a segment begins with. */
export function startDigest(lastSequence: number, openings: Iterable<HeadCells>): Uint8Array {
  const digest = createHash('sha256').update(`meshledger segment start, ${String(lastSequence)}`);
  for (const [trackId, name, position, recordedAt, hash, open] of openings)
    digest.update(JSON.stringify([trackId, name, position, recordedAt, Buffer.from(hash).toString('hex'), open]));
  return digest.digest();
}

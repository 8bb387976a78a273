import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Kysely, Migrator, SqliteDialect } from 'kysely';
import { MIGRATIONS } from '../../migrations/migrations.js';
import { metaDigest } from '../../src/event-log/chain.js';
import { createOrMigrateLog } from '../../src/event-log/create-log.js';
import { segmentFileName, segmentFiles } from '../../src/event-log/data-directory.js';
import { LOG_APPLICATION_ID, LOG_FORMAT_VERSION } from '../../src/event-log/event-log-limits.js';
import { LogStore } from '../../src/event-log/log-store.js';
import { encodeBatch } from '../../src/event-log/log-batch-codec.js';
import { openEventLogReader } from '../../src/event-log/sqlite-event-log-reader.js';
import { verifyChain } from '../../src/event-log/verify-chain.js';
import { verifyLogFile } from '../../src/event-log/verify-log-file.js';
import { eveningTrack } from '../support/evening-track.js';
import { newDataDir, NOW, removeDataDirs } from './sample-log.js';

const NAMES = Object.keys(MIGRATIONS).sort();
const TRACK = 'live/evening';

afterEach(removeDataDirs);

/** A log as a version made it that knew the migrations up to and with `last`. */
async function logOfDay(last: string): Promise<string> {
  const dataDir = newDataDir();
  const database = new Database(join(dataDir, segmentFileName(1)));
  database.pragma('journal_mode = WAL');
  const known = Object.fromEntries(Object.entries(MIGRATIONS).filter(([name]) => name <= last));
  const db = new Kysely<unknown>({ dialect: new SqliteDialect({ database }) });
  const { error } = await new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve(known) },
  }).migrateToLatest();
  expect(error).toBeUndefined();
  const meta = { formatVersion: LOG_FORMAT_VERSION, logId: 'old', segment: 1, createdAt: NOW };
  database.pragma(`application_id = ${String(LOG_APPLICATION_ID)}`);
  database
    .prepare(
      'INSERT INTO log_meta (only_row, format_version, log_id, segment, created_at, digest) VALUES (1, ?, ?, 1, ?, ?)',
    )
    .run(meta.formatVersion, meta.logId, meta.createdAt, metaDigest(meta));
  database.close();
  return dataDir;
}

/** Puts an evening into the file, row by row: today's writer needs tables that an old file does not have. */
async function record(dataDir: string): Promise<void> {
  const written = newDataDir();
  await createOrMigrateLog(written, 'normal', NOW);
  const store = new LogStore(fileIn(written), 'normal');
  store.applyEncodedBatch(encodeBatch([eveningTrack(TRACK).append()]));
  store.close();
  const database = new Database(fileIn(dataDir));
  database.prepare('ATTACH ? AS written').run(fileIn(written));
  for (const table of query(dataDir, TABLES_OF_EVENTS) as string[]) {
    const columnsOf = (of: string) => query(of, `SELECT name FROM pragma_table_info('${table}')`) as string[];
    const columns = columnsOf(dataDir)
      .filter((column) => columnsOf(written).includes(column))
      .join(', ');
    database.exec(`INSERT INTO main."${table}" (${columns}) SELECT ${columns} FROM written."${table}"`);
  }
  database.close();
}

function fileIn(dataDir: string): string {
  return segmentFiles(dataDir)[0]!;
}

function query(dataDir: string, sql: string): unknown[] {
  const database = new Database(fileIn(dataDir), { readonly: true });
  try {
    return database.prepare(sql).pluck().all();
  } finally {
    database.close();
  }
}

/** All that the file says of its own form. */
const FORM = `SELECT name || ' ' || coalesce(sql, '') FROM sqlite_schema ORDER BY name`;
/** What the writer fills, without what the migrations themselves do. */
const TABLES_OF_EVENTS = `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
  AND name NOT LIKE 'kysely_%' AND name NOT LIKE 'segment_%' AND name NOT IN ('log_meta', 'event_type', 'cause_name')`;
const APPLIED = 'SELECT name FROM kysely_migration ORDER BY name';

describe('a log of an earlier schema', () => {
  it.each(NAMES)('of %s is brought up to date with all its events, and has the form of a new one', async (last) => {
    const dataDir = await logOfDay(last);
    await record(dataDir);
    const events = () => {
      const reader = openEventLogReader(dataDir);
      try {
        return [...reader.events({ track: TRACK, afterPosition: 0 })];
      } finally {
        reader.close();
      }
    };
    const before = events();
    await createOrMigrateLog(dataDir, 'normal', NOW);
    expect(events()).toEqual(before);
    expect(query(dataDir, APPLIED)).toEqual(NAMES);
    const fresh = newDataDir();
    await createOrMigrateLog(fresh, 'normal', NOW);
    expect(query(dataDir, FORM)).toEqual(query(fresh, FORM));
    const reader = openEventLogReader(dataDir);
    expect(verifyChain(reader, TRACK)).toMatchObject({ ok: true, events: before.length });
    expect(verifyLogFile(reader)).toEqual([]);
    reader.close();
  });

  it('stays exactly as it was when a migration fails half-way', async () => {
    const dataDir = await logOfDay('0001-event-log');
    await record(dataDir);
    const database = new Database(fileIn(dataDir));
    // The next migration names this code too, behind others.
    database.exec(`INSERT INTO event_type (code, name) VALUES (20, 'somebody-was-here')`);
    database.close();
    const before = [query(dataDir, FORM), query(dataDir, APPLIED), query(dataDir, 'SELECT name FROM event_type')];
    await expect(createOrMigrateLog(dataDir, 'normal', NOW)).rejects.toThrow(/UNIQUE|constraint/);
    expect([query(dataDir, FORM), query(dataDir, APPLIED), query(dataDir, 'SELECT name FROM event_type')]).toEqual(
      before,
    );
  });

  it('that went through a migration of tomorrow is refused, and not touched', async () => {
    const dataDir = await logOfDay(NAMES.at(-1)!);
    const database = new Database(fileIn(dataDir));
    database.exec(`INSERT INTO kysely_migration (name, timestamp) VALUES ('9999-tomorrow', '')`);
    database.close();
    const before = query(dataDir, FORM);
    await expect(createOrMigrateLog(dataDir, 'normal', NOW)).rejects.toThrow(/newer version .*9999-tomorrow/);
    expect(query(dataDir, FORM)).toEqual(before);
  });

  it('recorded by the first version is migrated as it stands in test/golden', async () => {
    const dataDir = newDataDir();
    cpSync(fileURLToPath(new URL('../golden/0001-event-log', import.meta.url)), dataDir, { recursive: true });
    await createOrMigrateLog(dataDir, 'normal', NOW);
    expect(query(dataDir, APPLIED)).toEqual(NAMES);
    const reader = openEventLogReader(dataDir);
    for (const { track } of reader.heads()) expect(verifyChain(reader, track)).toMatchObject({ ok: true });
    expect(verifyLogFile(reader)).toEqual([]);
    reader.close();
  });
});

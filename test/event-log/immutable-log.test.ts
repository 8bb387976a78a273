import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { segmentFileName } from '../../src/event-log/data-directory.js';
import { LogFormatTooNewError } from '../../src/event-log/event-log-errors.js';
import { isOlder, openForWriting } from '../../src/event-log/log-file.js';
import { openEventLogReader } from '../../src/event-log/sqlite-event-log-reader.js';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.js';
import {
  NOW,
  append,
  heartbeats,
  newDataDir,
  oneOfEach,
  oneOfEachResilient,
  removeDataDirs,
  topology,
} from './sample-log.js';

let dataDir: string;
let file: string;

beforeEach(async () => {
  dataDir = newDataDir();
  file = join(dataDir, segmentFileName(1));
  const log = await SqliteEventLog.open({ dataDir, nowMs: NOW });
  await log.append([append('live/a', 0, topology(...oneOfEach()), heartbeats(15, [2], NOW + 20))]);
  await log.close();
});
afterEach(removeDataDirs);

function run(sql: string): unknown {
  const database = new Database(file);
  try {
    const statement = database.prepare(sql);
    return statement.reader ? statement.all() : statement.run();
  } finally {
    database.close();
  }
}

describe('the tables of the log', () => {
  it.each([
    `UPDATE "commit" SET recorded_at = 0`,
    `DELETE FROM "commit"`,
    `UPDATE topology_event SET depth = 0 WHERE position = 9`,
    `DELETE FROM topology_event WHERE position = 14`,
    `UPDATE pulse_block SET count = 2`,
    `DELETE FROM pulse_block`,
    `UPDATE track SET name = 'live/b'`,
    `DELETE FROM track`,
    `UPDATE log_meta SET format_version = 0`,
    `DELETE FROM log_meta`,
    `UPDATE event_type SET name = 'X' WHERE code = 1`,
    `DELETE FROM cause_name`,
    `UPDATE peer_name SET peer_id = 'eve'`,
    `DELETE FROM track_head`,
    `UPDATE track_head SET position = position - 1`,
    `UPDATE track_head SET position = position + 1, recorded_at = 0`,
    `INSERT OR REPLACE INTO track (track_id, name) VALUES (1, 'live/b')`,
    `INSERT OR REPLACE INTO "commit" SELECT sequence, track_id, 1, 1, 0, 1, 1, hash FROM "commit"`,
    `INSERT OR REPLACE INTO pulse_block SELECT track_id, first_position, 1, 0, 0, 1, body FROM pulse_block`,
    `INSERT OR REPLACE INTO track_head SELECT track_id, 1, 0, hash, 1 FROM track_head`,
  ])('refuse: %s', (sql) => {
    expect(() => run(sql)).toThrow(/the log is immutable/);
  });

  it('let a name be erased, and nothing else', () => {
    expect(run(`DELETE FROM peer_name WHERE peer_id = 'ann'`)).toMatchObject({ changes: 1 });
  });

  it('can be read by any SQL tool, with names for every code', () => {
    const events = run('SELECT type, peer_id, parent_id, cause, silent_ms FROM readable_event ORDER BY position') as {
      type: string;
    }[];
    expect(events.map(({ type }) => type)).toEqual(oneOfEach().map(({ type }) => type));
    expect(events[2]).toMatchObject({ peer_id: 'ann', parent_id: 'origin', cause: 'joined' });
    expect(events[8]).toMatchObject({ peer_id: 'bob', parent_id: 'ann', cause: 'joined' });
    expect(events[9]).toMatchObject({ peer_id: 'bob', silent_ms: 12_000 });
  });

  it('name who was displaced, and how many complained', async () => {
    const log = await SqliteEventLog.open({ dataDir, nowMs: NOW });
    await log.append([append('live/b', 0, topology(...oneOfEach(), ...oneOfEachResilient()))]);
    await log.close();
    const events = run(`SELECT * FROM readable_event WHERE track = 'live/b' AND position > 14 ORDER BY position`) as {
      type: string;
    }[];
    expect(events.map(({ type }) => type)).toEqual(oneOfEachResilient().map(({ type }) => type));
    expect(events[1]).toMatchObject({ peer_id: 'bob', parent_id: 'ann', silent_ms: 2_100 });
    expect(events[4]).toMatchObject({ peer_id: 'bob', parent_id: 'origin', displaced_id: 'ann', displaced_number: 2 });
    expect(events[6]).toMatchObject({ peer_id: 'ann', complaints: 1, detail: '{"window_ms":5000}' });
  });
});

describe('the engine', () => {
  it.each([
    ['full', 2],
    ['normal', 1],
  ] as const)('with durability %s runs in WAL mode with synchronous = %d', (durability, synchronous) => {
    const database = openForWriting(file, durability);
    expect(database.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(database.pragma('synchronous', { simple: true })).toBe(synchronous);
    expect(database.pragma('wal_autocheckpoint', { simple: true })).toBeLessThanOrEqual(1000);
    database.close();
  });

  it('is refused when it is older than the fix of the WAL-reset bug', () => {
    expect(isOlder('3.51.2', '3.51.3')).toBe(true);
    expect(isOlder('3.9.9', '3.51.3')).toBe(true);
    expect(isOlder('3.51.3', '3.51.3')).toBe(false);
    expect(isOlder('4.0.0', '3.51.3')).toBe(false);
  });
});

describe('a log of a newer version', () => {
  it.each([
    ['a migration this version does not know', `INSERT INTO kysely_migration VALUES ('0999-later', '2030-01-01')`],
    ['a higher format version', `DROP TRIGGER log_meta_refuses_update; UPDATE log_meta SET format_version = 2`],
  ])('with %s is refused by writers and readers, and left as it was', async (_, sql) => {
    const database = new Database(file);
    database.exec(sql);
    database.close();
    await expect(SqliteEventLog.open({ dataDir, nowMs: NOW })).rejects.toThrow(LogFormatTooNewError);
    await expect(SqliteEventLog.open({ dataDir, nowMs: NOW })).rejects.toThrow(/upgrade meshledger/);
    expect(() => openEventLogReader(dataDir)).toThrow(LogFormatTooNewError);
  });
});

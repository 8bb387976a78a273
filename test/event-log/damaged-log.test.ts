import { closeSync, openSync, readFileSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { segmentFileName } from '../../src/event-log/data-directory.js';
import { DamagedLogFileError } from '../../src/event-log/event-log-errors.js';
import { openEventLogReader, type SqliteEventLogReader } from '../../src/event-log/sqlite-event-log-reader.js';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.js';
import { verifyChain, type VerifyOptions } from '../../src/event-log/verify-chain.js';
import { verifyLogFile } from '../../src/event-log/verify-log-file.js';
import {
  NOW,
  append,
  assigned,
  heartbeats,
  joined,
  newDataDir,
  oneOfEach,
  opened,
  removeDataDirs,
  topology,
} from './sample-log.js';

const TRACK = 'live/a';
let dataDir: string;
let file: string;

beforeEach(async () => {
  dataDir = newDataDir();
  file = join(dataDir, segmentFileName(1));
  const log = await SqliteEventLog.open({ dataDir, nowMs: NOW });
  await log.append([append(TRACK, 0, topology(...oneOfEach()))]);
  const reports = { ...heartbeats(16, [4, 2], NOW + 20), forwardedFrames: [10, 20], receivedFrames: [-1, 5] };
  await log.append([append(TRACK, 14, heartbeats(15, [2], NOW + 20), reports, topology(joined(18, 'cat', NOW + 30)))]);
  await log.append([append(TRACK, 18, topology(assigned(19, 18, 0, NOW + 30)), heartbeats(20, [18], NOW + 30))]);
  await log.append([append('live/b', 0, topology(opened(1)))]);
  await log.close();
});
afterEach(removeDataDirs);

/** Edits the log as somebody with write access to the file would. */
function tamper(sql: string): void {
  const database = new Database(file);
  const triggers = database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'trigger'`).pluck().all();
  for (const trigger of triggers) database.exec(`DROP TRIGGER "${String(trigger)}"`);
  database.exec(sql);
  database.close();
}

function read<Value>(question: (reader: SqliteEventLogReader) => Value): Value {
  const reader = openEventLogReader(dataDir);
  try {
    return question(reader);
  } finally {
    reader.close();
  }
}

function verify(options: VerifyOptions = {}): ReturnType<typeof verifyChain> {
  return read((reader) => verifyChain(reader, TRACK, options));
}

describe('verification', () => {
  it('proves a sound log, and counts what it proved', () => {
    expect(verify()).toMatchObject({ ok: true, position: 20, commits: 3, events: 20 });
    expect(read(verifyLogFile)).toEqual([]);
  });

  const EDITS: [table: string, column: string, position: number, value: string][] = [
    ...[
      'recorded_at',
      'type',
      'version',
      'codec',
      'peer',
      'parent',
      'former_parent',
      'caused_by',
      'cause',
      'depth',
    ].map((column): [string, string, number, string] => ['topology_event', column, 9, `${column} + 1`]),
    ['topology_event', 'position', 9, '900'],
    ['topology_event', 'track_id', 9, '2'],
    ['topology_event', 'amount', 10, '11000'],
    ['topology_event', 'amount', 2, 'NULL'],
    ['topology_event', 'name_digest', 2, `x'00112233445566778899aabbccddeeff'`],
    ['topology_event', 'name_digest', 2, 'NULL'],
    ['topology_event', 'detail', 1, `replace(detail, '30', '31')`],
    ...['count', 'first_recorded_at', 'last_recorded_at', 'codec'].map((column): [string, string, number, string] => [
      'pulse_block',
      column,
      16,
      `${column} + 1`,
    ]),
    ['pulse_block', 'first_position', 15, '14'],
    ['pulse_block', 'track_id', 15, '2'],
    ['pulse_block', 'body', 16, `CAST(substr(body, 1, length(body) - 1) || x'7f' AS BLOB)`],
    ...['sequence', 'last_position', 'recorded_at', 'codec'].map((column): [string, string, number, string] => [
      'commit',
      column,
      15,
      `${column} + 100`,
    ]),
    ['commit', 'first_position', 15, '14'],
    ['commit', 'track_id', 15, '2'],
    ['commit', 'open', 15, '0'],
    ['commit', 'hash', 15, 'zeroblob(32)'],
    ...['position', 'recorded_at'].map((column): [string, string, number, string] => [
      'track_head',
      column,
      20,
      `${column} + 1`,
    ]),
    ['track_head', 'hash', 20, 'zeroblob(32)'],
    ['track_head', 'open', 20, '0'],
    ['track_head', 'track_id', 20, '9'],
    ['peer_name', 'peer_id', 2, `'eve'`],
    ['peer_name', 'resume_hash', 2, 'NULL'],
    ['peer_name', 'salt', 2, 'zeroblob(16)'],
    ['peer_name', 'peer', 2, '3'],
    ['track', 'name', 1, `'live/other'`],
    ['track', 'track_id', 1, '9'],
  ];
  const KEYS: Record<string, string> = {
    topology_event: 'position',
    pulse_block: 'first_position',
    commit: 'first_position',
    track_head: 'position',
    peer_name: 'peer',
    track: 'track_id',
  };

  it.each(EDITS)('finds an edited %s.%s at position %d (%s)', (table, column, position, value) => {
    const ofTrack = table === 'track' ? '' : ' AND track_id = 1';
    tamper(`UPDATE "${table}" SET ${column} = ${value} WHERE ${KEYS[table] ?? ''} = ${String(position)}${ofTrack}`);
    const report = verify();
    expect(report).toMatchObject({ ok: false, track: TRACK });
    expect(report.position).toBeGreaterThan(0);
  });

  it.each([
    ['a removed topology row', 'DELETE FROM topology_event WHERE position = 9', 9],
    ['a removed block', 'DELETE FROM pulse_block WHERE first_position = 16', 16],
    ['a removed commit', 'DELETE FROM "commit" WHERE first_position = 15', 15],
    [
      'a removed tail',
      'DELETE FROM "commit" WHERE first_position = 19; DELETE FROM topology_event WHERE position = 19; DELETE FROM pulse_block WHERE first_position = 20',
      19,
    ],
    [
      'a row behind the head',
      'INSERT INTO topology_event (track_id, position, recorded_at, type, version, codec) VALUES (1, 21, 0, 2, 1, 1)',
      21,
    ],
    [
      'a row on top of a pulse',
      'INSERT INTO topology_event (track_id, position, recorded_at, type, version, codec) VALUES (1, 16, 0, 2, 1, 1)',
      16,
    ],
    ['a name of nobody', `INSERT INTO peer_name (track_id, peer, peer_id, salt) VALUES (1, 5, 'eve', zeroblob(16))`, 5],
    ['a missing head', 'DELETE FROM track_head WHERE track_id = 1', 1],
    ['a missing track', 'DELETE FROM track WHERE track_id = 1', 1],
  ])('names %s with its position', (_, sql, position) => {
    tamper(sql);
    expect(verify()).toMatchObject({ ok: false, track: TRACK, position });
  });

  it('says up to where the log is proven', () => {
    tamper('UPDATE topology_event SET depth = 5 WHERE position = 19');
    expect(verify()).toMatchObject({ ok: false, position: 19, lastGoodPosition: 18 });
  });

  it('takes an erased name for what it is: no damage', () => {
    tamper('DELETE FROM peer_name WHERE peer = 2');
    expect(verify()).toMatchObject({ ok: true, position: 20 });
    const [, ann] = read((reader) => [...reader.topologyEvents({ track: TRACK, afterPosition: 0 })]);
    expect(ann).toMatchObject({ type: 'PeerJoined', identity: null });
  });

  it('can begin behind a trusted position, also within a commit', () => {
    expect(verify({ fromPosition: 18 })).toMatchObject({ ok: true, commits: 1, events: 2 });
    expect(verify({ fromPosition: 16 })).toMatchObject({ ok: true, commits: 2, events: 6 });
    expect(verify({ fromPosition: 20 })).toMatchObject({ ok: true, commits: 0, events: 0 });
    tamper('UPDATE topology_event SET depth = 5 WHERE position = 9');
    expect(verify({ fromPosition: 18 })).toMatchObject({ ok: true });
    expect(verify()).toMatchObject({ ok: false });
  });

  it('finds a rewritten chain and a cut one by a head kept elsewhere', () => {
    const [position, hash] = [18, read((reader) => reader.commitsAfter(1, 1))[0]?.hash ?? ''];
    expect(verify({ expectHead: { position, hash } })).toMatchObject({ ok: true });
    expect(verify({ expectHead: { position, hash: 'ff'.repeat(32) } })).toMatchObject({ ok: false, position: 18 });
    expect(verify({ expectHead: { position: 17, hash } })).toMatchObject({ ok: false, position: 17 });
    expect(verify({ expectHead: { position: 30, hash } })).toMatchObject({ ok: false, position: 21 });
  });

  it.each([
    ['a name of an event type', `UPDATE event_type SET name = 'X' WHERE code = 3`],
    ['a name of a cause', `DELETE FROM cause_name WHERE code = 13`],
    ['a missing commit between tracks', `DELETE FROM "commit" WHERE sequence = 2`],
    ['rows without a track', `DELETE FROM track WHERE name = 'live/b'`],
    ['a track without a head', `DELETE FROM track_head WHERE track_id = 2`],
    ['an index that hides a row', `INSERT INTO stretch VALUES (1, 1, 9, 1, (SELECT body FROM pulse_block LIMIT 1))`],
  ])('of the file as a whole finds %s', (_, sql) => {
    tamper(sql);
    expect(read(verifyLogFile)).not.toEqual([]);
  });

  it('of the file refuses an edited description of the log', () => {
    tamper('UPDATE log_meta SET created_at = 5');
    expect(() => openEventLogReader(dataDir)).toThrow(/log_meta was edited/);
  });
});

describe('reading a damaged log', () => {
  it('stops at a missing event and names it', () => {
    tamper('DELETE FROM pulse_block WHERE first_position = 16');
    const all = (): unknown => read((reader) => [...reader.events({ track: TRACK, afterPosition: 0 })]);
    expect(all).toThrow(/live\/a, position 16: the event is missing/);
  });

  it('stops at an impossible row and names it', () => {
    tamper('UPDATE topology_event SET type = 77 WHERE position = 9');
    const all = (): unknown => read((reader) => [...reader.topologyEvents({ track: TRACK, afterPosition: 0 })]);
    expect(all).toThrow(/live\/a, position 9: event type 77 is unknown/);
  });
});

describe('a damaged file', () => {
  it('that is truncated is refused by readers and writers, naming file and last good positions', async () => {
    truncateSync(file, statSync(file).size - 4096);
    const truncated = (): unknown => openEventLogReader(dataDir);
    expect(truncated).toThrow(DamagedLogFileError);
    expect(truncated).toThrow(new RegExp(`${file}.*last good positions: .*live/a \\d+`));
    await expect(SqliteEventLog.open({ dataDir, nowMs: NOW })).rejects.toThrow(DamagedLogFileError);
  });

  it('that is no database at all is refused by both', async () => {
    writeFileSync(file, 'these are not the bytes you are looking for '.repeat(500));
    expect(() => openEventLogReader(dataDir)).toThrow(/no track in it can be read/);
    await expect(SqliteEventLog.open({ dataDir, nowMs: NOW })).rejects.toThrow(DamagedLogFileError);
  });

  it('that is somebody else’s database is refused, and left as it was', async () => {
    writeFileSync(file, '');
    const foreign = new Database(file);
    foreign.exec('CREATE TABLE shopping (item TEXT)');
    foreign.close();
    await expect(SqliteEventLog.open({ dataDir, nowMs: NOW })).rejects.toThrow(/not a meshledger log/);
    expect(() => openEventLogReader(dataDir)).toThrow(/not a meshledger log/);
  });

  it('with an overwritten page never gives wrong events: verification or reading names the damage', () => {
    const pages = statSync(file).size / 4096;
    const sound = readFileSync(file);
    const garbage = Buffer.alloc(4096, 0x5a);
    const wanted = JSON.stringify(oneOfEach());
    let found = 0;
    for (let page = 1; page < pages; page += 1) {
      writeFileSync(file, sound);
      const descriptor = openSync(file, 'r+');
      writeSync(descriptor, garbage, 0, garbage.length, page * 4096);
      closeSync(descriptor);
      try {
        const report = verify();
        if (!report.ok) found += 1;
        else
          expect(
            JSON.stringify(
              read((reader) => [...reader.topologyEvents({ track: TRACK, afterPosition: 0, untilPosition: 14 })]),
            ),
          ).toBe(wanted);
      } catch (error) {
        expect(error).toBeInstanceOf(DamagedLogFileError);
        found += 1;
      }
    }
    expect(found).toBeGreaterThan(5);
  });

  it('of an absent log is refused too', () => {
    expect(() => openEventLogReader(newDataDir())).toThrow(/holds no log/);
  });
});

import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type Database from 'better-sqlite3';
import type { RecordedTopologyEvent } from '../../src/domain/events.js';
import { ByteWriter } from '../../src/event-log/byte-writer.js';
import { TOPOLOGY_ROW_BYTES, writeCanonicalRow } from '../../src/event-log/canonical-bytes.js';
import { createOrMigrateLog } from '../../src/event-log/create-log.js';
import { AppendFailedError, type LogBatch } from '../../src/event-log/event-log.js';
import { encodeBatch } from '../../src/event-log/log-batch-codec.js';
import { openForWriting } from '../../src/event-log/log-file.js';
import { LogStore } from '../../src/event-log/log-store.js';
import { openEventLogReader } from '../../src/event-log/sqlite-event-log-reader.js';
import { rowOfEvent } from '../../src/event-log/topology-event-row.js';
import { verifyChain } from '../../src/event-log/verify-chain.js';
import { builtModule } from './built-worker.js';
import { NOW, append, joined, newDataDir, opened, removeDataDirs, topology } from './sample-log.js';

let dataDir: string;
beforeEach(() => {
  dataDir = newDataDir();
});
afterEach(removeDataDirs);

function joins(previousPosition: number, count: number): LogBatch {
  const events = Array.from({ length: count }, (_, index) =>
    joined(previousPosition + 1 + index, `peer-${String(previousPosition + index)}`),
  );
  return [append('live/a', previousPosition, topology(...events))];
}

describe('a full disk', () => {
  it('fails the append, keeps nothing of it, and the log goes on as soon as there is room', async () => {
    const file = await createOrMigrateLog(dataDir, 'full', NOW);
    let database: Database.Database | null = null;
    const store = new LogStore(file, 'full', () => (database = openForWriting(file, 'full')));
    const pagesMax = (pages: number): unknown => database?.pragma(`max_page_count = ${String(pages)}`);
    store.applyEncodedBatch(encodeBatch([append('live/a', 0, topology(opened(1)))]));
    pagesMax(30);
    expect(() => {
      store.applyEncodedBatch(encodeBatch([...joins(1, 1_000), append('live/b', 0, topology(opened(1)))]));
    }).toThrow(AppendFailedError);
    expect(store.head('live/a')).toMatchObject({ position: 1 });
    expect(store.head('live/b')).toBeNull();
    pagesMax(1_000_000);
    store.applyEncodedBatch(encodeBatch([...joins(1, 1_000), append('live/b', 0, topology(opened(1)))]));
    store.close();
    const reader = openEventLogReader(dataDir);
    expect(verifyChain(reader, 'live/a')).toMatchObject({ ok: true, position: 1_001, commits: 2 });
    expect(verifyChain(reader, 'live/b')).toMatchObject({ ok: true, position: 1, commits: 1 });
    reader.close();
  });
});

describe('an append that fails in the middle of its rows', () => {
  it.each([1, 7, 12, 23])('leaves nothing of %i rows to those that follow', async (rows) => {
    const file = await createOrMigrateLog(dataDir, 'full', NOW);
    const store = new LogStore(file, 'full');
    store.applyEncodedBatch(encodeBatch([append('live/a', 0, topology(opened(1)))]));
    const good = encodeBatch(joins(1, rows + 1));
    // The rows before the last one are put, and some of them inserted, when its tag is none.
    const broken = Uint8Array.from(good);
    broken[placeOf(joined(rows + 2, ''), good)] = 0;
    expect(() => {
      store.applyEncodedBatch(broken);
    }).toThrow(/^tag 0 is no topology row/);
    store.applyEncodedBatch(encodeBatch(joins(1, 3)));
    store.close();
    const reader = openEventLogReader(dataDir);
    expect(verifyChain(reader, 'live/a')).toMatchObject({ ok: true, position: 4, commits: 2 });
    expect([...reader.topologyEvents({ track: 'live/a', afterPosition: 1 })]).toHaveLength(3);
    reader.close();
  });

  it('because one of ten that are inserted at once is there already, leaves nothing of those before it', async () => {
    const file = await createOrMigrateLog(dataDir, 'full', NOW);
    const planted = openForWriting(file, 'full');
    const store = new LogStore(file, 'full');
    store.applyEncodedBatch(encodeBatch([append('live/a', 0, topology(opened(1)))]));
    planted.exec(
      `INSERT INTO topology_event (track_id, position, recorded_at, type, version, codec) VALUES (1, 6, 0, 3, 1, 1)`,
    );
    expect(() => {
      store.applyEncodedBatch(encodeBatch(joins(1, 20)));
    }).toThrow(/UNIQUE constraint failed/);
    expect(store.head('live/a')).toMatchObject({ position: 1 });
    store.applyEncodedBatch(encodeBatch(joins(1, 3)));
    const rows = planted.prepare('SELECT position FROM topology_event ORDER BY position').pluck().all();
    expect(rows).toEqual([1, 2, 3, 4, 6]);
    planted.close();
    store.close();
  });
});

/** Where the canonical bytes of an event begin in a batch. */
function placeOf(event: RecordedTopologyEvent, batch: Uint8Array): number {
  const row = new ByteWriter(TOPOLOGY_ROW_BYTES);
  writeCanonicalRow(row, rowOfEvent(event), true);
  return Buffer.from(batch).indexOf(row.finish());
}

/**
 * Run in a process whose files may not grow beyond a bound, which makes COMMIT itself fail as a disk does. `pinned`
 * holds a read transaction, so that the WAL cannot be emptied and nothing is proven about what stands in it.
 */
const FAILING_COMMIT = `
  import { join } from 'node:path';
  import Database from '${import.meta.resolve('better-sqlite3')}';
  import { SqliteEventLog } from '${builtModule('sqlite-event-log.js')}';
  const [dataDir, pinned] = process.argv.slice(1);
  process.on('SIGXFSZ', () => {});
  const log = await SqliteEventLog.open({ dataDir, nowMs: 0 });
  const at = { version: 1, recordedAt: 1 };
  const joins = (previousPosition, count) => [{ track: 'live/a', previousPosition, open: true, runs: [{ kind: 'topology',
    events: Array.from({ length: count }, (_, index) => previousPosition + 1 + index).map((position) => (
      { type: 'PeerJoined', ...at, position, peer: position, capacity: 3, identity: { peerId: 'p' + position, resumeHash: null } })) }] }];
  await log.append(joins(0, 1));
  const reader = new Database(join(dataDir, 'log-000001.sqlite'), { readonly: true });
  if (pinned === 'pinned') { reader.exec('BEGIN'); reader.prepare('SELECT count(*) FROM track').get(); }
  const outcome = await log.append(joins(1, 20000)).then(() => 'kept', (error) => error.name);
  if (pinned === 'pinned') reader.exec('COMMIT');
  const { position } = await log.head('live/a');
  await log.append(joins(position, 10));
  console.log(JSON.stringify({ outcome, position, after: (await log.head('live/a')).position }));
  process.kill(process.pid, 'SIGKILL');
`;

describe('a commit that fails', () => {
  it.each([
    ['free', 'AppendFailedError'],
    ['pinned', 'AppendOutcomeUnknownError'],
  ])('while the WAL is %s is an %s, and the log goes on from what its head says', (wal, wanted) => {
    const script = ['--input-type=module', '-e', FAILING_COMMIT, dataDir, wal];
    const limited = `ulimit -f 4000; "$0" "$@" || true`;
    const said = execFileSync('sh', ['-c', limited, process.execPath, ...script], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    expect(JSON.parse(said)).toEqual({ outcome: wanted, position: 1, after: 11 });
    const reader = openEventLogReader(dataDir);
    expect(verifyChain(reader, 'live/a')).toMatchObject({ ok: true, position: 11, commits: 2 });
    reader.close();
  });
});

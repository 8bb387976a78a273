import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { segmentFiles } from '../../src/event-log/data-directory.js';
import { ROWS_PER_PAGE } from '../../src/event-log/event-log-limits.js';
import { openEventLogReader, type SqliteEventLogReader } from '../../src/event-log/sqlite-event-log-reader.js';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.js';
import { verifyChain } from '../../src/event-log/verify-chain.js';
import { NOW, append, joined, newDataDir, opened, removeDataDirs, topology } from './sample-log.js';

const TRACK = 'live/a';
const JOINS = 3 * ROWS_PER_PAGE;

let dataDir: string;
let log: SqliteEventLog;
let reader: SqliteEventLogReader;

/** Three pages of joins in the live segment, and no file of names yet. */
beforeEach(async () => {
  dataDir = newDataDir();
  log = await SqliteEventLog.open({ dataDir, durability: 'normal', nowMs: NOW });
  await log.append([append(TRACK, 0, topology(opened(1)))]);
  const joins = Array.from({ length: JOINS }, (_, at) => joined(at + 2, `peer-${String(at)}`));
  // So many commits that a proof reports on its way.
  for (let from = 0; from < JOINS; from += 4) {
    await log.append([append(TRACK, from + 1, topology(...joins.slice(from, from + 4)))]);
  }
  reader = openEventLogReader(dataDir);
});
afterEach(async () => {
  reader.close();
  await log.close();
  removeDataDirs();
});

/** Names that have left the live segment for the first time, as when the first peer is forgotten. */
describe('names that move while a log', () => {
  it('is read are all there', async () => {
    const named: unknown[] = [];
    for (const event of reader.topologyEvents({ track: TRACK, afterPosition: 0 })) {
      if (event.position === 10) await log.moveNamesOut();
      if (event.type === 'PeerJoined') named.push(event.identity?.peerId);
    }
    expect(named).toEqual(Array.from({ length: JOINS }, (_, at) => `peer-${String(at)}`));
  });

  it('is proven are held against their digests', () => {
    const live = new Database(segmentFiles(dataDir)[0]);
    live.exec(`CREATE TEMP TABLE edited AS SELECT * FROM peer_name WHERE peer = ${String(JOINS)};
      UPDATE edited SET peer_id = 'somebody else';
      DELETE FROM peer_name WHERE peer = ${String(JOINS)};
      INSERT INTO peer_name SELECT * FROM edited`);
    live.close();
    let moved: Promise<boolean> | null = null;
    const onProgress = (): void => {
      moved ??= log.moveNamesOut();
    };
    expect(verifyChain(reader, TRACK, { onProgress })).toMatchObject({ ok: false, position: JOINS });
    expect(moved).not.toBeNull();
  });

  it('is asked for are all found, some of them twice', async () => {
    const numbers = new Set<number>();
    const peers = Array.from({ length: JOINS }, (_, at) => at + 2);
    for (const [found] of reader.identityColumns(TRACK, peers)) {
      if (numbers.size === 0) await log.moveNamesOut();
      for (const number of JSON.parse(found) as number[]) numbers.add(number);
    }
    expect([...numbers].sort((one, other) => one - other)).toEqual(peers);
  });
});

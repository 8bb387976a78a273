import { afterEach, beforeEach, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { join } from 'node:path';
import { PageRows } from '../../src/event-log/page-rows.js';
import { EVENT_COLUMNS_OF_PAGE } from '../../src/event-log/page-queries.js';
import { SegmentReader } from '../../src/event-log/segment-reader.js';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.js';
import type { TopologyRow } from '../../src/event-log/topology-row.js';
import { NOW, append, newDataDir, oneOfEach, oneOfEachResilient, removeDataDirs, topology } from './sample-log.js';

const TRACK = 'live/a';
const NOBODY = {
  type: 'PeerJoined',
  version: 1,
  position: 26,
  recordedAt: NOW + 2_000,
  peer: 26,
  capacity: 2,
} as const;
/** Such as no version writes: the reader of rows must hand them on, for the decoder to refuse. */
const DAMAGED_ROWS = [
  `(1, 27, 0, 8, 1, 1, x'')`,
  `(1, 28, 0, 8, 1, 1, zeroblob(16))`,
  `(1, 29, 0, 4, 1, 1, zeroblob(7))`,
  `(1, 30, 0, 99, 7, 3, NULL)`,
];
let segment: SegmentReader;

beforeEach(async () => {
  const dataDir = newDataDir();
  const log = await SqliteEventLog.open({ dataDir, nowMs: NOW });
  await log.append([
    append(TRACK, 0, topology(...oneOfEach(), ...oneOfEachResilient(), { ...NOBODY, identity: null })),
  ]);
  await log.close();
  const file = join(dataDir, 'log-000001.sqlite');
  const database = new Database(file);
  database.exec(
    `INSERT INTO topology_event (track_id, position, recorded_at, type, version, codec, name_digest)
     VALUES ${DAMAGED_ROWS.join(', ')}`,
  );
  database.close();
  segment = new SegmentReader(file);
});
afterEach(() => {
  segment.release();
  removeDataDirs();
});

it('reads from a page of columns what each row says, wherever the page begins and ends', () => {
  fc.assert(
    fc.property(fc.nat(31), fc.nat(31), fc.integer({ min: 1, max: 31 }), (after, until, limit) => {
      const range = { trackId: 1, after, until, limit };
      expect(new PageRows(segment.eventPage(range)).copies()).toEqual(segment.topologyRows(range).map(withoutDigest));
    }),
  );
});

it('reads the page by its key and in the order of the key, without sorting', () => {
  const plan = segment.database
    .prepare<[object], { detail: string }>(`EXPLAIN QUERY PLAN ${EVENT_COLUMNS_OF_PAGE}`)
    .all({ trackId: 1, after: 0, until: 31, limit: 31 })
    .map(({ detail }) => detail);
  const byKey = 'SEARCH topology_event USING PRIMARY KEY (track_id=? AND position>? AND position<?)';
  expect(plan).toEqual([byKey, 'SCALAR SUBQUERY 1', byKey]);
});

/** Of a digest only the length is read. */
function withoutDigest(row: TopologyRow): TopologyRow {
  return { ...row, nameDigest: row.nameDigest === null ? null : new Uint8Array(row.nameDigest.length) };
}

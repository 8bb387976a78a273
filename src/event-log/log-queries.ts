import {
  DummyDriver,
  type InsertObject,
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
} from 'kysely';
import type { EventLogTables } from './log-tables.js';

/**
 * Every statement on the log. kysely checks names and types here, once; better-sqlite3 prepares the text and runs
 * it, because building a query for each row costs ten times the row. Parameters bind in the order of the text.
 */
const tables = new Kysely<EventLogTables>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
});

/** Stands for a parameter that is bound when the statement runs; the value itself is never used. */
const BOUND = 0;
const BOUND_TEXT = '';
const BOUND_BYTES = new Uint8Array(0);

/** How rows of a table are inserted some at a time, bound one behind the other, and those that are left one by one. */
export interface BulkInsert {
  readonly columns: number;
  readonly rowsAtOnce: number;
  readonly some: string;
  readonly one: string;
}

/** With `OR FAIL` SQLite keeps no journal of the rows before one that fails: nothing of a batch that fails is kept anyway. */
function bulkInsert<Table extends keyof EventLogTables>(
  table: Table,
  rowsAtOnce: number,
  row: InsertObject<EventLogTables, Table>,
): BulkInsert {
  const insert = (rows: number): string =>
    tables
      .insertInto(table)
      .orFail()
      .values(Array.from({ length: rows }, () => row))
      .compile().sql;
  return { columns: Object.keys(row).length, rowsAtOnce, some: insert(rowsAtOnce), one: insert(1) };
}

export const INSERT_TRACK = tables.insertInto('track').values({ track_id: BOUND, name: BOUND_TEXT }).compile().sql;

export const INSERT_COMMIT = tables
  .insertInto('commit')
  .values({
    sequence: BOUND,
    track_id: BOUND,
    first_position: BOUND,
    last_position: BOUND,
    recorded_at: BOUND,
    open: BOUND,
    codec: BOUND,
    hash: BOUND_BYTES,
  })
  .compile().sql;

/** Ten at a time: twenty are no faster. */
export const INSERT_TOPOLOGY_EVENTS = bulkInsert('topology_event', 10, {
  track_id: BOUND,
  position: BOUND,
  recorded_at: BOUND,
  type: BOUND,
  version: BOUND,
  codec: BOUND,
  peer: BOUND,
  parent: BOUND,
  former_parent: BOUND,
  caused_by: BOUND,
  cause: BOUND,
  amount: BOUND,
  depth: BOUND,
  name_digest: BOUND_BYTES,
  detail: BOUND_TEXT,
});

export const INSERT_PULSE_BLOCK = tables
  .insertInto('pulse_block')
  .values({
    track_id: BOUND,
    first_position: BOUND,
    count: BOUND,
    first_recorded_at: BOUND,
    last_recorded_at: BOUND,
    codec: BOUND,
    body: BOUND_BYTES,
  })
  .compile().sql;

export const INSERT_PEER_NAMES = bulkInsert('peer_name', 5, {
  track_id: BOUND,
  peer: BOUND,
  peer_id: BOUND_TEXT,
  resume_hash: BOUND_TEXT,
  salt: BOUND_BYTES,
  stretch: BOUND,
});

export const INSERT_TRACK_HEAD = tables
  .insertInto('track_head')
  .values({ position: BOUND, recorded_at: BOUND, hash: BOUND_BYTES, open: BOUND, track_id: BOUND })
  .compile().sql;

/** For a track that stays open or closed: what does not change need not be indexed anew. */
export const MOVE_TRACK_HEAD = tables
  .updateTable('track_head')
  .set({ position: BOUND, recorded_at: BOUND, hash: BOUND_BYTES })
  .where('track_id', '=', BOUND)
  .compile().sql;

/** For one that opens or closes. */
export const TURN_TRACK_HEAD = tables
  .updateTable('track_head')
  .set({ position: BOUND, recorded_at: BOUND, hash: BOUND_BYTES, open: BOUND })
  .where('track_id', '=', BOUND)
  .compile().sql;

export const LAST_TRACK_ID = tables
  .selectFrom('track')
  .select((read) => read.fn.coalesce(read.fn.max('track_id'), sql<number>`0`).as('track_id'))
  .compile().sql;

/** Of the last commit: of this segment, or else of those before it. */
export const LAST_SEQUENCE = `
  SELECT coalesce((SELECT max(sequence) FROM "commit"), (SELECT last_sequence FROM segment_start), 0)`;

const trackHeads = tables
  .selectFrom('track')
  .innerJoin('track_head', 'track_head.track_id', 'track.track_id')
  .select([
    'track.track_id',
    'track.name',
    'track_head.position',
    'track_head.recorded_at',
    'track_head.hash',
    'track_head.open',
  ]);
export const HEAD_OF_TRACK = trackHeads.where('track.name', '=', BOUND_TEXT).compile().sql;
export const ALL_HEADS = trackHeads.orderBy('track.name').compile().sql;
export const OPEN_HEADS = trackHeads
  .where('track_head.open', '=', sql<number>`1`)
  .orderBy('track.name')
  .compile().sql;

export const LAST_RECORDED_AT = tables
  .selectFrom('track_head')
  .select((read) => read.fn.coalesce(read.fn.max('recorded_at'), sql<number>`0`).as('recorded_at'))
  .compile().sql;

export const TRACK_ID = tables.selectFrom('track').select('track_id').where('name', '=', BOUND_TEXT).compile().sql;

export const TOPOLOGY_ROWS = tables
  .selectFrom('topology_event')
  .select([
    'position',
    'recorded_at',
    'type',
    'version',
    'codec',
    'peer',
    'parent',
    'former_parent',
    'caused_by',
    'cause',
    'amount',
    'depth',
    'name_digest',
    'detail',
  ])
  .where('track_id', '=', BOUND)
  .where('position', '>', BOUND)
  .where('position', '<=', BOUND)
  .orderBy('position')
  .limit(BOUND)
  .compile().sql;

export const NAMES = tables
  .selectFrom('peer_name')
  .select(['peer', 'peer_id', 'resume_hash', 'salt'])
  .where('track_id', '=', BOUND)
  .where('peer', '>', BOUND)
  .where('peer', '<=', BOUND)
  .orderBy('peer')
  .limit(BOUND)
  .compile().sql;

/** Numbers a peer_id has had, ascending: one look into the index for each stretch of positions by which it is cut. */
export const NUMBERS_OF_PEER_ID = `
  WITH RECURSIVE stretch(number) AS (
    SELECT min(peer) / 16384 FROM peer_name WHERE track_id = :track_id
    UNION ALL
    SELECT number + 1 FROM stretch WHERE number < (SELECT max(peer) / 16384 FROM peer_name WHERE track_id = :track_id)
  )
  SELECT peer FROM stretch CROSS JOIN peer_name
   WHERE track_id = :track_id AND peer / 16384 = stretch.number AND peer_id = :peer_id
   ORDER BY peer`;

export const PULSE_BLOCKS = tables
  .selectFrom('pulse_block')
  .select(['first_position', 'count', 'first_recorded_at', 'last_recorded_at', 'codec', 'body'])
  .where('track_id', '=', BOUND)
  .where('first_position', '>', BOUND)
  .where('first_position', '<=', BOUND)
  .orderBy('first_position')
  .limit(BOUND)
  .compile().sql;

/** Where the block begins that could hold a position. */
export const BLOCK_AT_OR_BEFORE = tables
  .selectFrom('pulse_block')
  .select(['first_position', 'count'])
  .where('track_id', '=', BOUND)
  .where('first_position', '<=', BOUND)
  .orderBy('first_position', 'desc')
  .limit(sql.lit(1))
  .compile().sql;

const commits = tables
  .selectFrom('commit')
  .select(['sequence', 'first_position', 'last_position', 'recorded_at', 'open', 'codec', 'hash']);
export const COMMITS_OF_TRACK = commits
  .where('track_id', '=', BOUND)
  .where('first_position', '>', BOUND)
  .orderBy('first_position')
  .limit(BOUND)
  .compile().sql;
export const COMMIT_AT_OR_BEFORE = commits
  .where('track_id', '=', BOUND)
  .where('first_position', '<=', BOUND)
  .orderBy('first_position', 'desc')
  .limit(sql.lit(1))
  .compile().sql;
const commitsOfAllTracks = tables
  .selectFrom('commit')
  .leftJoin('track', 'track.track_id', 'commit.track_id')
  .select(['sequence', 'name', 'commit.track_id', 'first_position', 'last_position', 'recorded_at', 'open', 'hash']);
export const LAST_COMMIT = commitsOfAllTracks.orderBy('sequence', 'desc').limit(sql.lit(1)).compile().sql;
export const COMMITS_AFTER_SEQUENCE = commitsOfAllTracks
  .where('sequence', '>', BOUND)
  .orderBy('sequence')
  .limit(BOUND)
  .compile().sql;

export const LOG_META = tables
  .selectFrom('log_meta')
  .select(['format_version', 'log_id', 'segment', 'created_at', 'digest'])
  .compile().sql;

export const INSERT_LOG_META = tables
  .insertInto('log_meta')
  .values({
    only_row: BOUND,
    format_version: BOUND,
    log_id: BOUND_TEXT,
    segment: BOUND,
    created_at: BOUND,
    digest: BOUND_BYTES,
  })
  .compile().sql;

/** The ends of a track in every table, in one statement and so at one moment, while the log may be growing. */
export const ENDS_OF_TRACK = `
  SELECT (SELECT position FROM track_head WHERE track_id = :track_id) AS head,
         (SELECT max(first_position) FROM "commit" WHERE track_id = :track_id) AS "commit",
         (SELECT max(position) FROM topology_event WHERE track_id = :track_id) AS topology_event,
         (SELECT max(first_position) FROM pulse_block WHERE track_id = :track_id) AS pulse_block,
         (SELECT max(peer) FROM peer_name WHERE track_id = :track_id) AS peer_name,
         (SELECT min(first_position) FROM "commit" WHERE track_id = :track_id) AS first_commit,
         (SELECT min(position) FROM topology_event WHERE track_id = :track_id) AS first_topology_event,
         (SELECT min(first_position) FROM pulse_block WHERE track_id = :track_id) AS first_pulse_block,
         (SELECT min(peer) FROM peer_name WHERE track_id = :track_id) AS first_peer_name`;

import { sql, type Kysely, type Migration } from 'kysely';

/**
 * The first format of the log. Written as SQL because STRICT, WITHOUT ROWID and triggers are the point
 * of it. Names and codes are spelled out: a migration that has run anywhere never changes again.
 */
export const createEventLog: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of [...TABLES, ...INDEXES, ...NAMES, ...GUARDS, READABLE_EVENT]) {
      await sql.raw(statement).execute(db);
    }
  },
};

const TABLES = [
  `CREATE TABLE log_meta (
     only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
     format_version INTEGER NOT NULL,
     log_id TEXT NOT NULL,
     segment INTEGER NOT NULL,
     created_at INTEGER NOT NULL,
     digest BLOB NOT NULL
   ) STRICT`,
  `CREATE TABLE event_type (code INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT`,
  `CREATE TABLE cause_name (
     type INTEGER NOT NULL, code INTEGER NOT NULL, name TEXT NOT NULL,
     PRIMARY KEY (type, code)
   ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE track (track_id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT`,
  `CREATE TABLE "commit" (
     sequence INTEGER PRIMARY KEY,
     track_id INTEGER NOT NULL,
     first_position INTEGER NOT NULL,
     last_position INTEGER NOT NULL,
     recorded_at INTEGER NOT NULL,
     open INTEGER NOT NULL,
     codec INTEGER NOT NULL,
     hash BLOB NOT NULL
   ) STRICT`,
  `CREATE TABLE topology_event (
     track_id INTEGER NOT NULL,
     position INTEGER NOT NULL,
     recorded_at INTEGER NOT NULL,
     type INTEGER NOT NULL,
     version INTEGER NOT NULL,
     codec INTEGER NOT NULL,
     peer INTEGER,
     parent INTEGER,
     former_parent INTEGER,
     caused_by INTEGER,
     cause INTEGER,
     amount INTEGER,
     depth INTEGER,
     name_digest BLOB,
     detail TEXT,
     PRIMARY KEY (track_id, position)
   ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE pulse_block (
     track_id INTEGER NOT NULL,
     first_position INTEGER NOT NULL,
     count INTEGER NOT NULL,
     first_recorded_at INTEGER NOT NULL,
     last_recorded_at INTEGER NOT NULL,
     codec INTEGER NOT NULL,
     body BLOB NOT NULL,
     PRIMARY KEY (track_id, first_position)
   ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE peer_name (
     track_id INTEGER NOT NULL,
     peer INTEGER NOT NULL,
     peer_id TEXT NOT NULL,
     resume_hash TEXT,
     salt BLOB NOT NULL,
     PRIMARY KEY (track_id, peer)
   ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE track_head (
     track_id INTEGER PRIMARY KEY,
     position INTEGER NOT NULL,
     recorded_at INTEGER NOT NULL,
     hash BLOB NOT NULL,
     open INTEGER NOT NULL
   ) STRICT`,
];

const INDEXES = [
  `CREATE UNIQUE INDEX commit_by_position ON "commit" (track_id, first_position)`,
  `CREATE INDEX topology_event_by_peer ON topology_event (track_id, peer) WHERE peer IS NOT NULL`,
  `CREATE INDEX topology_event_by_parent ON topology_event (track_id, parent) WHERE parent IS NOT NULL`,
  `CREATE INDEX topology_event_by_former_parent ON topology_event (track_id, former_parent)
     WHERE former_parent IS NOT NULL`,
  // Names are as random as clients make them: in an index on them alone every join would change a page of its own, which doubled
  // the bytes of a commit. By stretches of 16384 positions, all joins of a while fall on the same few pages.
  `CREATE INDEX peer_name_by_peer_id ON peer_name (track_id, peer / 16384, peer_id)`,
  // Most tracks of an old log are closed; a start must not read past them all.
  `CREATE INDEX track_head_open ON track_head (track_id) WHERE open = 1`,
];

const NAMES = [
  `INSERT INTO event_type (code, name) VALUES
     (1, 'TrackOpened'), (2, 'TrackClosed'), (3, 'ServiceRecovered'), (4, 'PeerJoined'), (5, 'PeerResumed'),
     (6, 'PeerDisconnected'), (7, 'CapacityClaimed'), (8, 'PeerLeft'), (9, 'PeerTimedOut'), (10, 'PeerKicked'),
     (11, 'ParentAssigned'), (12, 'PeerWaiting')`,
  `INSERT INTO cause_name (type, code, name) VALUES
     (3, 1, 'restart'), (3, 2, 'stall'), (3, 3, 'storage'),
     (8, 1, 'left'), (8, 2, 'replaced'),
     (11, 1, 'joined'), (11, 2, 'orphaned'), (11, 3, 'heir'), (11, 4, 'sibling'), (11, 5, 'swapped'),
     (11, 6, 'promoted'), (11, 7, 'refilled'), (11, 8, 'tenured'), (11, 9, 'suspected'), (11, 10, 'verified'),
     (11, 11, 'shrunk'), (11, 12, 'reassigned'), (11, 13, 'configured')`,
];

const IMMUTABLE = ['log_meta', 'event_type', 'cause_name', 'track', 'commit', 'topology_event', 'pulse_block'];

const GUARDS = [
  ...IMMUTABLE.flatMap((table) => [refuse('UPDATE', table), refuse('DELETE', table)]),
  // A name may be erased, so that a person can be forgotten, but never changed.
  refuse('UPDATE', 'peer_name'),
  refuse('DELETE', 'track_head'),
  // INSERT OR REPLACE would delete a row without meeting the triggers above. The rows of topology_event and peer_name
  // have no such guard, because it costs up to a third of their throughput; a replaced event is found by its hash.
  refuseReplace('log_meta', 'only_row = NEW.only_row'),
  refuseReplace('track', 'track_id = NEW.track_id OR name = NEW.name'),
  refuseReplace(
    'commit',
    'sequence = NEW.sequence OR (track_id = NEW.track_id AND first_position = NEW.first_position)',
  ),
  refuseReplace('pulse_block', 'track_id = NEW.track_id AND first_position = NEW.first_position'),
  refuseReplace('track_head', 'track_id = NEW.track_id'),
  `CREATE TRIGGER track_head_never_goes_back BEFORE UPDATE ON track_head
   WHEN NEW.track_id <> OLD.track_id OR NEW.position <= OLD.position OR NEW.recorded_at < OLD.recorded_at
   BEGIN SELECT RAISE(ABORT, 'the log is immutable: a head never goes back'); END`,
];

const READABLE_EVENT = `CREATE VIEW readable_event AS
  SELECT track.name AS track,
         event.position,
         strftime('%Y-%m-%dT%H:%M:%fZ', event.recorded_at / 1000.0, 'unixepoch') AS recorded_at,
         event_type.name AS type,
         event.version,
         peer.peer_id AS peer_id,
         event.peer AS peer_number,
         iif(event.parent = 0, 'origin', parent.peer_id) AS parent_id,
         event.parent AS parent_number,
         iif(event.former_parent = 0, 'origin', former.peer_id) AS former_parent_id,
         event.former_parent AS former_parent_number,
         event.depth,
         cause_name.name AS cause,
         event.caused_by,
         iif(event_type.name IN ('PeerJoined', 'CapacityClaimed'), event.amount, NULL) AS capacity,
         iif(event_type.name = 'PeerTimedOut', event.amount, NULL) AS silent_ms,
         iif(event_type.name = 'ServiceRecovered', event.amount, NULL) AS gap_ms,
         event.detail
    FROM topology_event AS event
    JOIN track ON track.track_id = event.track_id
    LEFT JOIN event_type ON event_type.code = event.type
    LEFT JOIN cause_name ON cause_name.type = event.type AND cause_name.code = event.cause
    LEFT JOIN peer_name AS peer ON peer.track_id = event.track_id AND peer.peer = event.peer
    LEFT JOIN peer_name AS parent ON parent.track_id = event.track_id AND parent.peer = event.parent
    LEFT JOIN peer_name AS former ON former.track_id = event.track_id AND former.peer = event.former_parent`;

function refuse(operation: 'UPDATE' | 'DELETE', table: string): string {
  return `CREATE TRIGGER ${table}_refuses_${operation.toLowerCase()} BEFORE ${operation} ON "${table}"
    BEGIN SELECT RAISE(ABORT, 'the log is immutable: ${operation} of ${table} is refused'); END`;
}

function refuseReplace(table: string, sameKey: string): string {
  return `CREATE TRIGGER ${table}_refuses_replace BEFORE INSERT ON "${table}"
    WHEN EXISTS (SELECT 1 FROM "${table}" WHERE ${sameKey})
    BEGIN SELECT RAISE(ABORT, 'the log is immutable: replacing a row of ${table} is refused'); END`;
}

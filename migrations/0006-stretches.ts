import { sql, type Kysely, type Migration } from 'kysely';

/**
 * Cuts the indexes by peer and by name into stretches of a track. An event names peers from anywhere, so that nearly every entry of a whole index
 * fell on a page of its own: of a commit of 100 events, 80 % of the bytes. Within a stretch all entries of a while share a few pages. Rows from before
 * are one stretch, which begins at 0. See docs/adr/0010.
 */
export const cutIndexesByStretches: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of [...COLUMNS, ...NO_LONGER, ...INDEXES]) await sql.raw(statement).execute(db);
  },
};

const COLUMNS = [
  `ALTER TABLE topology_event ADD COLUMN stretch INTEGER NOT NULL DEFAULT 0`,
  `ALTER TABLE peer_name ADD COLUMN stretch INTEGER NOT NULL DEFAULT 0`,
];

const NO_LONGER = [
  `DROP INDEX topology_event_by_peer`,
  `DROP INDEX topology_event_by_parent`,
  `DROP INDEX topology_event_by_former_parent`,
  `DROP INDEX peer_name_by_peer_id`,
];

const INDEXES = [
  `CREATE INDEX topology_event_by_peer ON topology_event (track_id, stretch, peer) WHERE peer IS NOT NULL`,
  `CREATE INDEX topology_event_by_parent ON topology_event (track_id, stretch, parent) WHERE parent IS NOT NULL`,
  `CREATE INDEX topology_event_by_former_parent ON topology_event (track_id, stretch, former_parent)
     WHERE former_parent IS NOT NULL`,
  `CREATE INDEX peer_name_by_peer_id ON peer_name (track_id, stretch, peer_id)`,
];

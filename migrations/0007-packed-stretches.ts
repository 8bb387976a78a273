import { sql, type Kysely, type Migration } from 'kysely';

/**
 * Puts whom the rows of a stretch name into one row of a table, in place of three indexes: each event put an entry into each of them, and a stretch of
 * 2,048 rows is read as one. See docs/adr/0012.
 */
export const packStretches: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of [...NO_LONGER, ...INSTEAD]) await sql.raw(statement).execute(db);
  },
};

const NO_LONGER = [
  `DROP INDEX topology_event_by_peer`,
  `DROP INDEX topology_event_by_parent`,
  `DROP INDEX topology_event_by_former_parent`,
  `ALTER TABLE topology_event DROP COLUMN stretch`,
];

const INSTEAD = [
  `CREATE TABLE stretch (
     track_id INTEGER NOT NULL,
     after_position INTEGER NOT NULL,
     last_position INTEGER NOT NULL,
     codec INTEGER NOT NULL,
     body BLOB NOT NULL,
     PRIMARY KEY (track_id, after_position)
   ) STRICT, WITHOUT ROWID`,
];

import { sql, type Kysely, type Migration } from 'kysely';

/**
 * What a segment begins with: the heads of all tracks at the cut, and the number of the last commit before it. Both stay empty in the
 * first segment. And the names of the events that came with retention and forgetting.
 */
export const beginSegments: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of [...TABLES, ...GUARDS, NAMES]) await sql.raw(statement).execute(db);
  },
};

const TABLES = [
  `CREATE TABLE segment_start (
     only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
     last_sequence INTEGER NOT NULL,
     digest BLOB NOT NULL
   ) STRICT`,
  `CREATE TABLE segment_opening (
     track_id INTEGER PRIMARY KEY,
     position INTEGER NOT NULL,
     recorded_at INTEGER NOT NULL,
     hash BLOB NOT NULL,
     open INTEGER NOT NULL
   ) STRICT`,
];

const GUARDS = [...guards('segment_start', 'only_row'), ...guards('segment_opening', 'track_id')];

const NAMES = `INSERT INTO event_type (code, name) VALUES (22, 'RetentionApplied'), (23, 'PeerForgotten')`;

function guards(table: string, key: string): string[] {
  return [
    ...['UPDATE', 'DELETE'].map(
      (operation) => `CREATE TRIGGER ${table}_refuses_${operation.toLowerCase()} BEFORE ${operation} ON ${table}
        BEGIN SELECT RAISE(ABORT, 'the log is immutable: ${operation} of ${table} is refused'); END`,
    ),
    `CREATE TRIGGER ${table}_refuses_replace BEFORE INSERT ON ${table}
      WHEN EXISTS (SELECT 1 FROM ${table} WHERE ${key} = NEW.${key})
      BEGIN SELECT RAISE(ABORT, 'the log is immutable: replacing a row of ${table} is refused'); END`,
  ];
}

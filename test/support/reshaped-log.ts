import Database from 'better-sqlite3';
import { chmodSync } from 'node:fs';
import { segmentFiles } from '../../src/event-log/data-directory.js';

const WRITABLE = 0o600;

/** Rows of a file, each in a stretch with so many others. */
const cut = (rows: number): string => `
  UPDATE topology_event SET stretch = begins.first
    FROM (SELECT track_id, position, min(position) OVER (PARTITION BY track_id, part) AS first
            FROM (SELECT track_id, position, (row_number() OVER (PARTITION BY track_id ORDER BY position) - 1) / ${String(rows)} AS part
                    FROM topology_event)) AS begins
   WHERE begins.track_id = topology_event.track_id AND begins.position = topology_event.position;
  UPDATE peer_name SET stretch = event.stretch FROM topology_event AS event
   WHERE event.track_id = peer_name.track_id AND event.position = peer_name.peer`;

/** Cuts the indexes of every segment into stretches of so many rows: what takes thousands of events otherwise. */
export function cutIntoStretches(dataDir: string, rows: number): void {
  for (const file of segmentFiles(dataDir)) reshape(file, cut(rows));
}

/** As of a version that knew nothing of stretches: the form of segments that were sealed by it. */
export function makeWhole(dataDir: string): void {
  for (const file of segmentFiles(dataDir))
    reshape(
      file,
      ['peer', 'parent', 'former_parent']
        .map((column) => `DROP INDEX topology_event_by_${column}`)
        .concat(
          'DROP INDEX peer_name_by_peer_id',
          'ALTER TABLE topology_event DROP COLUMN stretch',
          'ALTER TABLE peer_name DROP COLUMN stretch',
          ['peer', 'parent', 'former_parent'].map(
            (column) =>
              `CREATE INDEX topology_event_by_${column} ON topology_event (track_id, ${column}) WHERE ${column} IS NOT NULL`,
          ),
          'CREATE INDEX peer_name_by_peer_id ON peer_name (track_id, peer / 16384, peer_id)',
        )
        .join(';'),
    );
}

/** Past the guards of the tables, which stand again afterwards. */
function reshape(file: string, sql: string): void {
  chmodSync(file, WRITABLE);
  const database = new Database(file);
  const guards = database
    .prepare<[], { name: string; sql: string }>(`SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'`)
    .all();
  for (const { name } of guards) database.exec(`DROP TRIGGER ${name}`);
  database.exec(sql);
  for (const guard of guards) database.exec(guard.sql);
  database.close();
}

import Database from 'better-sqlite3';
import { chmodSync } from 'node:fs';
import { segmentFiles } from '../../src/event-log/data-directory.js';
import { STRETCH_CODEC, StretchIndex } from '../../src/event-log/stretch-index.js';
import {
  INSERT_STRETCH,
  ROWS_TO_INDEX,
  stretchRowsOf,
  type RowsToIndexBinds,
  type RowsToIndexCells,
} from '../../src/event-log/stretch-queries.js';

const WRITABLE = 0o600;

/** Packs the rows of every segment into stretches of so many: what takes thousands of events otherwise. */
export function packShort(dataDir: string, rows: number): void {
  reshape(dataDir, (database) => {
    database.exec('DELETE FROM stretch');
    const trackIds = database.prepare<[], number>('SELECT DISTINCT track_id FROM topology_event').pluck().all();
    const page = database.prepare<RowsToIndexBinds, RowsToIndexCells>(ROWS_TO_INDEX).raw();
    for (const trackId of trackIds) {
      for (let after = 0; ;) {
        const index = StretchIndex.of(stretchRowsOf(page.get(trackId, after, Number.MAX_SAFE_INTEGER, rows)));
        if (index.rowCount < rows) break;
        database.prepare(INSERT_STRETCH).run(trackId, after, index.last, STRETCH_CODEC, index.body);
        after = index.last;
      }
    }
  });
}

/** The same, but that every second packed index is missing, and every fifth cannot be read. */
export function packWithGaps(dataDir: string, rows: number): void {
  packShort(dataDir, rows);
  const everyOther = 'SELECT after_position FROM stretch WHERE after_position % 2 = 0';
  reshape(dataDir, (database) => {
    database.exec(`DELETE FROM stretch WHERE after_position IN (${everyOther});
                   UPDATE stretch SET body = x'0102' WHERE after_position % 5 = 0`);
  });
}

/** As of a version that packed none: the form of segments that were sealed by it. */
export function unpack(dataDir: string): void {
  reshape(dataDir, (database) => database.exec('DROP TABLE stretch'));
}

/** Past the guards of the tables, which stand again afterwards. */
function reshape(dataDir: string, change: (database: Database.Database) => void): void {
  for (const file of segmentFiles(dataDir)) {
    chmodSync(file, WRITABLE);
    const database = new Database(file);
    const guards = database
      .prepare<[], { name: string; sql: string }>(`SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'`)
      .all();
    for (const { name } of guards) database.exec(`DROP TRIGGER ${name}`);
    change(database);
    for (const guard of guards) database.exec(guard.sql);
    database.close();
  }
}

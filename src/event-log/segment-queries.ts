import type Database from 'better-sqlite3';

/** Whether a file has a table or an index of this name: one that was sealed before there was any has not. */
export function hasInSchema(database: Database.Database, name: string): boolean {
  return database.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(name) !== undefined;
}

/** Statements about what a segment begins with; older files don't have these tables, and nothing is before them. */
export const OPENINGS = 'segment_opening';

export const SEGMENT_START = `SELECT last_sequence, digest FROM segment_start`;

/** The head of a track at the cut. */
export const OPENING_OF_TRACK = `
  SELECT opening.track_id, track.name, opening.position, opening.recorded_at, opening.hash, opening.open
    FROM segment_opening AS opening JOIN track ON track.track_id = opening.track_id
   WHERE opening.track_id = ?`;

/** All heads at the cut, in order of their number. */
export const ALL_OPENINGS = `
  SELECT opening.track_id, track.name, opening.position, opening.recorded_at, opening.hash, opening.open
    FROM segment_opening AS opening LEFT JOIN track ON track.track_id = opening.track_id
   ORDER BY opening.track_id`;

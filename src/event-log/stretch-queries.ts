import type Database from 'better-sqlite3';
import type { PeerNumber, Position } from '../domain/ids.js';
import type { StretchRows } from './stretch-mentions.js';

/** Statements about stretches and the indexes of them that are kept. */

/** The table of packed indexes. */
export const STRETCHES = 'stretch';

/** Where the stretches from a position on begin and end, as JSON arrays. */
export const STRETCHES_FROM = `
  SELECT json_group_array(after_position), json_group_array(last_position)
    FROM (SELECT after_position, last_position FROM stretch
           WHERE track_id = ? AND after_position >= ? ORDER BY after_position)`;

export const STRETCH_AT = `SELECT codec, body FROM stretch WHERE track_id = ? AND after_position = ?`;

export const INSERT_STRETCH = `
  INSERT INTO stretch (track_id, after_position, last_position, codec, body) VALUES (?, ?, ?, ?, ?)`;

export const LAST_STRETCH_END = `
  SELECT last_position FROM stretch WHERE track_id = ? ORDER BY after_position DESC LIMIT 1`;

/** How many topology rows of a track stand behind a position. */
export const ROWS_BEHIND = `SELECT count(*) FROM topology_event WHERE track_id = ? AND position > ?`;

/** The first and the last topology row of a track in a file; null for none. */
export const ENDS_OF_ROWS = `
  SELECT (SELECT min(position) FROM topology_event WHERE track_id = :track_id),
         (SELECT max(position) FROM topology_event WHERE track_id = :track_id)`;

/** The next topology row behind a position; null for none. */
export const ROW_BEHIND = `SELECT min(position) FROM topology_event WHERE track_id = ? AND position > ?`;

/** What an index needs of the first rows of a range, column by column as JSON arrays: in one row, because each that is handed over takes as long as ten that are read. */
export const ROWS_TO_INDEX = `
  SELECT json_group_array(position), json_group_array(type), json_group_array(peer), json_group_array(parent),
         json_group_array(former_parent)
    FROM (SELECT position, type, peer, parent, former_parent FROM topology_event
           WHERE track_id = ? AND position > ? AND position <= ? ORDER BY position LIMIT ?)`;

/** Numbers a peer_id has had, ascending: one look into the index of names for each part that it is cut into. */
export const NUMBERS_OF_PEER_ID_BY_STRETCH = `
  WITH RECURSIVE part(first) AS (
    SELECT min(stretch) FROM peer_name INDEXED BY peer_name_by_peer_id WHERE track_id = :track_id
    UNION ALL
    SELECT (SELECT min(stretch) FROM peer_name INDEXED BY peer_name_by_peer_id WHERE track_id = :track_id AND stretch > first)
      FROM part WHERE first IS NOT NULL)
  SELECT peer FROM part CROSS JOIN peer_name INDEXED BY peer_name_by_peer_id
   WHERE track_id = :track_id AND stretch = first AND peer_id = :peer_id
   ORDER BY peer`;

/** Whether the index of names of a file is cut so: that of a segment that was sealed before is not. */
export function hasNamesByStretch(database: Database.Database): boolean {
  const found = `SELECT count(*) FROM pragma_table_info('peer_name') WHERE name = 'stretch'`;
  return database.prepare<[], number>(found).pluck().get() === 1;
}

export type RowsToIndexBinds = [trackId: number, after: Position, until: Position, limit: number];
export type RowsToIndexCells = [string, string, string, string, string];

const NO_ROWS: RowsToIndexCells = ['[]', '[]', '[]', '[]', '[]'];

export function stretchRowsOf(cells: RowsToIndexCells = NO_ROWS): StretchRows {
  const [positions, types, peers, parents, formerParents] = cells;
  return {
    positions: JSON.parse(positions) as Position[],
    types: JSON.parse(types) as number[],
    peers: JSON.parse(peers) as (PeerNumber | null)[],
    parents: JSON.parse(parents) as (PeerNumber | null)[],
    formerParents: JSON.parse(formerParents) as (PeerNumber | null)[],
  };
}

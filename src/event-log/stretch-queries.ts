import type Database from 'better-sqlite3';
import { ROWS_AS_JSON } from './log-queries.js';
import { COUNTED_DECISIONS_AS_JSON, DECISIONS, DEPARTURES, type NAMING_COLUMNS } from './peer-queries.js';

/** Statements that find rows by peer where the indexes are cut by stretches: one look into each stretch of the range. */

const HAS_STRETCHES = `SELECT count(*) FROM pragma_table_info('topology_event') WHERE name = 'stretch'`;

/** Whether the indexes of a file are cut: those of a segment that was sealed before are not. */
export function hasStretches(database: Database.Database): boolean {
  return database.prepare<[], number>(HAS_STRETCHES).pluck().get() === 1;
}

/** Where the stretches behind one begin, as a JSON array. */
export const STRETCHES_BEHIND_AS_JSON = `
  WITH RECURSIVE part(first) AS (
    SELECT min(stretch) FROM topology_event INDEXED BY topology_event_by_peer
     WHERE track_id = :track_id AND stretch > :last AND peer IS NOT NULL
    UNION ALL
    SELECT (SELECT min(stretch) FROM topology_event INDEXED BY topology_event_by_peer
             WHERE track_id = :track_id AND stretch > first AND peer IS NOT NULL)
      FROM part WHERE first IS NOT NULL)
  SELECT json_group_array(first) FROM part WHERE first IS NOT NULL`;

/** The rows of a range that an index finds in some stretches, whose beginnings are given as a JSON array: one look into each. */
function looksInto(column: (typeof NAMING_COLUMNS)[number]): string {
  return `json_each(:stretches) AS part
     CROSS JOIN topology_event INDEXED BY topology_event_by_${column}
        ON track_id = :track_id AND stretch = part.value AND position > :after AND position <= :until`;
}

/**
 * Positions of the rows that name a peer in one column, in stretches that are given as a JSON array of their beginnings. Stretches come in order,
 * and positions within each: so the limit takes the first rows without all of them being looked at.
 */
export function positionsNamingInStretchesAsJson(column: (typeof NAMING_COLUMNS)[number]): string {
  return `
  SELECT json_group_array(position) FROM (
    SELECT position FROM ${looksInto(column)}
       AND topology_event.${column} = :peer LIMIT :limit)`;
}

/** Of the row with which a peer went. */
export const STRETCHED_DEPARTURE_ROW_AS_JSON = `${ROWS_AS_JSON}
    FROM (SELECT topology_event.* FROM ${looksInto('peer')}
             AND topology_event.peer = :peer AND topology_event.type IN (${DEPARTURES}) LIMIT 1)`;

/** How many decisions there were about a peer, and the row of the last of them. */
export const STRETCHED_DECISIONS_AS_JSON = `${COUNTED_DECISIONS_AS_JSON}
    FROM (SELECT count(*) AS decisions, max(position) AS last FROM ${looksInto('peer')}
             AND topology_event.peer = :peer AND topology_event.type IN (${DECISIONS}))
   CROSS JOIN topology_event ON track_id = :track_id AND position = last`;

/** Whether there is an event of a type about a peer, who is there from its number on. */
export const STRETCHED_EVENT_OF_PEER = `
  SELECT 1 FROM ${looksInto('peer')} AND topology_event.peer = :peer AND topology_event.type = :type LIMIT 1`;

/** A peer has the position of its join for a number, so joins are found in the index alone, without the rows. */
export const STRETCHED_JOIN_COUNT = `
  SELECT count(*) FROM ${looksInto('peer')}
       AND peer > :after AND peer <= :until AND position = peer`;

/** Numbers a peer_id has had, ascending. */
export const STRETCHED_NUMBERS_OF_PEER_ID = `
  WITH RECURSIVE part(first) AS (
    SELECT min(stretch) FROM peer_name INDEXED BY peer_name_by_peer_id WHERE track_id = :track_id
    UNION ALL
    SELECT (SELECT min(stretch) FROM peer_name INDEXED BY peer_name_by_peer_id WHERE track_id = :track_id AND stretch > first)
      FROM part WHERE first IS NOT NULL)
  SELECT peer FROM part CROSS JOIN peer_name INDEXED BY peer_name_by_peer_id
   WHERE track_id = :track_id AND stretch = first AND peer_id = :peer_id
   ORDER BY peer`;

const IN_RANGE = 'track_id = :track_id AND position > :after AND position <= :until';
const AMONG = 'peer IN (SELECT value FROM json_each(:peers))';

/** How peers went, their numbers given as a JSON array: a look at every row of the range. */
export const DEPARTURES_IN_RANGE_AS_JSON = `${ROWS_AS_JSON}
    FROM topology_event WHERE ${IN_RANGE} AND type IN (${DEPARTURES}) AND ${AMONG}`;

/** The same of what was decided about peers. */
export const DECISIONS_IN_RANGE_AS_JSON = `${COUNTED_DECISIONS_AS_JSON}
    FROM (SELECT count(*) AS decisions, max(position) AS last FROM topology_event
           WHERE ${IN_RANGE} AND type IN (${DECISIONS}) AND ${AMONG} GROUP BY peer)
   CROSS JOIN topology_event ON track_id = :track_id AND position = last`;

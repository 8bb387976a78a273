import { ROWS_AS_JSON } from './log-queries.js';
import { typeCode } from './topology-row.js';

/** Statements that find what concerns single peers, or the track itself, without reading what is between. */

/** The columns that name a peer. Each has an index. */
export const NAMING_COLUMNS = ['peer', 'parent', 'former_parent'] as const;

/**
 * Positions of the next rows that name a peer in one column, in order, from the index of that column. One statement for all three columns would
 * have to sort and merge them, which takes longer than to look.
 */
export function positionsNamingAsJson(column: (typeof NAMING_COLUMNS)[number]): string {
  return `
  SELECT json_group_array(position) FROM (
    SELECT position FROM topology_event INDEXED BY topology_event_by_${column}
     WHERE track_id = :track_id AND position > :after AND position <= :until AND ${column} = :peer
     ORDER BY position LIMIT :limit)`;
}

/** Rows by their positions, given as a JSON array, in its order. */
export const ROWS_AT_AS_JSON = `${ROWS_AS_JSON}
    FROM (SELECT topology_event.* FROM json_each(?) AS wanted
            CROSS JOIN topology_event ON track_id = ? AND position = wanted.value)`;

/** Whether a file has the index by which the next statement is fast. */
export const HAS_INDEX_OF_TRACK_EVENTS = `SELECT count(*) FROM sqlite_schema WHERE name = 'topology_event_of_track'`;

/** Of the rows that name no peer. SQLite would not take the index of its own accord; a file that was sealed before there was one has none. */
export function rowsOfTrackItselfAsJson(isIndexed: boolean): string {
  return `${ROWS_AS_JSON}
    FROM (SELECT * FROM topology_event ${isIndexed ? 'INDEXED BY topology_event_of_track' : ''}
           WHERE track_id = ? AND peer IS NULL AND position > ? AND position <= ? ORDER BY position LIMIT ?)`;
}

/** Types of the events with which a peer goes. */
export const DEPARTURE_CODES: readonly number[] = (['PeerLeft', 'PeerTimedOut', 'PeerKicked'] as const).map(typeCode);
export const DEPARTURES = DEPARTURE_CODES.join(', ');
export const DECISIONS = codesOf('ParentAssigned', 'PeerWaiting');

/** Whether there is an event of a type about a peer. */
export const EVENT_OF_PEER = `SELECT 1 FROM topology_event WHERE track_id = ? AND peer = ? AND type = ? LIMIT 1`;

/** A peer has the position of its join for a number, so joins are found in the index alone, without the rows. */
export const JOIN_COUNT = `
  SELECT count(*) FROM topology_event INDEXED BY topology_event_by_peer
   WHERE track_id = :track_id AND peer > :after AND peer <= :until AND position = peer`;

const BEHIND = 'track_id = :track_id AND position > :after AND position <= :until';

/**
 * How peers went, their numbers given as a JSON array. A departure is the last of what happens to a number, but for its forgetting. SQLite
 * would look through the whole range for each peer, because a row is complete in its table and not in its index; so the index is named.
 */
export const DEPARTURE_ROWS_AS_JSON = `${ROWS_AS_JSON}
    FROM (SELECT topology_event.* FROM json_each(:peers) AS wanted
            CROSS JOIN topology_event
               ON track_id = :track_id
              AND position = (SELECT position FROM topology_event INDEXED BY topology_event_by_peer
                               WHERE ${BEHIND} AND peer = wanted.value AND type IN (${DEPARTURES})
                               ORDER BY position DESC LIMIT 1))`;

/** How many decisions there were about a peer, and the row of the last of them: of `decisions` and `last`, joined to the row at `last`. */
export const COUNTED_DECISIONS_AS_JSON = `
  SELECT json_group_array(json_object('count', decisions, 'last',
           json_array(position, recorded_at, type, version, codec, peer, parent, former_parent,
                      caused_by, cause, amount, depth, NULL, detail)))`;

/** The same about each of some peers. */
export const DECISION_ROWS_AS_JSON = `${COUNTED_DECISIONS_AS_JSON}
    FROM (SELECT count(*) AS decisions, max(position) AS last FROM json_each(:peers) AS wanted
            CROSS JOIN topology_event INDEXED BY topology_event_by_peer ON ${BEHIND} AND peer = wanted.value AND topology_event.type IN (${DECISIONS})
           GROUP BY wanted.value)
   CROSS JOIN topology_event ON track_id = :track_id AND position = last`;

/**
 * The beginnings of blocks, one after the other in one row: a row for each would take three times as long. The column of peers stands first in the
 * body, and takes up to four bytes for each unless a track has more than four billion positions. What is not handed over need not be copied.
 */
export const PULSE_BLOCK_HEADS = `
  SELECT json_group_array(first_position), json_group_array(count), json_group_array(codec), json_group_array(length(head)),
         CAST(group_concat(head, '') AS BLOB)
    FROM (SELECT first_position, count, codec, substr(body, 1, 16 + 4 * count) AS head FROM pulse_block
           WHERE track_id = ? AND first_position > ? AND first_position <= ? ORDER BY first_position)`;

/** Blocks by where they begin, given as a JSON array. */
export const PULSE_BLOCKS_AT = `
  SELECT first_position, count, first_recorded_at, last_recorded_at, codec, body
    FROM json_each(?) AS wanted
    CROSS JOIN pulse_block ON track_id = ? AND first_position = wanted.value
   ORDER BY first_position`;

function codesOf(...types: readonly Parameters<typeof typeCode>[0][]): string {
  return types.map(typeCode).join(', ');
}

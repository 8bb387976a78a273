import { EVENT_COLUMNS } from './page-queries.js';
import { typeCode } from './topology-row.js';

/** Statements that find what concerns single peers, or the track itself, without reading what is between. */

/** Rows by their positions, given as a JSON array, in its order. */
export const EVENT_COLUMNS_AT = `${EVENT_COLUMNS}
    FROM (SELECT topology_event.* FROM json_each(?) AS wanted
            CROSS JOIN topology_event ON track_id = ? AND position = wanted.value)`;

/** The index by which the next statement is fast. */
export const INDEX_OF_TRACK_EVENTS = 'topology_event_of_track';

/** Of the rows that name no peer. SQLite would not take the index of its own accord; a file that was sealed before there was one has none. */
export function eventColumnsOfTrackItself(isIndexed: boolean): string {
  return `${EVENT_COLUMNS}
    FROM (SELECT * FROM topology_event ${isIndexed ? `INDEXED BY ${INDEX_OF_TRACK_EVENTS}` : ''}
           WHERE track_id = ? AND peer IS NULL AND position > ? AND position <= ? ORDER BY position LIMIT ?)`;
}

/** Types of the events with which a peer goes. One of them is the last of what happens to a number, but for its forgetting. */
export const DEPARTURE_CODES: readonly number[] = (['PeerLeft', 'PeerTimedOut', 'PeerKicked'] as const).map(typeCode);
/** Types of the events that decide where a peer is. */
export const DECISION_CODES: readonly number[] = (['ParentAssigned', 'PeerWaiting'] as const).map(typeCode);

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

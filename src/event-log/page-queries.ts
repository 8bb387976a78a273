import { NAME_DIGEST_BYTES, TOPOLOGY_ROW_CODEC, typeCode } from './topology-row.js';

/**
 * Which rows a page has, of a table with the key (track_id, `column`). Where it ends is looked up first: a LIMIT inside copies every
 * column of a row before the aggregates read it, which took a third of reading a page.
 */
function pageOf(table: string, column: string): string {
  return `track_id = :trackId AND ${column} > :after AND ${column} <= coalesce(
           (SELECT ${column} FROM ${table}
             WHERE track_id = :trackId AND ${column} > :after AND ${column} <= :until
             ORDER BY ${column} LIMIT 1 OFFSET :limit - 1), :until)`;
}

/**
 * Topology rows column by column, each a JSON array: what nearly every row says, and apart, with their positions, the rows that say
 * more. For each column of a row that better-sqlite3 hands over it takes as long as SQLite needs for half the row.
 */
export const EVENT_COLUMNS = `
  SELECT json_group_array(position), json_group_array(recorded_at), json_group_array(type), json_group_array(peer),
         json_group_array(parent), json_group_array(former_parent), json_group_array(caused_by),
         json_group_array(cause), json_group_array(amount), json_group_array(depth),
         json_group_array(json_array(position, version, codec, length(name_digest), detail)) FILTER
           (WHERE version <> 1 OR codec <> ${String(TOPOLOGY_ROW_CODEC)} OR detail IS NOT NULL
               OR length(name_digest) IS NOT
                  CASE type WHEN ${String(typeCode('PeerJoined'))} THEN ${String(NAME_DIGEST_BYTES)} END)`;

/** Of a page. */
export const EVENT_COLUMNS_OF_PAGE = `${EVENT_COLUMNS}
    FROM topology_event
   WHERE ${pageOf('topology_event', 'position')}`;

/** Names column by column, each a JSON array, and how many they are. */
const IDENTITY_COLUMNS = `
  SELECT json_group_array(peer), json_group_array(peer_id), json_group_array(resume_hash), count(*)`;
/** Of some peers, given as a JSON array of their numbers. */
export const IDENTITY_COLUMNS_OF_PEERS = `${IDENTITY_COLUMNS}
    FROM json_each(?) AS wanted
    CROSS JOIN peer_name ON peer_name.track_id = ? AND peer_name.peer = wanted.value`;
/** Of whoever joined in a range: where most of them are wanted, a third less work than one search for each. */
export const IDENTITY_COLUMNS_IN_RANGE = `${IDENTITY_COLUMNS}
    FROM peer_name WHERE ${pageOf('peer_name', 'peer')}`;

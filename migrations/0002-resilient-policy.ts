import { sql, type Kysely, type Migration } from 'kysely';

/**
 * Names of the events that came with the policy `resilient`, and a readable view that knows them. The tables are as they
 * were: `amount` holds the complaints, the silence, or the peer that gives up its slot.
 */
export const nameResilientEvents: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of [NAMES, 'DROP VIEW readable_event', READABLE_EVENT]) await sql.raw(statement).execute(db);
  },
};

const NAMES = `INSERT INTO event_type (code, name) VALUES
  (13, 'PeerTenured'), (14, 'PeerSuspected'), (15, 'PeerCleared'), (16, 'StallReported'), (17, 'PlanFollowed'),
  (18, 'ForwardingFailed'), (19, 'CapacityRevoked'), (20, 'CapacityRestored')`;

/** In a `PlanFollowed` the former parent is the lost one, and the parent is whom the peer turned to. */
const READABLE_EVENT = `CREATE VIEW readable_event AS
  SELECT track.name AS track,
         event.position,
         strftime('%Y-%m-%dT%H:%M:%fZ', event.recorded_at / 1000.0, 'unixepoch') AS recorded_at,
         event_type.name AS type,
         event.version,
         peer.peer_id AS peer_id,
         event.peer AS peer_number,
         iif(event.parent = 0, 'origin', parent.peer_id) AS parent_id,
         event.parent AS parent_number,
         iif(event.former_parent = 0, 'origin', former.peer_id) AS former_parent_id,
         event.former_parent AS former_parent_number,
         event.depth,
         cause_name.name AS cause,
         event.caused_by,
         iif(event_type.name IN ('PeerJoined', 'CapacityClaimed'), event.amount, NULL) AS capacity,
         iif(event_type.name IN ('PeerTimedOut', 'StallReported'), event.amount, NULL) AS silent_ms,
         iif(event_type.name = 'ServiceRecovered', event.amount, NULL) AS gap_ms,
         iif(event_type.name IN ('PeerSuspected', 'ForwardingFailed'), event.amount, NULL) AS complaints,
         displaced.peer_id AS displaced_id,
         iif(event.type = 11, event.amount, NULL) AS displaced_number,
         event.detail
    FROM topology_event AS event
    JOIN track ON track.track_id = event.track_id
    LEFT JOIN event_type ON event_type.code = event.type
    LEFT JOIN cause_name ON cause_name.type = event.type AND cause_name.code = event.cause
    LEFT JOIN peer_name AS peer ON peer.track_id = event.track_id AND peer.peer = event.peer
    LEFT JOIN peer_name AS parent ON parent.track_id = event.track_id AND parent.peer = event.parent
    LEFT JOIN peer_name AS former ON former.track_id = event.track_id AND former.peer = event.former_parent
    LEFT JOIN peer_name AS displaced ON event.type = 11 AND displaced.track_id = event.track_id
          AND displaced.peer = event.amount`;

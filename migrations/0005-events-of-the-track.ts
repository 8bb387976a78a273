import { sql, type Kysely, type Migration } from 'kysely';

/**
 * Finds the few events that are about no peer: the rules of a track, and when the service was away. Without it the life of one peer
 * could not be told without a look at every row. Segments that were sealed before do without, and are looked through.
 */
export const indexEventsOfTrack: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql
      .raw(`CREATE INDEX topology_event_of_track ON topology_event (track_id, position) WHERE peer IS NULL`)
      .execute(db);
  },
};

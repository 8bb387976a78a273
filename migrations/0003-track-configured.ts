import { sql, type Kysely, type Migration } from 'kysely';

/** The name of the event that changes the rules of a running track; its `detail` holds them as that of `TrackOpened` does. */
export const nameTrackConfigured: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(`INSERT INTO event_type (code, name) VALUES (21, 'TrackConfigured')`).execute(db);
  },
};

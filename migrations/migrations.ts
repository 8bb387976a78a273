import type { Migration } from 'kysely';
import { createEventLog } from './0001-event-log.js';
import { nameResilientEvents } from './0002-resilient-policy.js';
import { nameTrackConfigured } from './0003-track-configured.js';
import { beginSegments } from './0004-segments.js';
import { indexEventsOfTrack } from './0005-events-of-the-track.js';
import { cutIndexesByStretches } from './0006-stretches.js';
import { packStretches } from './0007-packed-stretches.js';
import type { MigrationName } from './migration-names.js';

/** Every migration there is, by name; kysely runs them in order of name. Listed by hand, so that a bundle or a build holds them all. */
export const MIGRATIONS: Readonly<Record<MigrationName, Migration>> = {
  '0001-event-log': createEventLog,
  '0002-resilient-policy': nameResilientEvents,
  '0003-track-configured': nameTrackConfigured,
  '0004-segments': beginSegments,
  '0005-events-of-the-track': indexEventsOfTrack,
  '0006-stretches': cutIndexesByStretches,
  '0007-packed-stretches': packStretches,
};

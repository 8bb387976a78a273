/** Names of all migrations, in the order they run in. Apart from the migrations, because most starts need to know no more than these. */
export const MIGRATION_NAMES = [
  '0001-event-log',
  '0002-resilient-policy',
  '0003-track-configured',
  '0004-segments',
  '0005-events-of-the-track',
  '0006-stretches',
  '0007-packed-stretches',
] as const;

export type MigrationName = (typeof MIGRATION_NAMES)[number];

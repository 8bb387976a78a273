import { z } from 'zod';
import { EVENT_TYPES, type EventType } from '../domain/events.js';
import { isPeerId, isTrackName } from '../domain/ids.js';
import { EVENTS_PER_PAGE_MAX } from '../history/history-request.js';
import { Problem } from './problem.js';
import { STREAM_TRACKS_MAX } from './stream-limits.js';

const wholeNumber = (lowest: number, highest: number) =>
  z.coerce
    .number()
    .int()
    .min(lowest)
    .max(highest, { error: `at most ${String(highest)}` });

const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

export const EVENTS_PER_PAGE_DEFAULT = 100;

const commaSeparated = z.string().transform((text) => text.split(','));
const eventTypes = commaSeparated.pipe(
  z.array(z.enum(EVENT_TYPES as [EventType, ...EventType[]], { error: `one or more of ${EVENT_TYPES.join(', ')}` })),
);
const trackName = z.string().refine(isTrackName, { error: 'not a track name' });

const eventsQuery = z.object({
  after: wholeNumber(0, Number.MAX_SAFE_INTEGER).default(0),
  limit: wholeNumber(1, EVENTS_PER_PAGE_MAX).optional(),
  type: eventTypes.optional(),
  peer: z.string().refine(isPeerId, { error: 'not a peer_id' }).optional(),
});
export type EventsQuery = z.infer<typeof eventsQuery>;

const treeQuery = z.object({ liveness: flag.default(false) });
const meshQuery = z.object({ track: trackName.optional() });
const streamQuery = z.object({
  track: commaSeparated.pipe(z.array(trackName).max(STREAM_TRACKS_MAX)).optional(),
  type: eventTypes.optional(),
  last_event_id: z.string().optional(),
});

export function parseEventsQuery(query: unknown): EventsQuery {
  return parsed(eventsQuery, query);
}

export function parseTreeQuery(query: unknown): z.infer<typeof treeQuery> {
  return parsed(treeQuery, query);
}

export function parseMeshQuery(query: unknown): z.infer<typeof meshQuery> {
  return parsed(meshQuery, query);
}

export function parseStreamQuery(query: unknown): z.infer<typeof streamQuery> {
  return parsed(streamQuery, query);
}

/** @throws Problem `invalid_track`. */
export function checkTrack(track: string): string {
  if (!isTrackName(track))
    throw new Problem(
      'invalid_track',
      'a track is 1 to 128 of A-Z a-z 0-9 . _ / -, without leading or trailing /, .. or //',
    );
  return track;
}

/** @throws Problem `invalid_peer_id`. */
export function checkPeerId(peerId: string): string {
  if (!isPeerId(peerId)) throw new Problem('invalid_peer_id', 'a peer_id is 1 to 64 of A-Z a-z 0-9 _ -');
  return peerId;
}

/** Unknown parameters are refused: a misspelt filter must not answer with everything. */
function parsed<Query>(schema: z.ZodObject & z.ZodType<Query>, query: unknown): Query {
  const result = schema.strict().safeParse(query);
  if (result.success) return result.data as Query;
  const [issue] = result.error.issues;
  throw new Problem(
    'invalid_query',
    `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`.replace(/^: /, ''),
  );
}

import * as z from 'zod';
import { EVENT_TYPES, type EventType } from '../domain/events.js';
import { isPeerId, isTrackName } from '../domain/ids.js';
import { EVENTS_PER_PAGE_MAX, TRACKS_PER_PAGE_MAX } from '../history/history-request.js';
import { INCIDENT_THRESHOLDS, type IncidentThresholds } from '../history/incidents/thresholds.js';
import { Problem } from './problem.js';
import { STREAM_TRACKS_MAX } from './stream-limits.js';

/** Only digits: an empty value, or 1e3, is a mistake. */
const wholeNumber = (lowest: number, highest: number) =>
  z
    .string()
    .regex(/^\d{1,16}$/, { error: 'a whole number' })
    .transform(Number)
    .pipe(
      z
        .number()
        .min(lowest, { error: `at least ${String(lowest)}` })
        .max(highest, { error: `at most ${String(highest)}` }),
    )
    .meta({ type: 'integer', minimum: lowest, maximum: highest });

const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

export const EVENTS_PER_PAGE_DEFAULT = 100;

const commaSeparated = z.string().transform((text) => text.split(','));
const eventTypes = commaSeparated.pipe(
  z.array(z.enum(EVENT_TYPES as [EventType, ...EventType[]], { error: `one or more of ${EVENT_TYPES.join(', ')}` })),
);
const trackName = z.string().refine(isTrackName, { error: 'not a track name' });

export const eventsQuery = z.object({
  after: wholeNumber(0, Number.MAX_SAFE_INTEGER).default(0),
  limit: wholeNumber(1, EVENTS_PER_PAGE_MAX).optional(),
  type: eventTypes.optional(),
  peer: z.string().refine(isPeerId, { error: 'not a peer_id' }).optional(),
});
export type EventsQuery = z.infer<typeof eventsQuery>;

export const tracksQuery = z.object({
  after: trackName.optional(),
  limit: wholeNumber(1, TRACKS_PER_PAGE_MAX).default(TRACKS_PER_PAGE_MAX),
});
export const momentQuery = z.object({
  at: z.string().optional(),
  position: wholeNumber(0, Number.MAX_SAFE_INTEGER).optional(),
  liveness: flag.default(false),
});
export const explainQuery = z.object({ position: wholeNumber(1, Number.MAX_SAFE_INTEGER) });
export const rangeQuery = z.object({ from: z.string().optional(), to: z.string().optional() });
export const timelineQuery = rangeQuery.extend({ pulses: flag.default(false) });
/** Each threshold by the name it has in the answer. */
const thresholdNames = Object.keys(INCIDENT_THRESHOLDS) as (keyof IncidentThresholds)[];
export const incidentsQuery = rangeQuery.extend(
  Object.fromEntries(
    thresholdNames.map((name) => [snakeCase(name), wholeNumber(0, Number.MAX_SAFE_INTEGER).optional()]),
  ),
);
export const meshQuery = z.object({ track: trackName.optional(), at: z.string().optional() });
export const streamQuery = z.object({
  track: commaSeparated.pipe(z.array(trackName).max(STREAM_TRACKS_MAX)).optional(),
  type: eventTypes.optional(),
  last_event_id: z.string().optional(),
});

export function parseEventsQuery(query: unknown): EventsQuery {
  return parsed(eventsQuery, query);
}

export function parseTracksQuery(query: unknown): z.infer<typeof tracksQuery> {
  return parsed(tracksQuery, query);
}

export function parseMomentQuery(query: unknown): z.infer<typeof momentQuery> {
  const asked = parsed(momentQuery, query);
  if (asked.at !== undefined && asked.position !== undefined)
    throw new Problem('invalid_query', 'at and position cannot be used together');
  return asked;
}

export function parseExplainQuery(query: unknown): z.infer<typeof explainQuery> {
  return parsed(explainQuery, query);
}

export function parseRangeQuery(query: unknown): z.infer<typeof rangeQuery> {
  return parsed(rangeQuery, query);
}

export function parseTimelineQuery(query: unknown): z.infer<typeof timelineQuery> {
  return parsed(timelineQuery, query);
}

/** `thresholds` holds those that were given. */
export function parseIncidentsQuery(
  query: unknown,
): z.infer<typeof rangeQuery> & { thresholds: Partial<IncidentThresholds> } {
  const given = parsed(incidentsQuery, query) as Readonly<Record<string, string | number | undefined>>;
  const thresholds = thresholdNames.flatMap((name) => {
    const number = given[snakeCase(name)];
    return number === undefined ? [] : [[name, number] as const];
  });
  const { from, to } = given as z.infer<typeof rangeQuery>;
  return { from, to, thresholds: Object.fromEntries(thresholds) };
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

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
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

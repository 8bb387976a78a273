import type { z } from 'zod';
import {
  commandAnswer,
  configuredAnswer,
  diffAnswer,
  eventsAnswer,
  explanationAnswer,
  incidentsAnswer,
  meshAnswer,
  peerAnswer,
  timelineAnswer,
  tracksAnswer,
  treeAnswer,
} from '../protocol/http-answers.js';
import { configureBody } from './configure-body.js';
import * as examples from './openapi-examples.js';
import type { ProblemCode } from './problem.js';
import {
  eventsQuery,
  explainQuery,
  incidentsQuery,
  meshQuery,
  momentQuery,
  rangeQuery,
  streamQuery,
  timelineQuery,
  tracksQuery,
} from './query.js';

/** One route as the documentation describes it. */
export interface Operation {
  readonly id: string;
  readonly method: 'get' | 'post';
  /** Path parameters in braces. */
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** Null for an answer that is a stream. */
  readonly answer: z.ZodType | null;
  readonly example: unknown;
  /** Values with which the example could be asked for, query parameters included. */
  readonly asked: Readonly<Record<string, string>>;
  readonly refusals: readonly ProblemCode[];
}

const TRACK = { track: 'live/demo' };
const PEER = { ...TRACK, peer_id: 'ana' };
const PAST: readonly ProblemCode[] = [
  'invalid_query',
  'invalid_track',
  'unknown_track',
  'position_out_of_range',
  'time_out_of_range',
  'invalid_time',
  'query_too_costly',
  'query_timeout',
  'busy',
];
const COMMAND: readonly ProblemCode[] = [
  'invalid_track',
  'invalid_peer_id',
  'unknown_peer',
  'busy',
  'storage_unavailable',
];
const MOMENTS =
  'A time is ISO 8601, epoch milliseconds, or a duration ago (`5m`). What lies in the past has an ETag and may be kept.';
const RANGE =
  'Each end is a position or a time; without `from` it is the beginning, without `to` the head. What lies in the past has an ETag and may be kept.';

/** Every route under /api/v1. */
export const OPERATIONS: readonly Operation[] = [
  {
    id: 'mesh',
    method: 'get',
    path: '/api/v1/mesh',
    summary: 'The mesh now, in the shape of LVQR',
    description: 'All tracks together, or one.',
    query: meshQuery,
    answer: meshAnswer,
    example: examples.MESH,
    asked: TRACK,
    refusals: ['invalid_query', 'storage_unavailable'],
  },
  {
    id: 'tracks',
    method: 'get',
    path: '/api/v1/tracks',
    summary: 'Every track of the log, with its figures now',
    description: 'By name. Go on with `after=next_after` until that is null.',
    query: tracksQuery,
    answer: tracksAnswer,
    example: examples.TRACKS,
    asked: { limit: '1000' },
    refusals: ['invalid_query', 'busy'],
  },
  {
    id: 'tree',
    method: 'get',
    path: '/api/v1/tracks/{track}/tree',
    summary: 'The relay tree, now or at a moment of the past',
    description: MOMENTS,
    query: momentQuery,
    answer: treeAnswer,
    example: examples.TREE,
    asked: { ...TRACK, position: '3' },
    refusals: PAST,
  },
  {
    id: 'peer',
    method: 'get',
    path: '/api/v1/tracks/{track}/peers/{peer_id}',
    summary: 'One peer, now or at a moment of the past',
    description: MOMENTS,
    query: momentQuery,
    answer: peerAnswer,
    example: examples.PEER,
    asked: { ...PEER, position: '3' },
    refusals: [...PAST, 'invalid_peer_id', 'unknown_peer'],
  },
  {
    id: 'timeline',
    method: 'get',
    path: '/api/v1/tracks/{track}/peers/{peer_id}/timeline',
    summary: 'Everything that happened to one peer',
    description: `Over all its joins, and what came from above it. Heartbeats are counted; \`pulses=true\` lists each. ${RANGE}`,
    query: timelineQuery,
    answer: timelineAnswer,
    example: examples.TIMELINE,
    asked: { ...PEER, to: '3' },
    refusals: [...PAST, 'invalid_range', 'invalid_peer_id', 'unknown_peer'],
  },
  {
    id: 'events',
    method: 'get',
    path: '/api/v1/tracks/{track}/events',
    summary: 'The log, page by page or as a stream of lines',
    description:
      'Go on with `after=next_after` until that is null; a page of filtered events may be short or empty and still have one. With `Accept: application/x-ndjson` all events up to the end, or `limit` of them, come one a line.',
    query: eventsQuery,
    answer: eventsAnswer,
    example: examples.EVENTS,
    asked: { ...TRACK, after: '0', limit: '3' },
    refusals: ['invalid_query', 'invalid_track', 'unknown_track', 'unknown_peer', 'position_out_of_range', 'busy'],
  },
  {
    id: 'diff',
    method: 'get',
    path: '/api/v1/tracks/{track}/diff',
    summary: 'Who joined, left and moved between two moments',
    description: RANGE,
    query: rangeQuery,
    answer: diffAnswer,
    example: examples.DIFF,
    asked: { ...TRACK, from: '0', to: '3' },
    refusals: [...PAST, 'invalid_range'],
  },
  {
    id: 'explain',
    method: 'get',
    path: '/api/v1/tracks/{track}/explain',
    summary: 'Why that decision',
    description:
      'The decision at a position is taken again by the policy version of its day, with its candidates by class, the rule that chose, and who was next. Of a fact, all decisions that followed from it.',
    query: explainQuery,
    answer: explanationAnswer,
    example: examples.EXPLANATION,
    asked: { ...TRACK, position: '3' },
    refusals: [...PAST, 'policy_version_unavailable'],
  },
  {
    id: 'incidents',
    method: 'get',
    path: '/api/v1/tracks/{track}/incidents',
    summary: 'Moments worth a look',
    description: `Mass departures, interruptions, failed forwarders, times the service was away, long waits, falls of the offload, restless peers: each with its size, the peers it hit, the chain of causes, and the command that replays it. Each threshold can be given. ${RANGE}`,
    query: incidentsQuery,
    answer: incidentsAnswer,
    example: examples.INCIDENTS,
    asked: { ...TRACK, from: '0', to: '3' },
    refusals: [...PAST, 'invalid_range'],
  },
  {
    id: 'stream',
    method: 'get',
    path: '/api/v1/stream',
    summary: 'Committed events as they happen',
    description:
      'Server-sent events over all tracks. Each `id` is a place in the whole log: with `Last-Event-ID` (or `last_event_id`) the stream goes on behind it, without a gap or a repetition, also after a restart; 0 is the beginning. An event of the type `end` says why the service ends the stream.',
    query: streamQuery,
    answer: null,
    example: examples.STREAM,
    asked: { ...TRACK, last_event_id: '0' },
    refusals: ['invalid_query', 'unknown_stream_position', 'busy', 'shutting_down'],
  },
  {
    id: 'configure',
    method: 'post',
    path: '/api/v1/tracks/{track}/configure',
    summary: 'Change policy or limits of a running track',
    description: 'Recorded as an event. What is above a lowered limit moves, newest first, tick by tick.',
    body: configureBody,
    answer: configuredAnswer,
    example: examples.CONFIGURED,
    asked: TRACK,
    refusals: ['invalid_track', 'invalid_message', 'busy', 'storage_unavailable'],
  },
  {
    id: 'kick',
    method: 'post',
    path: '/api/v1/tracks/{track}/peers/{peer_id}/kick',
    summary: 'Take a peer out of its track',
    description: 'Its children get other parents.',
    answer: commandAnswer,
    example: examples.COMMAND,
    asked: PEER,
    refusals: COMMAND,
  },
  {
    id: 'reassign',
    method: 'post',
    path: '/api/v1/tracks/{track}/peers/{peer_id}/reassign',
    summary: 'Find a peer a better parent now',
    description: 'No event when the policy knows none.',
    answer: commandAnswer,
    example: examples.COMMAND,
    asked: PEER,
    refusals: COMMAND,
  },
];

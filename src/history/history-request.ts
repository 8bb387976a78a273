import type { EventType } from '../domain/events.js';
import type { Position } from '../domain/ids.js';
import type { StreamCursor } from './stream-cursor.js';

/** What can be asked of the history threads. */
export type HistoryRequest =
  | Readonly<{ kind: 'heads' }>
  /** The tree as it stood at `position`, JSON of the contract. */
  | Readonly<{ kind: 'tree'; track: string; position: Position; liveness: boolean }>
  | Readonly<{ kind: 'events' } & EventsRequest>
  /** Checks a cursor that a reader of the stream came back with; null asks for the end of the log. */
  | Readonly<{ kind: 'stream-start'; cursor: StreamCursor | null }>
  | Readonly<{ kind: 'stream'; after: StreamCursor; filter: StreamFilter }>;

export interface EventsRequest {
  readonly track: string;
  readonly after: Position;
  /** Events in the answer, at most `EVENTS_PER_PAGE_MAX`. */
  readonly limit: number;
  readonly types: readonly EventType[] | null;
  readonly peerId: string | null;
}

/** One page of events: each line is the JSON of one event. */
export interface EventPage {
  readonly lines: string[];
  /** Where the next page begins; null at the end of the log. */
  readonly nextAfter: Position | null;
}

export interface HeadSummary {
  readonly track: string;
  readonly position: Position;
  readonly recordedAt: number;
  readonly hash: string;
  readonly open: boolean;
}

/** What each request is answered with. */
export interface HistoryAnswers {
  heads: HeadSummary[];
  tree: string;
  events: EventPage;
  'stream-start': StreamCursor;
  stream: StreamPage;
}

/** Which events of the whole log a reader of the stream wants; null is all. */
export interface StreamFilter {
  readonly tracks: ReadonlySet<string> | null;
  readonly types: ReadonlySet<EventType> | null;
}

/** One event on its way to the readers of the stream. */
export interface StreamEntry {
  readonly track: string;
  readonly type: EventType;
  /** Where a reader is who has had this event. */
  readonly cursor: StreamCursor;
  /** JSON of the event. */
  readonly line: string;
}

/** A stretch of the log. */
export interface StreamPage {
  /** Behind which place it begins. */
  readonly after: StreamCursor;
  /** The events that pass the filter, in the order of their commits. */
  readonly entries: readonly StreamEntry[];
  /** Where the next page begins; the same as `after` when nothing was committed since. */
  readonly next: StreamCursor;
  /** Whether the log ended here at that moment. */
  readonly isEnd: boolean;
}

/** An expected no of the history, with the code of the public contract. */
export type HistoryFaultCode =
  | 'unknown_track'
  | 'unknown_peer'
  /** Behind the head of the track. */
  | 'position_out_of_range'
  /** Before the first event of the track, or in the future. */
  | 'time_out_of_range'
  /** Ends before it begins. */
  | 'invalid_range'
  /** Asks for more than one answer may hold, or one question may read. */
  | 'query_too_costly'
  /** Took longer than one question may. */
  | 'query_timeout'
  /** An event id that this log has never sent. */
  | 'unknown_stream_position'
  | 'damaged_log'
  | 'busy'
  | 'shutting_down'
  | 'history_failed';

export class HistoryFault extends Error {
  override readonly name = 'HistoryFault';

  constructor(
    readonly code: HistoryFaultCode,
    message: string,
  ) {
    super(message);
  }
}

/** Events in one page. */
export const EVENTS_PER_PAGE_MAX = 1_000;
/** Positions one page may search for events that pass its filter; the next page goes on behind them. */
export const POSITIONS_PER_PAGE_MAX = 100_000;

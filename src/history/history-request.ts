import type { EventType } from '../domain/events.js';
import type { Position } from '../domain/ids.js';
import type { StreamCursor } from './stream-cursor.js';
import type { StreamFilter, StreamPage } from './stream-page.js';

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

/** Events in one page. */
export const EVENTS_PER_PAGE_MAX = 1_000;
/** Positions one page may search for events that pass its filter; the next page goes on behind them. */
export const POSITIONS_PER_PAGE_MAX = 100_000;

import type { EventType } from '../domain/events.js';
import type { Position } from '../domain/ids.js';

/** What can be asked of the history thread. */
export type HistoryRequest =
  | Readonly<{ kind: 'heads' }>
  /** The tree as it stood at `position`, JSON of the contract. */
  | Readonly<{ kind: 'tree'; track: string; position: Position; liveness: boolean }>
  | Readonly<{ kind: 'events' } & EventsRequest>;

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
}

/** An expected no of the history, with the code of the public contract. */
export type HistoryFaultCode =
  | 'unknown_track'
  | 'history_unavailable'
  | 'unknown_peer'
  | 'position_out_of_range'
  | 'damaged_log'
  | 'busy'
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
/** Requests that may wait for the history thread. */
export const HISTORY_REQUESTS_MAX = 64;

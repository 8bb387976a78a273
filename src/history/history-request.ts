import type { EventType } from '../domain/events.js';
import type { Position } from '../domain/ids.js';
import type { IncidentThresholds } from './incidents/thresholds.js';
import type { AskedMoment } from './moment-text.js';
import type { StreamCursor } from './stream-cursor.js';

/** What can be asked of the history threads. */
export type HistoryRequest =
  /** Tracks by name, those behind `after`. */
  | Readonly<{ kind: 'heads'; after: string; limit: number }>
  | Readonly<{ kind: 'events' } & EventsRequest>
  /** Checks a cursor that a reader of the stream came back with; null asks for the end of the log. */
  | Readonly<{ kind: 'stream-start'; cursor: StreamCursor | null }>
  | Readonly<{ kind: 'stream'; after: StreamCursor; filter: StreamFilter }>
  /** Who was in the mesh at a time, over all tracks (null) or in one. Epoch milliseconds. */
  | Readonly<{ kind: 'mesh'; track: string | null; timeMs: number; nowMs: number }>
  /** Who was in one track of the mesh after the event at a position. */
  | Readonly<{ kind: 'mesh-part'; track: string; position: Position }>
  | Readonly<{ kind: 'document'; about: DocumentRequest }>;

/** Questions that are answered with a whole document, in the JSON of the contract. `nowMs` is epoch milliseconds. */
export type DocumentRequest = Readonly<{ track: string; nowMs: number }> &
  Readonly<
    | { kind: 'tree'; moment: AskedMoment | null; liveness: LivenessWanted }
    | { kind: 'peer'; peerId: string; moment: AskedMoment | null; liveness: LivenessWanted }
    | { kind: 'diff'; from: AskedMoment | null; to: AskedMoment | null }
    | { kind: 'incidents'; from: AskedMoment | null; to: AskedMoment | null; thresholds: Partial<IncidentThresholds> }
    | { kind: 'timeline'; peerId: string; from: AskedMoment | null; to: AskedMoment | null; eachPulse: boolean }
    | { kind: 'explain'; position: Position }
  >;

/** Whether heartbeats and reports are read too, and the moment deadlines are judged at; null is the moment shown. Epoch milliseconds. */
export type LivenessWanted = Readonly<{ judgedAt: number | null }> | null;

/** An answer that is sent as it is. */
export interface HistoryDocument {
  /** JSON in UTF-8. */
  readonly body: Uint8Array<ArrayBuffer>;
  /** A digest of the body, for an ETag. */
  readonly digest: string;
  /** Whether the same question will always have this answer: all of it lies in the past. */
  readonly isFinal: boolean;
}

/** What one track adds to the mesh, so that no thread has to write the peers of all tracks at once. */
export interface MeshPart {
  readonly peerCount: number;
  /** Peers that have a place and are no roots. */
  readonly relayed: number;
  /** Its peers as `MeshPeerJson` in UTF-8, a comma between any two. */
  readonly body: Uint8Array<ArrayBuffer>;
  readonly digest: string;
}

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

/** One page of tracks. */
export interface HeadPage {
  readonly heads: HeadSummary[];
  /** Behind which name the next page begins; null after the last. */
  readonly nextAfter: string | null;
}

/** What each request is answered with. */
export interface HistoryAnswers {
  heads: HeadPage;
  document: HistoryDocument;
  mesh: HistoryDocument;
  'mesh-part': MeshPart;
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
  /** In a segment that retention removed. */
  | 'history_unavailable'
  | 'unknown_peer'
  /** Behind the head of the track. */
  | 'position_out_of_range'
  /** Before the first event of the track, or in the future. */
  | 'time_out_of_range'
  /** Ends before it begins. */
  | 'invalid_range'
  /** Asks for more than one answer may hold, or one question may read. */
  | 'query_too_costly'
  /** Decided by a policy, or a version of one, that this build does not have. */
  | 'policy_version_unavailable'
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
/** Tracks in one page. */
export const TRACKS_PER_PAGE_MAX = 1_000;
/** Bytes of a document. */
export const DOCUMENT_BYTES_MAX = 64 * 1024 * 1024;

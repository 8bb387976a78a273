import type { PeerIdentity, RecordedTopologyEvent, RecordedEvent } from '../domain/events.js';
import type { PeerNumber, Position } from '../domain/ids.js';
import type { Liveness } from '../domain/liveness.js';
import type { RelayTree } from '../domain/relay-tree.js';

/**
 * Consecutive pulses of one track, column by column: at 33,000 heartbeats a second, one object each
 * would cost more than writing them.
 */
export interface PulseRun {
  readonly kind: 'pulses';
  readonly firstPosition: Position;
  /** Pulses in the run; each column below has this length. */
  readonly count: number;
  readonly peers: readonly PeerNumber[];
  /** Epoch milliseconds, never decreasing. */
  readonly recordedAt: readonly number[];
  /** Cumulative frames of a `ForwardReported`; -1 marks a `HeartbeatReceived`. */
  readonly forwardedFrames: readonly number[];
  /** Cumulative frames a `ForwardReported` says were received; -1 where it does not say. */
  readonly receivedFrames: readonly number[];
}

/** Consecutive topology events of one track, positions without gaps. */
export interface TopologyRun {
  readonly kind: 'topology';
  readonly events: readonly RecordedTopologyEvent[];
}

/**
 * All that one commit adds to one track. The runs follow each other in position; the first stands
 * directly behind `previousPosition`. The names of joined peers are in their `PeerJoined` events.
 */
export interface TrackAppend {
  readonly track: string;
  /** The head this append builds on; the append is refused when the log's head is another. */
  readonly previousPosition: Position;
  readonly runs: readonly (PulseRun | TopologyRun)[];
  /** Whether the track has an open session of viewers after this append (`TrackOpened` without `TrackClosed`). */
  readonly open: boolean;
}

/** One atomic batch over several tracks, each named once. */
export type LogBatch = readonly TrackAppend[];

/** The last event of a track. */
export interface TrackHead {
  readonly track: string;
  readonly position: Position;
  readonly recordedAt: number;
  /** Hash of the last commit, hex. */
  readonly hash: string;
  readonly open: boolean;
}

/** Health figures of the store, for metrics. */
export interface LogGauges {
  readonly walBytes: number;
  readonly logBytes: number;
}

/**
 * The append was refused or undone as a whole: nothing of it is in the log, and nothing ever will be.
 * Typically the disk is full.
 */
export class AppendFailedError extends Error {
  override readonly name = 'AppendFailedError';
}

/** Nobody knows whether the commit took place: read the heads before going on. */
export class AppendOutcomeUnknownError extends Error {
  override readonly name = 'AppendOutcomeUnknownError';
}

/**
 * The immutable log of every track. One process owns it; `append` is the only way in, and nothing is
 * ever changed or removed. Every implementation passes test/event-log/event-log-contract.
 */
export interface EventLog {
  /**
   * Makes the batch durable, whole or not at all, and resolves only then. One append at a time.
   *
   * @throws AppendFailedError when nothing was kept; AppendOutcomeUnknownError when that is not known.
   */
  append(batch: LogBatch): Promise<void>;
  /** Heads of the open tracks, by name. */
  openHeads(): Promise<TrackHead[]>;
  /** Head of one track, or null when the log has never seen it. Sees every append that has resolved. */
  head(track: string): Promise<TrackHead | null>;
  gauges(): Promise<LogGauges>;
  /**
   * Moves the names of the live segment to the one file in which names can be erased.
   *
   * @returns false when a reader kept the WAL from being emptied: call again.
   */
  moveNamesOut(): Promise<boolean>;
  close(): Promise<void>;
}

/** A part of one track's log, in order of position. */
export interface EventRange {
  readonly track: string;
  /** Only events behind this position; 0 for all. */
  readonly afterPosition: Position;
  /** Only events up to and with this position. */
  readonly untilPosition?: Position;
}

/** The state a track was in when the part of its log that is still there begins. */
export interface TrackOpening {
  /** The last position that is gone. */
  readonly position: Position;
  /** Of the event there, epoch milliseconds. */
  readonly recordedAt: number;
  /** Hex: the hash of the last commit that is gone, on which the rest of the chain hangs. */
  readonly chainHash: string;
  /** Topology state as `canonicalState` writes it; its SHA-256 is the state hash. */
  readonly state: Uint8Array;
  /** Liveness as `encodeLiveness` writes it. */
  readonly liveness: string;
}

/** Decisions about one peer in a range: whom it was assigned to, or that it waits. */
export interface DecisionsAbout {
  readonly peer: PeerNumber;
  readonly count: number;
  readonly last: RecordedTopologyEvent;
}

/** A state of a track that was kept: both folds after the event at `position`. Each call builds a new one. */
export interface ReplayStart {
  readonly position: Position;
  tree(): RelayTree;
  liveness(): Liveness;
}

/** Hears how many runs were passed over. */
export type OnPassed = (runs: number) => void;

/**
 * Reads the log on connections of its own, while a service may be writing it. Synchronous: callers who serve
 * sockets keep to bounded pages or run it on a worker thread. Every method throws CorruptLogError on damage that it meets,
 * and HistoryUnavailableError when a range begins before what is still there.
 */
export interface EventLogReader {
  heads(): TrackHead[];
  /** What a track begins with whose first events were removed; null for a track that is whole. */
  opening(track: string): TrackOpening | null;
  head(track: string): TrackHead | null;
  /** Topology events alone, streamed; what `fold` takes. */
  topologyEvents(range: EventRange): IterableIterator<RecordedTopologyEvent>;
  /** Topology events and pulses, each at its position, streamed. */
  events(range: EventRange): IterableIterator<RecordedEvent>;
  /** Pulses alone, run by run as they are stored. Runs that only partly lie in the range come whole. */
  pulseRuns(range: EventRange): IterableIterator<PulseRun>;
  /**
   * Topology events that name a peer as themselves, as parent or as former parent, in order; found by index, however long the range is. A
   * peer that is displaced is not found by that.
   *
   * @param untilGone those behind the event with which the peer went may be missing, which is cheaper.
   */
  eventsNaming(range: EventRange, peer: PeerNumber, untilGone?: boolean): RecordedTopologyEvent[];
  /** Topology events about no peer but the whole track: its rules, and what became of the service. In order. */
  trackEvents(range: EventRange): RecordedTopologyEvent[];
  /** How many peers joined in a range. */
  joinCount(range: EventRange): number;
  /** How some peers went in a range, those that did; found by index. In no particular order. */
  departures(range: EventRange, peers: readonly PeerNumber[]): RecordedTopologyEvent[];
  /** What was decided about some peers in a range, for those about whom something was; found by index. In no particular order. */
  decisionsAbout(range: EventRange, peers: readonly PeerNumber[]): DecisionsAbout[];
  /**
   * The pulses of one peer, as runs or parts of them; other peers may be in them. Of runs without a pulse of the peer only the column of peers
   * is looked at, and that is kept. Those that only partly lie in the range come whole.
   *
   * @param onPassed hears of runs that were looked at and left where they are, as reading goes on.
   */
  pulseRunsOf(range: EventRange, peer: PeerNumber, onPassed?: OnPassed): IterableIterator<PulseRun>;
  /** Numbers this peer_id has had in the track, ascending; empty when it never joined or was forgotten. */
  peerNumbers(track: string, peerId: string): PeerNumber[];
  /** Another number whenever names may have been erased: whoever keeps names in memory drops them then. */
  namesVersion?(): number;
  /** Name of a peer; null when it was forgotten or never joined. */
  identity(track: string, peer: PeerNumber): PeerIdentity | null;
  /** Of all tracks, epoch milliseconds; 0 in a log without events. */
  lastRecordedAt(): number;
  /** State hashes (hex) that snapshots of the track claim, by position; of those alone that a replay would begin at. Absent: none. */
  snapshotHashes?(track: string): ReadonlyMap<Position, string>;
  /** The nearest state at `position` or before from which a replay may begin; absent or null: it begins at the first event. */
  replayStart?(track: string, position: Position): ReplayStart | null;
  close(): void;
}

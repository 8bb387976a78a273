import { canonicalState } from '../domain/canonical-state.js';
import type { PeerIdentity, RecordedEvent, RecordedTopologyEvent } from '../domain/events.js';
import type { PeerNumber, Position } from '../domain/ids.js';
import { Liveness } from '../domain/liveness.js';
import { RelayTree } from '../domain/relay-tree.js';
import { type CommitRecord, commitsAfter, hashOfCommit, lastCommit } from './commit-record.js';
import { eventsOf, pulseRunsOf, topologyEventsOf, type EventSource } from './decoded-events.js';
import type {
  DecisionsAbout,
  EventLogReader,
  EventRange,
  OnPassed,
  PulseRun,
  ReplayStart,
  TrackHead,
  TrackOpening,
} from './event-log.js';
import { HistoryUnavailableError } from './event-log-errors.js';
import { decisionsOf, departuresOf, foundEvents, joinCountOf, pulseRunsWith } from './found-events.js';
import { hexOf, trackHeadOf } from './head-row.js';
import { encodeLiveness } from './liveness-codec.js';
import { SegmentNames } from './log-names.js';
import { identitiesOf, identityColumnsOf, identityOf, numbersOf } from './look-up-names.js';
import { NameCache } from './name-cache.js';
import type { NamesFile } from './names-file.js';
import type { PagesAhead } from './pages-ahead.js';
import { positionAtTime } from './position-at-time.js';
import { PulsePeersCache } from './pulse-peers-cache.js';
import {
  claimedHashes,
  nearestSnapshot,
  type SnapshotGround,
  type SnapshotSource,
  startAtSnapshot,
} from './replay-start.js';
import type { RowRange } from './row-range.js';
import type { SegmentFinder } from './segment-finder.js';
import type { SegmentReader, SegmentedLog } from './segment-reader.js';
import { SegmentSet } from './segment-set.js';
import type { IdentityColumns } from './stored-cells.js';
import { SnapshotFiles } from './snapshot-files.js';
import type { TopologyRow } from './topology-row.js';
import { eventPagesOf } from './stored-rows.js';
import { startAtOpening } from './track-start.js';
import { partsOf, type TrackPart } from './track-parts.js';
import { UPCASTERS, type Upcasters } from './upcasters.js';

/** What a reader may be given. */
export interface ReaderParts {
  /** How rows of older versions are read; default is `UPCASTERS`. */
  readonly upcasters?: Upcasters;
  /** Where replays may begin; without any all begin at the first event that is there. */
  readonly snapshots?: SnapshotSource;
  /** Reads long ranges ahead; closed with the reader. Without it this thread reads all. */
  readonly pagesAhead?: PagesAhead;
}

/**
 * Opens the log of a data directory to read, also while a service writes it or after one was killed. Takes no lock.
 *
 * @throws DamagedLogFileError naming the last good positions, LogFormatTooNewError, UnsafeSqliteError.
 */
export function openEventLogReader(dataDir: string, parts: ReaderParts = {}): SqliteEventLogReader {
  const reader = new SqliteEventLogReader(new SegmentSet(dataDir), { snapshots: new SnapshotFiles(dataDir), ...parts });
  try {
    // Reads every head of the live file, so that a damaged one is found here; no row of them is handed over, there may be many.
    reader.lastRecordedAt();
  } catch (error) {
    reader.close();
    throw error;
  }
  return reader;
}

/** Reads a log of one or more segment files. */
export class SqliteEventLogReader implements EventLogReader, SegmentedLog, SnapshotGround {
  readonly #set: SegmentSet;
  readonly #upcasters: Upcasters;
  readonly #snapshots: SnapshotSource | null;
  readonly #pagesAhead: PagesAhead | null;
  readonly #pulsePeers = new PulsePeersCache();
  readonly #names = new NameCache();

  constructor(set: SegmentSet, parts: ReaderParts = {}) {
    this.#set = set;
    this.#upcasters = parts.upcasters ?? UPCASTERS;
    this.#snapshots = parts.snapshots ?? null;
    this.#pagesAhead = parts.pagesAhead ?? null;
  }

  get segments(): readonly SegmentReader[] {
    return this.#set.segments;
  }

  get names(): NamesFile | null {
    return this.#set.names;
  }

  opening(track: string): TrackOpening | null {
    const [first] = this.segments;
    const trackId = first?.trackId(track) ?? null;
    const begun = trackId === null ? null : (first?.opening(trackId) ?? null);
    if (begun === null) return null;
    const kept = this.#set.opening?.state(begun.trackId) ?? (begun.open ? null : CLOSED);
    const { position, recordedAt, hash } = begun;
    if (kept === null) throw new HistoryUnavailableError(track, 1, position);
    return { position, recordedAt, chainHash: hexOf(hash), ...kept };
  }

  heads(): TrackHead[] {
    return this.#live.heads().map(trackHeadOf);
  }

  /** Heads of the tracks that are open, by name: however many were closed, none of them is read. */
  openHeads(): TrackHead[] {
    return this.#live.openHeads().map(trackHeadOf);
  }

  head(track: string): TrackHead | null {
    const head = this.#live.head(track);
    return head === null ? null : trackHeadOf(head);
  }

  topologyEvents(range: EventRange): Generator<RecordedTopologyEvent, void> {
    return topologyEventsOf(this.#parts(range), this.#sourceOf(range));
  }

  events(range: EventRange): Generator<RecordedEvent, void> {
    return eventsOf(this.#parts(range), this.#sourceOf(range));
  }

  pulseRuns(range: EventRange): Generator<PulseRun, void> {
    return pulseRunsOf(this.#parts(range), range.track);
  }

  eventsNaming(range: EventRange, peer: PeerNumber, untilGone = false): RecordedTopologyEvent[] {
    return this.#found(range, ({ peers }, page) => peers.rowsNaming(page, peer, untilGone));
  }

  trackEvents(range: EventRange): RecordedTopologyEvent[] {
    return this.#found(range, (finder, page) => finder.rowsOfTrackItself(page));
  }

  joinCount(range: EventRange): number {
    return joinCountOf(this.#parts(range));
  }

  departures(range: EventRange, peers: readonly PeerNumber[]): RecordedTopologyEvent[] {
    return departuresOf(this.#parts(range), this.#sourceOf(range), peers);
  }

  decisionsAbout(range: EventRange, peers: readonly PeerNumber[]): DecisionsAbout[] {
    return decisionsOf(this.#parts(range), this.#sourceOf(range), peers);
  }

  pulseRunsOf(range: EventRange, peer: PeerNumber, onPassed: OnPassed = () => undefined): Generator<PulseRun, void> {
    return pulseRunsWith(this.#parts(range), { track: range.track, peer, cache: this.#pulsePeers }, onPassed);
  }

  peerNumbers(track: string, peerId: string): PeerNumber[] {
    const trackId = this.#live.trackId(track);
    return trackId === null ? [] : numbersOf(this.#set, trackId, peerId);
  }

  identity(track: string, peer: PeerNumber): PeerIdentity | null {
    return this.#cachedNames().one(track, peer, () => {
      const trackId = this.#live.trackId(track);
      return trackId === null ? null : identityOf(this.#set, trackId, peer);
    });
  }

  lastRecordedAt(): number {
    return this.#live.lastRecordedAt();
  }

  /** @throws HistoryUnavailableError for a position that was removed. */
  replayStart(track: string, position: Position): ReplayStart | null {
    const snapshot = this.#snapshots === null ? null : nearestSnapshot(this.#snapshots, this, track, position);
    return snapshot === null ? startAtOpening(this, track, position) : startAtSnapshot(snapshot, this);
  }

  snapshotHashes(track: string): ReadonlyMap<Position, string> {
    return this.#snapshots === null ? new Map() : claimedHashes(this.#snapshots, this, track);
  }

  commitHash(track: string, position: Position): string | null {
    const { segments } = this;
    const head = liveOf(segments).head(track);
    return head === null ? null : hashOfCommit(segments, head, position);
  }

  /** Names of peers, in their order; null for one that was forgotten. */
  identities(track: string, peers: ArrayLike<PeerNumber>): (PeerIdentity | null)[] {
    return this.#cachedNames().all(track, peers, (unknown) => {
      const trackId = this.#live.trackId(track);
      return trackId === null ? new Map<PeerNumber, PeerIdentity>() : identitiesOf(this.#set, trackId, unknown);
    });
  }

  /** The same page by page and not parsed yet, for a thread that hands them on. */
  identityColumns(track: string, peers: Iterable<PeerNumber>): Iterable<IdentityColumns> {
    const trackId = this.#live.trackId(track);
    return trackId === null ? [] : identityColumnsOf(this.#set, trackId, peers);
  }

  /**
   * Last position recorded at `timeMs` (epoch milliseconds) or before; 0 when the track began later or is unknown.
   *
   * @throws HistoryUnavailableError for a moment in a segment that was removed.
   */
  positionAt(track: string, timeMs: number): Position {
    const { segments } = this;
    const head = segments.at(-1)?.head(track) ?? null;
    return head === null ? 0 : positionAtTime(segments, head, timeMs);
  }

  /** Commits of all tracks behind `sequence`, at most `limit`: how a follower keeps up. 0 for the first. */
  commitsAfter(sequence: number, limit: number): CommitRecord[] {
    return commitsAfter(this.segments, sequence, limit);
  }

  namesVersion(): number {
    return this.names?.version() ?? 0;
  }

  /** Whether the log says that a track's events up to and with a position were to be removed. Reads every row behind it. */
  isRetentionRecorded(track: string, throughPosition: Position): boolean {
    for (const event of this.topologyEvents({ track, afterPosition: throughPosition })) {
      if (event.type === 'RetentionApplied' && event.throughPosition === throughPosition) return true;
    }
    return false;
  }

  /** Lets go of every file; the next read opens what it needs. */
  release(): void {
    this.#set.release();
    this.#pulsePeers.clear();
    this.#names.clear();
  }

  /** The last commit of the log over all tracks; null when it has none. */
  lastCommit(): CommitRecord | null {
    return lastCommit(this.segments);
  }

  close(): void {
    this.release();
    this.#pagesAhead?.close();
  }

  get #live(): SegmentReader {
    return liveOf(this.segments);
  }

  /** The segments that hold a part of the range, clipped to what is committed now, so that a growing log is read to one moment. */
  *#parts(range: EventRange): Generator<TrackPart, void> {
    const { segments } = this;
    const head = liveOf(segments).head(range.track);
    if (head === null) return;
    const until = Math.min(range.untilPosition ?? head.position, head.position);
    yield* partsOf(segments, head, range.afterPosition, until);
  }

  #found(range: EventRange, read: (finder: SegmentFinder, page: RowRange) => TopologyRow[]): RecordedTopologyEvent[] {
    const names = { identityOf: ({ position }: TopologyRow) => this.identity(range.track, position) };
    return foundEvents(this.#parts(range), this.#sourceOf(range), names, read);
  }

  /** Nobody whose name was erased is in it. */
  #cachedNames(): NameCache {
    this.#names.keepWhile(this.namesVersion());
    return this.#names;
  }

  #sourceOf({ track }: EventRange): EventSource {
    const namesOf = (segment: SegmentReader): SegmentNames => new SegmentNames(segment, () => this.names);
    const ahead = this.#pagesAhead;
    const pagesOf: EventSource['pagesOf'] =
      ahead === null ? eventPagesOf : (segment, range) => ahead.pagesOf(segment, range);
    return { track, namesOf, pagesOf, upcasters: this.#upcasters };
  }
}

function liveOf(segments: readonly SegmentReader[]): SegmentReader {
  const live = segments.at(-1);
  if (live === undefined) throw new Error('a log has at least one segment');
  return live;
}

/** State of a track that nobody was in. */
const CLOSED = { state: canonicalState(new RelayTree()), liveness: encodeLiveness(new Liveness()) };

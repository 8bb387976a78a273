import { canonicalState } from '../domain/canonical-state.js';
import type { PeerIdentity, RecordedEvent, RecordedTopologyEvent } from '../domain/events.js';
import type { PeerNumber, Position } from '../domain/ids.js';
import { Liveness } from '../domain/liveness.js';
import { RelayTree } from '../domain/relay-tree.js';
import type {
  DecisionsAbout,
  EventLogReader,
  EventRange,
  PulseRun,
  ReplayStart,
  TrackHead,
  TrackOpening,
} from './event-log.js';
import { HistoryUnavailableError } from './event-log-errors.js';
import { hexOf, trackHeadOf } from './head-row.js';
import { encodeLiveness } from './liveness-codec.js';
import { SegmentNames } from './log-names.js';
import { NameCursor } from './name-cursor.js';
import type { NamesFile } from './names-file.js';
import { clippedStart, corrupt, decodeInTrack, inTrack, pulsesOf, refuseGap } from './decode-pulses.js';
import { positionAtTime } from './position-at-time.js';
import { claimedHashes, replayStartIn, type SnapshotGround } from './replay-start.js';
import { pagesOf, type RowRange } from './row-range.js';
import type { SegmentFinder } from './segment-finder.js';
import type { SegmentReader, SegmentedLog } from './segment-reader.js';
import { SegmentSet } from './segment-set.js';
import type { TrackCommitRow } from './stored-cells.js';
import { SnapshotFiles } from './snapshot-files.js';
import { pulseBlocks, pulseBlocksOf, storedInOrder, topologyPages } from './stored-rows.js';
import { eventOfRow } from './topology-event-row.js';
import type { TopologyRow } from './topology-row.js';
import { startAtOpening } from './track-start.js';
import { beginningIn, partsOf, type TrackPart } from './track-parts.js';
import { UPCASTERS, upcast, type Upcasters } from './upcasters.js';

/** What one commit added to one track, for followers of the whole log. */
export interface CommitRecord {
  /** Ascending over all tracks, without gaps: a follower remembers one number. */
  readonly sequence: number;
  readonly track: string;
  readonly firstPosition: Position;
  readonly lastPosition: Position;
  /** Of its last event, epoch milliseconds. */
  readonly recordedAt: number;
  /** Whether the track is open after it. */
  readonly open: boolean;
  /** Hex. */
  readonly hash: string;
}

/**
 * Opens the log of a data directory to read, also while a service writes it or after one was killed. Takes no lock.
 *
 * @throws DamagedLogFileError naming the last good positions, LogFormatTooNewError, UnsafeSqliteError.
 */
export function openEventLogReader(dataDir: string, upcasters: Upcasters = UPCASTERS): SqliteEventLogReader {
  const set = new SegmentSet(dataDir);
  const reader = new SqliteEventLogReader(set, upcasters, new SnapshotFiles(dataDir));
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
  readonly #snapshots: SnapshotFiles | null;

  /** @param snapshots where replays may begin; without it all begin at the first event that is there. */
  constructor(set: SegmentSet, upcasters: Upcasters = UPCASTERS, snapshots: SnapshotFiles | null = null) {
    this.#set = set;
    this.#upcasters = upcasters;
    this.#snapshots = snapshots;
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

  head(track: string): TrackHead | null {
    const head = this.#live.head(track);
    return head === null ? null : trackHeadOf(head);
  }

  *topologyEvents(range: EventRange): Generator<RecordedTopologyEvent, void> {
    let recordedAt = 0;
    for (const { segment, ...stored } of this.#parts(range)) {
      const names = new NameCursor(new SegmentNames(segment, this.names), stored);
      for (const page of topologyPages((page) => segment.eventRows(page), stored)) {
        for (const row of page) {
          if (row.recordedAt < recordedAt) throw corrupt(range.track, row.position, 'recorded_at goes back');
          recordedAt = row.recordedAt;
          yield this.#eventOf(row, names, range.track);
        }
      }
    }
  }

  *events(range: EventRange): Generator<RecordedEvent, void> {
    for (const { segment, ...stored } of this.#parts(range)) {
      const names = new NameCursor(new SegmentNames(segment, this.names), stored);
      let position = stored.after;
      for (const item of storedInOrder(segment, (page) => segment.eventRows(page), stored)) {
        refuseGap(range.track, position, item.kind === 'row' ? item.firstPosition : clippedStart(item, stored));
        if (item.kind === 'row') {
          yield this.#eventOf(item.row, names, range.track);
          position = item.firstPosition;
        } else {
          yield* pulsesOf(decodeInTrack(item.block, range.track), position, stored.until);
          position = Math.min(stored.until, item.firstPosition + item.block.count - 1);
        }
      }
      if (position < stored.until) throw corrupt(range.track, position + 1, 'the event is missing');
    }
  }

  *pulseRuns(range: EventRange): Generator<PulseRun, void> {
    for (const { segment, ...stored } of this.#parts(range)) {
      for (const block of pulseBlocks(segment, stored)) yield decodeInTrack(block, range.track);
    }
  }

  eventsNaming(range: EventRange, peer: PeerNumber): RecordedTopologyEvent[] {
    return this.#found(range, (finder, page) => finder.rowsNaming(page, peer));
  }

  trackEvents(range: EventRange): RecordedTopologyEvent[] {
    return this.#found(range, (finder, page) => finder.rowsOfTrackItself(page));
  }

  joinCount(range: EventRange): number {
    let count = 0;
    for (const { segment, ...stored } of this.#parts(range))
      count += segment.find((finder) => finder.joinCount(stored));
    return count;
  }

  departures(range: EventRange, peers: readonly PeerNumber[]): RecordedTopologyEvent[] {
    const found: RecordedTopologyEvent[] = [];
    for (const { segment, ...stored } of this.#parts(range)) {
      for (const page of pagesOf(peers))
        for (const row of segment.find((finder) => finder.departureRows(stored, page)))
          found.push(this.#eventOf(row, NAMELESS, range.track));
    }
    return found;
  }

  decisionsAbout(range: EventRange, peers: readonly PeerNumber[]): DecisionsAbout[] {
    const found = new Map<PeerNumber, DecisionsAbout>();
    for (const { segment, ...stored } of this.#parts(range)) {
      for (const page of pagesOf(peers)) {
        for (const { count, row } of segment.find((finder) => finder.decisionRows(stored, page))) {
          const peer = row.peer ?? 0;
          const last = this.#eventOf(row, NAMELESS, range.track);
          found.set(peer, { peer, count: (found.get(peer)?.count ?? 0) + count, last });
        }
      }
    }
    return [...found.values()];
  }

  *pulseRunsOf(range: EventRange, peer: PeerNumber): Generator<PulseRun, void> {
    for (const { segment, ...stored } of this.#parts(range)) {
      for (const block of pulseBlocksOf(segment, stored, peer)) yield decodeInTrack(block, range.track);
    }
  }

  peerNumbers(track: string, peerId: string): PeerNumber[] {
    const trackId = this.#live.trackId(track);
    if (trackId === null) return [];
    const found = this.#set.named.flatMap((segment) => segment.peerNumbers(trackId, peerId));
    found.push(...(this.names?.peerNumbers(trackId, peerId) ?? []));
    return [...new Set(found)].sort((one, other) => one - other);
  }

  identity(track: string, peer: PeerNumber): PeerIdentity | null {
    const trackId = this.#live.trackId(track);
    if (trackId === null) return null;
    const range = { trackId, after: peer - 1, until: peer, limit: 1 };
    for (const segment of this.segments.toReversed()) {
      // The live segment has the names of its own joins, as one before it has until they have moved out.
      const isOwn = beginningIn(segment, trackId) < peer;
      if (isOwn) return new SegmentNames(segment, this.names).identities(range)[0]?.identity ?? null;
    }
    return this.names?.identities(range)[0]?.identity ?? null;
  }

  lastRecordedAt(): number {
    return this.#live.lastRecordedAt();
  }

  /** @throws HistoryUnavailableError for a position that was removed. */
  replayStart(track: string, position: Position): ReplayStart | null {
    const snapshot = this.#snapshots === null ? null : replayStartIn(this.#snapshots, this, track, position);
    return snapshot ?? startAtOpening(this, track, position);
  }

  snapshotHashes(track: string): ReadonlyMap<Position, string> {
    return this.#snapshots === null ? new Map() : claimedHashes(this.#snapshots, this, track);
  }

  commitHash(track: string, position: Position): string | null {
    const { segments } = this;
    const live = liveOf(segments);
    const head = live.head(track);
    if (head === null || position < 1 || position > head.position) return null;
    for (const segment of [live, segments[0]]) {
      const opening = segment?.opening(head.trackId);
      if (opening?.position === position) return hexOf(opening.hash);
    }
    const first = beginningIn(segments[0], head.trackId);
    const [part] = position <= first ? [] : partsOf(segments, head, position - 1, position);
    const commit = part?.segment.commitAtOrBefore(head.trackId, position) ?? null;
    return commit?.lastPosition === position ? hexOf(commit.hash) : null;
  }

  identities(track: string, peers: Iterable<PeerNumber>): Map<PeerNumber, PeerIdentity> {
    const trackId = this.#live.trackId(track);
    const found = new Map<PeerNumber, PeerIdentity>();
    if (trackId === null) return found;
    // A name on its way stands in both, so it is looked for in the segments first.
    const sources = [...this.#set.named, ...(this.names === null ? [] : [this.names])];
    for (const page of pagesOf(peers)) {
      for (const source of sources) {
        for (const { peer, identity } of source.identitiesOf(trackId, page)) found.set(peer, identity);
      }
    }
    return found;
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
    const found: CommitRecord[] = [];
    const { segments } = this;
    for (const [index, segment] of segments.entries()) {
      const next = segments[index + 1]?.start()?.lastSequence ?? Infinity;
      if (next <= sequence) continue;
      found.push(...segment.commitsAfter(sequence, limit - found.length).map(commitRecordOf));
      if (found.length >= limit) break;
    }
    return found;
  }

  forgottenCount(): number {
    return this.names?.forgottenCount() ?? 0;
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
  }

  /** The last commit of the log over all tracks; null when it has none. */
  lastCommit(): CommitRecord | null {
    const last = this.segments.findLast((segment) => segment.lastCommit() !== null);
    const commit = last?.lastCommit() ?? null;
    return commit === null ? null : commitRecordOf(commit);
  }

  close(): void {
    this.#set.release();
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

  /** Events that some index finds here and there: a page of names for each join would cost more than all of them. */
  #found(range: EventRange, read: (finder: SegmentFinder, page: RowRange) => TopologyRow[]): RecordedTopologyEvent[] {
    const { track } = range;
    const names = { identityOf: ({ position }: TopologyRow) => this.identity(track, position) };
    const found: RecordedTopologyEvent[] = [];
    for (const { segment, ...stored } of this.#parts(range)) {
      for (const page of topologyPages((rows) => segment.find((finder) => read(finder, rows)), stored))
        for (const row of page) found.push(this.#eventOf(row, row.nameDigest === null ? NAMELESS : names, track));
    }
    return found;
  }

  #eventOf(row: TopologyRow, names: Pick<NameCursor, 'identityOf'>, track: string): RecordedTopologyEvent {
    try {
      return eventOfRow(upcast(row, this.#upcasters), names.identityOf(row));
    } catch (error) {
      throw inTrack(error, track);
    }
  }
}

function liveOf(segments: readonly SegmentReader[]): SegmentReader {
  const live = segments.at(-1);
  if (live === undefined) throw new Error('a log has at least one segment');
  return live;
}

/** For rows that introduce nobody. */
const NAMELESS: Pick<NameCursor, 'identityOf'> = { identityOf: () => null };

/** State of a track that nobody was in. */
const CLOSED = { state: canonicalState(new RelayTree()), liveness: encodeLiveness(new Liveness()) };

function commitRecordOf(commit: TrackCommitRow): CommitRecord {
  const { sequence, track, firstPosition, lastPosition, recordedAt, open, hash } = commit;
  if (track === null) throw corrupt(null, firstPosition, `track ${String(commit.trackId)} has lost its name`);
  return { sequence, track, firstPosition, lastPosition, recordedAt, open, hash: hexOf(hash) };
}

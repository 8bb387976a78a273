import { CorruptLogError } from '../domain/errors.js';
import type { PeerIdentity, RecordedEvent, RecordedPulseEvent, RecordedTopologyEvent } from '../domain/events.js';
import type { PeerNumber, Position } from '../domain/ids.js';
import { segmentFiles } from './data-directory.js';
import type { EventLogReader, EventRange, PulseRun, ReplayStart, TrackHead } from './event-log.js';
import { DamagedLogFileError } from './event-log-errors.js';
import { ROWS_PER_PAGE } from './event-log-limits.js';
import { hexOf, trackHeadOf } from './head-row.js';
import { NameCursor } from './name-cursor.js';
import { NO_FRAMES, decodePulseBlock, type PulseBlockRow } from './pulse-codec.js';
import { positionAtTime } from './position-at-time.js';
import { claimedHashes, replayStartIn, type SnapshotGround } from './replay-start.js';
import { withLastGoodPositions } from './salvage.js';
import { SegmentReader, type SegmentedLog } from './segment-reader.js';
import { SnapshotFiles } from './snapshot-files.js';
import type { TrackCommitRow } from './stored-cells.js';
import { pulseBlocks, storedInOrder, topologyPages, type Stored, type StoredRange } from './stored-rows.js';
import { eventOfRow } from './topology-event-row.js';
import type { TopologyRow } from './topology-row.js';
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
  const files = segmentFiles(dataDir);
  if (files.length === 0) throw new DamagedLogFileError(dataDir, 'it holds no log');
  return new SqliteEventLogReader(
    files.map((file) => withLastGoodPositions(() => new SegmentReader(file))),
    upcasters,
    new SnapshotFiles(dataDir),
  );
}

/** Reads a log of one or more segment files, oldest first. */
export class SqliteEventLogReader implements EventLogReader, SegmentedLog, SnapshotGround {
  readonly segments: readonly SegmentReader[];
  readonly #upcasters: Upcasters;
  readonly #snapshots: SnapshotFiles | null;

  /** @param snapshots where replays may begin; without it all begin at the first event. */
  constructor(
    segments: readonly SegmentReader[],
    upcasters: Upcasters = UPCASTERS,
    snapshots: SnapshotFiles | null = null,
  ) {
    this.segments = segments;
    this.#upcasters = upcasters;
    this.#snapshots = snapshots;
  }

  heads(): TrackHead[] {
    return this.#live.heads().map(trackHeadOf);
  }

  head(track: string): TrackHead | null {
    const head = this.#live.head(track);
    return head === null ? null : trackHeadOf(head);
  }

  *topologyEvents(range: EventRange): Generator<RecordedTopologyEvent, void> {
    for (const { segment, stored } of this.#parts(range)) {
      const names = new NameCursor(segment, stored);
      let recordedAt = 0;
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
    for (const { segment, stored } of this.#parts(range)) {
      const names = new NameCursor(segment, stored);
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
    for (const { segment, stored } of this.#parts(range)) {
      for (const block of pulseBlocks(segment, stored)) yield decodeInTrack(block, range.track);
    }
  }

  peerNumbers(track: string, peerId: string): PeerNumber[] {
    const trackId = this.#live.trackId(track);
    return trackId === null ? [] : this.#live.peerNumbers(trackId, peerId);
  }

  identity(track: string, peer: PeerNumber): PeerIdentity | null {
    const trackId = this.#live.trackId(track);
    if (trackId === null) return null;
    const [name] = this.#live.identities({ trackId, after: peer - 1, until: peer, limit: 1 });
    return name?.identity ?? null;
  }

  lastRecordedAt(): number {
    return this.#live.lastRecordedAt();
  }

  replayStart(track: string, position: Position): ReplayStart | null {
    return this.#snapshots === null ? null : replayStartIn(this.#snapshots, this, track, position);
  }

  snapshotHashes(track: string): ReadonlyMap<Position, string> {
    return this.#snapshots === null ? new Map() : claimedHashes(this.#snapshots, this, track);
  }

  commitHash(track: string, position: Position): string | null {
    const trackId = this.#live.trackId(track);
    const commit = trackId === null ? null : this.#live.commitAtOrBefore(trackId, position);
    return commit?.lastPosition === position ? hexOf(commit.hash) : null;
  }

  identities(track: string, peers: Iterable<PeerNumber>): Map<PeerNumber, PeerIdentity> {
    const trackId = this.#live.trackId(track);
    const found = new Map<PeerNumber, PeerIdentity>();
    if (trackId === null) return found;
    for (const page of pagesOf(peers)) {
      for (const { peer, identity } of this.#live.identitiesOf(trackId, page)) found.set(peer, identity);
    }
    return found;
  }

  /** Last position recorded at `timeMs` (epoch milliseconds) or before; 0 when the track began later or is unknown. */
  positionAt(track: string, timeMs: number): Position {
    const head = this.#live.head(track);
    return head === null ? 0 : positionAtTime(this.#live, head, timeMs);
  }

  /** Commits of all tracks behind `sequence`, at most `limit`: how a follower keeps up. 0 for the first. */
  commitsAfter(sequence: number, limit: number): CommitRecord[] {
    return this.#live.commitsAfter(sequence, limit).map(commitRecordOf);
  }

  /** The last commit of the log over all tracks; null when it has none. */
  lastCommit(): CommitRecord | null {
    const commit = this.#live.lastCommit();
    return commit === null ? null : commitRecordOf(commit);
  }

  close(): void {
    for (const segment of this.segments) segment.close();
  }

  get #live(): SegmentReader {
    const live = this.segments.at(-1);
    if (live === undefined) throw new Error('a log has at least one segment');
    return live;
  }

  /** The segments that hold a part of the range, clipped to what is committed now, so that a growing log is read to one moment. */
  #parts(range: EventRange): { segment: SegmentReader; stored: StoredRange }[] {
    const head = this.#live.head(range.track);
    if (head === null) return [];
    const until = Math.min(range.untilPosition ?? head.position, head.position);
    if (range.afterPosition >= until) return [];
    return [{ segment: this.#live, stored: { trackId: head.trackId, after: range.afterPosition, until } }];
  }

  #eventOf(row: TopologyRow, names: NameCursor, track: string): RecordedTopologyEvent {
    try {
      return eventOfRow(upcast(row, this.#upcasters), names.identityOf(row));
    } catch (error) {
      throw inTrack(error, track);
    }
  }
}

/** So many at a time that each is a short read transaction. */
function* pagesOf(peers: Iterable<PeerNumber>): Generator<PeerNumber[], void> {
  let page: PeerNumber[] = [];
  for (const peer of peers) {
    page.push(peer);
    if (page.length < ROWS_PER_PAGE) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

function commitRecordOf(commit: TrackCommitRow): CommitRecord {
  const { sequence, track, trackId, firstPosition, lastPosition, recordedAt, open, hash } = commit;
  if (track === null) throw corrupt(null, firstPosition, `track ${String(trackId)} has lost its name`);
  return { sequence, track, firstPosition, lastPosition, recordedAt, open, hash: hexOf(hash) };
}

function decodeInTrack(block: PulseBlockRow, track: string): PulseRun {
  try {
    return decodePulseBlock(block);
  } catch (error) {
    throw inTrack(error, track);
  }
}

/** Adds the track to an error of decoding, which knows positions only. */
function inTrack(error: unknown, track: string): unknown {
  return error instanceof CorruptLogError ? error.inTrack(track) : error;
}

/** A block may begin before the range that it reaches into. */
function clippedStart(item: Stored, range: StoredRange): Position {
  return Math.max(item.firstPosition, range.after + 1);
}

/** The pulses of a run behind `after`, up to and with `until`. */
function* pulsesOf(run: PulseRun, after: Position, until: Position): Generator<RecordedPulseEvent, void> {
  const end = Math.min(run.count, until - run.firstPosition + 1);
  for (let index = Math.max(0, after + 1 - run.firstPosition); index < end; index += 1) {
    const position = run.firstPosition + index;
    const peer = run.peers[index] ?? 0;
    const recordedAt = run.recordedAt[index] ?? 0;
    const forwardedFrames = run.forwardedFrames[index] ?? NO_FRAMES;
    const received = run.receivedFrames[index] ?? NO_FRAMES;
    if (forwardedFrames === NO_FRAMES) yield { type: 'HeartbeatReceived', version: 1, position, recordedAt, peer };
    else {
      const receivedFrames = received === NO_FRAMES ? null : received;
      yield { type: 'ForwardReported', version: 1, position, recordedAt, peer, forwardedFrames, receivedFrames };
    }
  }
}

function refuseGap(track: string, position: Position, next: Position): void {
  if (next > position + 1) throw corrupt(track, position + 1, 'the event is missing');
  if (next <= position) throw corrupt(track, next, 'two events stand at one position');
}

function corrupt(track: string | null, position: Position, fault: string): CorruptLogError {
  return new CorruptLogError(position, fault, track);
}

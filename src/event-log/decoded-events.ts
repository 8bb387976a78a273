import { CorruptLogError } from '../domain/errors.js';
import type { RecordedEvent, RecordedPulseEvent, RecordedTopologyEvent } from '../domain/events.js';
import type { PeerNumber, Position } from '../domain/ids.js';
import type { PulseRun } from './event-log.js';
import type { SegmentNames } from './log-names.js';
import { NameCursor } from './name-cursor.js';
import { NO_FRAMES, decodePulseBlock, decodePulsesOf, type PulseBlockRow } from './pulse-codec.js';
import type { SegmentReader } from './segment-reader.js';
import { pulseBlocks, storedInOrder, type RowsPage, type Stored, type StoredRange } from './stored-rows.js';
import { eventOfRow } from './topology-event-row.js';
import type { TopologyRow } from './topology-row.js';
import type { TrackPart } from './track-parts.js';
import { upcast, type Upcasters } from './upcasters.js';

/** What decoding needs besides the rows. */
export interface EventSource {
  readonly track: string;
  readonly namesOf: (segment: SegmentReader) => SegmentNames;
  /** Pages of topology rows of a part. */
  readonly pagesOf: (segment: SegmentReader, range: StoredRange) => Iterable<RowsPage>;
  /** How rows of older versions are read. */
  readonly upcasters: Upcasters;
}

/** Topology events in order of position. @throws CorruptLogError for a row that cannot be decoded, and for time going back. */
export function* topologyEventsOf(
  parts: Iterable<TrackPart>,
  source: EventSource,
): Generator<RecordedTopologyEvent, void> {
  let recordedAt = 0;
  for (const { segment, ...stored } of parts) {
    const names = new NameCursor(source.namesOf(segment), stored);
    for (const page of names.rowsOf(source.pagesOf(segment, stored))) {
      for (const row of page) {
        if (row.recordedAt < recordedAt) throw corrupt(source, row.position, 'recorded_at goes back');
        recordedAt = row.recordedAt;
        yield eventOf(row, names, source, page.areSound);
      }
    }
  }
}

/** Every event in order of position. @throws CorruptLogError also for a position without an event, and for one with two. */
export function* eventsOf(parts: Iterable<TrackPart>, source: EventSource): Generator<RecordedEvent, void> {
  for (const { segment, ...stored } of parts) {
    const names = new NameCursor(source.namesOf(segment), stored);
    let position = stored.after;
    for (const item of storedInOrder(segment, names.rowsOf(source.pagesOf(segment, stored)), stored)) {
      refuseGap(source, position, item.kind === 'row' ? item.firstPosition : clippedStart(item, stored));
      if (item.kind === 'row') {
        yield eventOf(item.row, names, source);
        position = item.firstPosition;
      } else {
        yield* pulsesOf(pulseRunOf(item.block, source.track), position, stored.until);
        position = Math.min(stored.until, item.firstPosition + item.block.count - 1);
      }
    }
    if (position < stored.until) throw corrupt(source, position + 1, 'the event is missing');
  }
}

/** Pulses as they are stored, run by run; the first and the last run may reach beyond the parts. @throws CorruptLogError. */
export function* pulseRunsOf(parts: Iterable<TrackPart>, track: string): Generator<PulseRun, void> {
  for (const { segment, ...stored } of parts) {
    for (const block of pulseBlocks(segment, stored)) yield pulseRunOf(block, track);
  }
}

/** One row as its event; `isSound` says that `faultOfRow` finds nothing in it. @throws CorruptLogError for a row that cannot be decoded. */
export function eventOf(
  row: TopologyRow,
  names: Pick<NameCursor, 'identityOf'>,
  { track, upcasters }: EventSource,
  isSound = false,
): RecordedTopologyEvent {
  try {
    const newest = upcast(row, upcasters);
    return eventOfRow(newest, names.identityOf(row), isSound && newest === row);
  } catch (error) {
    throw inTrack(error, track);
  }
}

/** One block as a run. @throws CorruptLogError, with the track named. */
export function pulseRunOf(block: PulseBlockRow, track: string): PulseRun {
  try {
    return decodePulseBlock(block);
  } catch (error) {
    throw inTrack(error, track);
  }
}

/** The pulses of one peer in a block. @throws CorruptLogError, with the track named. */
export function pulseRunsIn(block: PulseBlockRow, peer: PeerNumber, track: string): PulseRun[] {
  try {
    return decodePulsesOf(block, peer);
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

function refuseGap(source: EventSource, position: Position, next: Position): void {
  if (next > position + 1) throw corrupt(source, position + 1, 'the event is missing');
  if (next <= position) throw corrupt(source, next, 'two events stand at one position');
}

function corrupt({ track }: EventSource, position: Position, fault: string): CorruptLogError {
  return new CorruptLogError(position, fault, track);
}

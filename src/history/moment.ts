import type { Position } from '../domain/ids.js';
import type { EventLogReader, TrackHead } from '../event-log/event-log.js';
import { HistoryFault } from './history-request.js';
import type { AskedMoment } from './moment-text.js';
import { namingTrack } from './tree-at.js';

/** A place in a track's log, and when that was. */
export interface Moment {
  readonly position: Position;
  /** Of the event at `position`, epoch milliseconds; null before the first. */
  readonly recordedAt: number | null;
}

/**
 * The moment of a position that is in the log; 0 is the one before the first event.
 *
 * @throws CorruptLogError, with the track named.
 */
export function momentOf(reader: EventLogReader, track: string, position: Position): Moment {
  if (position === 0) return { position, recordedAt: null };
  return namingTrack(track, () => {
    const [event] = reader.events({ track, afterPosition: position - 1, untilPosition: position });
    return { position, recordedAt: event?.recordedAt ?? null };
  });
}

/** Finds positions by time. */
export interface TimeIndex {
  /** Last position recorded at `timeMs` (epoch milliseconds) or before; 0 when the track began later. */
  positionAt(track: string, timeMs: number): Position;
}

/**
 * The moment a track was in at `timeMs`: behind the last event recorded then or before. A time after the head gives
 * the head, one before the first event position 0.
 *
 * @param timeMs epoch milliseconds.
 * @throws CorruptLogError, with the track named.
 */
export function momentAtTime(reader: EventLogReader & TimeIndex, head: TrackHead, timeMs: number): Moment {
  const { track, position, recordedAt } = head;
  if (timeMs >= recordedAt) return { position, recordedAt };
  return momentOf(
    reader,
    track,
    namingTrack(track, () => reader.positionAt(track, timeMs)),
  );
}

/**
 * The moment somebody asks for. There is an answer for every position from 0 to the head, and for every time from the first event until now.
 *
 * @param nowMs epoch milliseconds; a head recorded by a clock that is ahead of this one counts as now.
 * @throws HistoryFault `position_out_of_range` or `time_out_of_range`, naming what is allowed; CorruptLogError, with the track named.
 */
export function askedMoment(
  reader: EventLogReader & TimeIndex,
  head: TrackHead,
  asked: AskedMoment,
  nowMs: number,
): Moment {
  const moment = askedEnd(reader, head, asked, nowMs);
  if ('timeMs' in asked && moment.position === 0) {
    const first = momentOf(reader, head.track, 1).recordedAt ?? head.recordedAt;
    throw new HistoryFault(
      'time_out_of_range',
      `track ${head.track} has its first event at ${spokenTime(first)}, after ${spokenTime(asked.timeMs)}`,
    );
  }
  return moment;
}

/** Two moments of one track, the first not behind the second. */
export interface MomentRange {
  readonly from: Moment;
  readonly to: Moment;
}

/**
 * The range somebody asks for; null as an end is the beginning, or the head. A beginning before the first event is position 0, so
 * that "the last hour" can be asked of a track that is younger.
 *
 * @throws HistoryFault `position_out_of_range`, `time_out_of_range` (an end in the future) or `invalid_range`.
 */
export function askedRange(
  reader: EventLogReader & TimeIndex,
  head: TrackHead,
  ends: Readonly<{ from: AskedMoment | null; to: AskedMoment | null }>,
  nowMs: number,
): MomentRange {
  const from = askedEnd(reader, head, ends.from ?? { position: 0 }, nowMs);
  const to = askedEnd(reader, head, ends.to ?? { position: head.position }, nowMs);
  if (from.position > to.position || isBefore(ends.to, ends.from))
    throw new HistoryFault('invalid_range', 'the range ends before it begins: exchange its ends');
  return { from, to };
}

function isBefore(one: AskedMoment | null, other: AskedMoment | null): boolean {
  return one !== null && other !== null && 'timeMs' in one && 'timeMs' in other && one.timeMs < other.timeMs;
}

function askedEnd(reader: EventLogReader & TimeIndex, head: TrackHead, asked: AskedMoment, nowMs: number): Moment {
  if ('timeMs' in asked) {
    const latest = Math.max(nowMs, head.recordedAt);
    if (asked.timeMs > latest)
      throw new HistoryFault(
        'time_out_of_range',
        `${spokenTime(asked.timeMs)} lies in the future; now is ${spokenTime(latest)}`,
      );
    return momentAtTime(reader, head, asked.timeMs);
  }
  if (asked.position > head.position) {
    const allowed = `allowed is 0 to ${String(head.position)}`;
    throw new HistoryFault(
      'position_out_of_range',
      `position ${String(asked.position)} is beyond the head of track ${head.track}; ${allowed}`,
    );
  }
  if (asked.position === head.position) return { position: head.position, recordedAt: head.recordedAt };
  return momentOf(reader, head.track, asked.position);
}

/** Times far outside the calendar are said as they came. */
function spokenTime(atMs: number): string {
  return Math.abs(atMs) <= 8_640_000_000_000_000 ? new Date(atMs).toISOString() : `${String(atMs)} ms`;
}

import type { Position } from '../domain/ids.js';
import type { EventLogReader, TrackHead } from '../event-log/event-log.js';
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

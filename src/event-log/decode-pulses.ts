import { CorruptLogError } from '../domain/errors.js';
import type { RecordedPulseEvent } from '../domain/events.js';
import type { Position } from '../domain/ids.js';
import type { PulseRun } from './event-log.js';
import { decodePulseBlock, NO_FRAMES, type PulseBlockRow } from './pulse-codec.js';
import type { Stored, StoredRange } from './stored-rows.js';

/** Reads a block back. @throws CorruptLogError with the track named. */
export function decodeInTrack(block: PulseBlockRow, track: string): PulseRun {
  try {
    return decodePulseBlock(block);
  } catch (error) {
    throw inTrack(error, track);
  }
}

/** Adds the track to an error of decoding, which knows positions only. */
export function inTrack(error: unknown, track: string): unknown {
  return error instanceof CorruptLogError ? error.inTrack(track) : error;
}

/** Where an item begins within a range: a block may begin before the range that it reaches into. */
export function clippedStart(item: Stored, range: StoredRange): Position {
  return Math.max(item.firstPosition, range.after + 1);
}

/** The pulses of a run behind `after`, up to and with `until`, as events. */
export function* pulsesOf(run: PulseRun, after: Position, until: Position): Generator<RecordedPulseEvent, void> {
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

/** @throws CorruptLogError unless the next event of a track stands directly behind the one before. */
export function refuseGap(track: string, position: Position, next: Position): void {
  if (next > position + 1) throw corrupt(track, position + 1, 'the event is missing');
  if (next <= position) throw corrupt(track, next, 'two events stand at one position');
}

/** A fault of a track's log, to be thrown. */
export function corrupt(track: string | null, position: Position, fault: string): CorruptLogError {
  return new CorruptLogError(position, fault, track);
}

import { CorruptLogError } from '../domain/errors.js';
import type { RecordedTopologyEvent } from '../domain/events.js';
import type { Position } from '../domain/ids.js';
import type { EventLogReader, PulseRun } from './event-log.js';

/** A part of one track's log: behind `after`, up to and with `until`, which is not behind the head. */
export interface Stretch {
  readonly track: string;
  readonly after: Position;
  readonly until: Position;
}

/** Takes a stretch in order of position. Pulses come run by run: one call or object for each would cost more than folding it. */
export interface StretchVisitor {
  event(event: RecordedTopologyEvent): void;
  /** Pulses `from`..`to` (exclusive) of the run. */
  pulses(run: PulseRun, from: number, to: number): void;
}

/**
 * Shows every event of a stretch to the visitor, topology events and pulses merged, and makes sure that none is missing.
 *
 * @throws CorruptLogError for a gap, for damage that is met, and whatever the visitor throws.
 */
export function walkStretch(reader: EventLogReader, { track, after, until }: Stretch, visitor: StretchVisitor): void {
  const range = { track, afterPosition: after, untilPosition: until };
  const runs = reader.pulseRuns(range);
  let run = nextOf(runs);
  let position = after;
  const visitRun = (pulses: PulseRun): void => {
    const from = Math.max(0, after + 1 - pulses.firstPosition);
    const to = Math.min(pulses.count, until + 1 - pulses.firstPosition);
    refuseGap(track, position, pulses.firstPosition + from);
    visitor.pulses(pulses, from, to);
    position = pulses.firstPosition + to - 1;
  };
  for (const event of reader.topologyEvents(range)) {
    for (; run !== null && run.firstPosition < event.position; run = nextOf(runs)) visitRun(run);
    refuseGap(track, position, event.position);
    visitor.event(event);
    position = event.position;
  }
  for (; run !== null; run = nextOf(runs)) visitRun(run);
  if (position < until) throw new CorruptLogError(position + 1, 'the event is missing', track);
}

function nextOf(runs: Iterator<PulseRun>): PulseRun | null {
  const next = runs.next();
  return next.done === true ? null : next.value;
}

function refuseGap(track: string, position: Position, next: Position): void {
  if (next > position + 1) throw new CorruptLogError(position + 1, 'the event is missing', track);
  if (next <= position) throw new CorruptLogError(next, 'two events stand at one position', track);
}

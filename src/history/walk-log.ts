import type { RecordedTopologyEvent } from '../domain/events.js';
import type { EventLogReader, EventRange, PulseRun } from '../event-log/event-log.js';
import { PulseCursor } from './pulse-cursor.js';

/** Takes the log in order of position. Pulses come as a run and an index: one object each would cost more than the walk. */
export interface LogVisitor {
  topology(event: RecordedTopologyEvent): void;
  pulse(run: PulseRun, index: number): void;
}

/**
 * Shows every event of a range to the visitor, topology events and pulses merged by position.
 *
 * @throws CorruptLogError on damage that is met, and whatever the visitor throws.
 */
export function walkLog(reader: EventLogReader, range: EventRange, visitor: LogVisitor): void {
  const cursor = new PulseCursor(reader.pulseRuns(range), range);
  const visitPulse = visitor.pulse.bind(visitor);
  for (const event of reader.topologyEvents(range)) {
    cursor.visitBefore(event.position, visitPulse);
    visitor.topology(event);
  }
  cursor.visitBefore(Infinity, visitPulse);
}

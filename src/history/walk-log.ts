import type { RecordedTopologyEvent } from '../domain/events.js';
import type { EventLogReader, EventRange, PulseRun } from '../event-log/event-log.js';
import { eventsWithin, type ReadCost } from './read-cost.js';

/** Takes the log in order of position. Pulses come as a run and an index: one object each would cost more than the walk. */
export interface LogVisitor {
  topology(event: RecordedTopologyEvent): void;
  pulse(run: PulseRun, index: number): void;
}

/**
 * Shows every event of a range to the visitor, topology events and pulses merged by position.
 *
 * @throws HistoryFault `query_too_costly`; CorruptLogError on damage that is met, and whatever the visitor throws.
 */
export function walkLog(reader: EventLogReader, range: EventRange, visitor: LogVisitor, cost: ReadCost = {}): void {
  const until = range.untilPosition ?? Infinity;
  const cursor = new PulseCursor(reader.pulseRuns(range), range);
  for (const event of eventsWithin(reader, { ...range, untilPosition: until }, cost)) {
    cursor.visitBefore(event.position, visitor);
    visitor.topology(event);
  }
  cursor.visitBefore(until + 1, visitor);
}

/** A place in a range's pulses. */
class PulseCursor {
  #run: PulseRun | null = null;
  #index = 0;

  constructor(
    private readonly runs: IterableIterator<PulseRun>,
    private readonly range: EventRange,
  ) {
    this.#nextRun();
  }

  visitBefore(position: number, visitor: LogVisitor): void {
    while (this.#run !== null) {
      const run = this.#run;
      const end = Math.min(run.count, position - run.firstPosition);
      for (; this.#index < end; this.#index += 1) visitor.pulse(run, this.#index);
      if (this.#index < run.count) return;
      this.#nextRun();
    }
  }

  #nextRun(): void {
    const next = this.runs.next();
    this.#run = next.done === true ? null : next.value;
    this.#index = this.#run === null ? 0 : Math.max(0, this.range.afterPosition + 1 - this.#run.firstPosition);
  }
}

import type { EventLogReader, EventRange, PulseRun } from '../event-log/event-log.js';
import { HistoryFault } from './history-request.js';

/** Counts what one question reads, and ends it when that is too much. */
export class ReadMeter {
  #read = 0;

  /** @param costMax events one question may read. */
  constructor(private readonly costMax: number) {}

  /** The next question begins, with the whole budget. */
  begin(): void {
    this.#read = 0;
  }

  /** @throws HistoryFault `query_too_costly`. */
  count(events: number): void {
    this.#read += events;
    if (this.#read <= this.costMax) return;
    throw new HistoryFault(
      'query_too_costly',
      `the answer would take more than ${String(this.costMax)} events to find: ask for less, or use the command line`,
    );
  }
}

/**
 * The same reader, every event of which counts, whoever reads it and however the question goes about it. A run of pulses that is passed over in
 * the search for those of one peer, and a peer that is only counted, are one event each.
 */
export function metered<Reader extends EventLogReader>(reader: Reader, meter: ReadMeter): Reader {
  const topologyEvents = reader.topologyEvents.bind(reader);
  const events = reader.events.bind(reader);
  const pulseRuns = reader.pulseRuns.bind(reader);
  const eventsNaming = reader.eventsNaming.bind(reader);
  const trackEvents = reader.trackEvents.bind(reader);
  const departures = reader.departures.bind(reader);
  const joinCount = reader.joinCount.bind(reader);
  const decisionsAbout = reader.decisionsAbout.bind(reader);
  const pulseRunsOf = reader.pulseRunsOf.bind(reader);
  reader.topologyEvents = (range) => counted(topologyEvents(range), meter, () => 1);
  reader.events = (range) => counted(events(range), meter, () => 1);
  reader.pulseRuns = (range) => counted(pulseRuns(range), meter, (run) => overlapOf(run, range));
  reader.pulseRunsOf = (range, peer) => {
    const runs = pulseRunsOf(range, peer, (passed) => meter.count(passed));
    return counted(runs, meter, (run) => overlapOf(run, range));
  };
  reader.eventsNaming = (range, peer, untilGone) => countedList(eventsNaming(range, peer, untilGone), meter);
  reader.departures = (range, peers) => countedList(departures(range, peers), meter);
  reader.decisionsAbout = (range, peers) => countedList(decisionsAbout(range, peers), meter);
  reader.joinCount = (range) => {
    const joins = joinCount(range);
    meter.count(joins);
    return joins;
  };
  reader.trackEvents = (range) => countedList(trackEvents(range), meter);
  return reader;
}

function countedList<Item>(items: Item[], meter: ReadMeter): Item[] {
  meter.count(items.length);
  return items;
}

/** A run is read as a whole, but only what lies in the range was asked for. */
function overlapOf(
  { firstPosition, count }: PulseRun,
  { afterPosition, untilPosition = Infinity }: EventRange,
): number {
  const last = Math.min(firstPosition + count - 1, untilPosition);
  return Math.max(0, last - Math.max(firstPosition - 1, afterPosition));
}

function* counted<Item>(
  items: Iterable<Item>,
  meter: ReadMeter,
  costOf: (item: Item) => number,
): IterableIterator<Item> {
  for (const item of items) {
    meter.count(costOf(item));
    yield item;
  }
}

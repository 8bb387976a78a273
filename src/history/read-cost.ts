import type { EventLogReader, EventRange } from '../event-log/event-log.js';
import type { RecordedTopologyEvent } from '../domain/events.js';
import { HistoryFault } from './history-request.js';
import { type OnProgress, reporting } from './tree-at.js';

/** What one question may cost, and who hears how far it is. */
export interface ReadCost {
  /** Topology events that may be read for the answer itself; none when absent. What leads up to its beginning does not count. */
  readonly eventsMax?: number;
  readonly onProgress?: OnProgress;
}

/**
 * Topology events of a range, until they have cost what they may.
 *
 * @throws HistoryFault `query_too_costly`, CorruptLogError on damage that is met.
 */
export function* eventsWithin(
  reader: EventLogReader,
  range: EventRange & { readonly untilPosition: number },
  { eventsMax = Infinity, onProgress = () => undefined }: ReadCost,
): IterableIterator<RecordedTopologyEvent> {
  let read = 0;
  for (const event of reporting(reader.topologyEvents(range), range.track, range.untilPosition, onProgress)) {
    read += 1;
    if (read > eventsMax)
      throw new HistoryFault(
        'query_too_costly',
        `there are more than ${String(eventsMax)} topology events behind position ${String(range.afterPosition)}: ask for a shorter range`,
      );
    yield event;
  }
}

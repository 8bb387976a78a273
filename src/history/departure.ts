import type { RecordedTopologyEvent } from '../domain/events.js';

/** How a peer went, in one word. */
export type DepartureWord = 'left' | 'replaced' | 'timed_out' | 'kicked';

/** How a peer went with this event; null for an event that is no departure. */
export function departureWord(event: RecordedTopologyEvent): DepartureWord | null {
  switch (event.type) {
    case 'PeerLeft':
      return event.cause;
    case 'PeerTimedOut':
      return 'timed_out';
    case 'PeerKicked':
      return 'kicked';
    default:
      return null;
  }
}

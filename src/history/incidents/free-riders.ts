import type { RecordedTopologyEvent } from '../../domain/events.js';
import type { Incident, IncidentWatch } from './incident.js';

/** Finds peers that were fed and forwarded nothing: each verdict of the service is one incident. */
export class FreeRiders implements IncidentWatch {
  readonly #found: Incident[] = [];

  before(event: RecordedTopologyEvent): void {
    if (event.type !== 'ForwardingFailed') return;
    const { peer, position, recordedAt, complaints, windowMs } = event;
    this.#found.push({
      kind: 'free_rider',
      firstPosition: position,
      lastPosition: position,
      startedAt: recordedAt - windowMs,
      endedAt: recordedAt,
      peers: [peer],
      figures: { kind: 'free_rider', complaints, windowMs },
    });
  }

  finish(): Incident[] {
    return this.#found;
  }
}

import type { RecordedTopologyEvent } from '../../domain/events.js';
import type { RelayTree } from '../../domain/relay-tree.js';
import type { Incident, IncidentWatch } from './incident.js';
import { INCIDENT_PEERS_NAMED_MAX, type IncidentThresholds } from './thresholds.js';

/** Finds the times the service could hear nobody: restarts, stalls, outages of its storage. They hit everybody in the track. */
export class ServiceGaps implements IncidentWatch {
  readonly #found: Incident[] = [];

  constructor(private readonly thresholds: IncidentThresholds) {}

  before(event: RecordedTopologyEvent, tree: RelayTree): void {
    if (event.type !== 'ServiceRecovered' || event.gapMs < this.thresholds.gapMsMin) return;
    const { position, recordedAt, reason, gapMs } = event;
    this.#found.push({
      kind: 'service_gap',
      rules: ['service_gap'],
      firstPosition: position,
      lastPosition: position,
      startedAt: recordedAt - gapMs,
      endedAt: recordedAt,
      peers: [],
      hit: [...tree.peers()].slice(0, INCIDENT_PEERS_NAMED_MAX).map(({ number }) => number),
      size: tree.size,
      causes: [position],
      figures: { kind: 'service_gap', reason, gapMs, audience: tree.size },
      consequences: [],
    });
  }

  finish(): Incident[] {
    return this.#found;
  }
}

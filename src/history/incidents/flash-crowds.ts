import type { RecordedTopologyEvent } from '../../domain/events.js';
import type { PeerNumber, Position } from '../../domain/ids.js';
import type { RelayTree } from '../../domain/relay-tree.js';
import { type Incident, type IncidentWatch, isShare } from './incident.js';
import { CROWD_AUDIENCE_MIN, INCIDENT_PEERS_NAMED_MAX, type IncidentThresholds } from './thresholds.js';

interface Crowd {
  readonly firstPosition: Position;
  readonly startedAt: number;
  readonly audienceBefore: number;
  readonly peers: PeerNumber[];
  lastPosition: Position;
  endedAt: number;
  joins: number;
}

/** Finds crowds that come at once on top of an audience. */
export class FlashCrowds implements IncidentWatch {
  readonly #found: Crowd[] = [];
  /** Joins of the last window, in order; those before `#begin` are past it. */
  #recent: { readonly position: Position; readonly recordedAt: number }[] = [];
  #begin = 0;
  #open: Crowd | null = null;

  constructor(private readonly thresholds: IncidentThresholds) {}

  after(event: RecordedTopologyEvent, tree: RelayTree): void {
    if (event.type !== 'PeerJoined') return;
    const { windowMs, crowdJoinsMin, crowdPercentageMin } = this.thresholds;
    const { position, recordedAt, peer } = event;
    this.#recent.push({ position, recordedAt });
    while ((this.#recent[this.#begin]?.recordedAt ?? recordedAt) < recordedAt - windowMs) this.#begin += 1;
    if (this.#begin > 1_024 && this.#begin * 2 > this.#recent.length) {
      this.#recent = this.#recent.slice(this.#begin);
      this.#begin = 0;
    }
    const joins = this.#recent.length - this.#begin;
    const before = this.#open?.audienceBefore ?? Math.max(0, tree.size - joins);
    const isCrowd =
      joins >= crowdJoinsMin && before >= CROWD_AUDIENCE_MIN && isShare(joins, before, crowdPercentageMin);
    if (!isCrowd) this.#open = null;
    else if (this.#open === null) this.#open = this.#opened(joins, before, position, recordedAt);
    else this.#grow(this.#open, position, recordedAt);
    if (this.#open !== null && this.#open.peers.length < INCIDENT_PEERS_NAMED_MAX) this.#open.peers.push(peer);
  }

  finish(): Incident[] {
    return this.#found.map(({ joins, audienceBefore, ...crowd }) => ({
      kind: 'flash_crowd',
      ...crowd,
      figures: { kind: 'flash_crowd', joins, audienceBefore },
    }));
  }

  #opened(joins: number, audienceBefore: number, lastPosition: Position, endedAt: number): Crowd {
    const first = this.#recent[this.#begin];
    const crowd: Crowd = {
      firstPosition: first?.position ?? lastPosition,
      startedAt: first?.recordedAt ?? endedAt,
      audienceBefore,
      peers: [],
      lastPosition,
      endedAt,
      joins,
    };
    this.#found.push(crowd);
    return crowd;
  }

  #grow(crowd: Crowd, position: Position, recordedAt: number): void {
    crowd.joins += 1;
    crowd.lastPosition = position;
    crowd.endedAt = recordedAt;
  }
}

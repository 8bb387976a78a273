import type { RecordedTopologyEvent } from '../../domain/events.js';
import type { PeerNumber, Position } from '../../domain/ids.js';
import type { RelayTree } from '../../domain/relay-tree.js';
import { type FeedChange, type Incident, type IncidentWatch, inOrder } from './incident.js';
import { DOUBTS_REMEMBERED_MAX, DOUBTS_REMEMBERED_MS, type IncidentThresholds } from './thresholds.js';

type Of<Type extends RecordedTopologyEvent['type']> = Extract<RecordedTopologyEvent, { type: Type }>;

interface Doubt {
  readonly position: Position;
  readonly recordedAt: number;
}

interface Verdict {
  readonly event: Of<'ForwardingFailed'>;
  readonly doubts: readonly Position[];
  /** Everybody below it lost its feed with the verdict. */
  readonly interrupted: Set<PeerNumber>;
  lastPosition: Position;
}

/** Finds peers that were fed and forwarded nothing: each verdict of the service is one incident. */
export class FailedForwarders implements IncidentWatch {
  readonly #found: Verdict[] = [];
  readonly #doubts = new Map<PeerNumber, Doubt[]>();

  constructor(private readonly thresholds: IncidentThresholds) {}

  after(event: RecordedTopologyEvent, _: RelayTree, { cut }: FeedChange): void {
    switch (event.type) {
      case 'StallReported':
        this.#doubt(event.parent, event);
        return;
      case 'PeerSuspected':
      case 'PeerCleared':
        this.#doubt(event.peer, event);
        return;
      case 'ForwardingFailed':
        this.#found.push(this.#verdict(event));
        return;
      default:
        this.#follow(event, cut);
    }
  }

  finish(): Incident[] {
    return this.#found.map((verdict) => this.#incident(verdict));
  }

  #doubt(peer: PeerNumber, { position, recordedAt }: Doubt): void {
    const known = this.#doubts.get(peer) ?? [];
    known.push({ position, recordedAt });
    if (known.length > DOUBTS_REMEMBERED_MAX) known.shift();
    // Whoever is doubted last stands last, so the first is the one to forget.
    this.#doubts.delete(peer);
    this.#doubts.set(peer, known);
    for (const [other, doubts] of this.#doubts) {
      if ((doubts.at(-1)?.recordedAt ?? 0) >= recordedAt - DOUBTS_REMEMBERED_MS) return;
      this.#doubts.delete(other);
    }
  }

  #verdict(event: Of<'ForwardingFailed'>): Verdict {
    const since = event.recordedAt - DOUBTS_REMEMBERED_MS;
    const doubts = (this.#doubts.get(event.peer) ?? []).filter(({ recordedAt }) => recordedAt >= since);
    this.#doubts.delete(event.peer);
    const positions = doubts.map(({ position }) => position);
    return { event, doubts: positions, interrupted: new Set(), lastPosition: event.position };
  }

  /** All that a verdict leads to is decided in the same commit, directly behind it. */
  #follow(event: RecordedTopologyEvent, cut: readonly PeerNumber[]): void {
    const last = this.#found.at(-1);
    if (last === undefined || !('causedBy' in event) || event.causedBy !== last.event.position) return;
    last.lastPosition = event.position;
    for (const peer of cut) last.interrupted.add(peer);
  }

  #incident({ event, doubts, interrupted, lastPosition }: Verdict): Incident {
    const { peer, position, recordedAt, complaints, windowMs } = event;
    const isLarge = interrupted.size >= this.thresholds.interruptedPeersMin;
    return {
      kind: 'forwarding_failed',
      rules: isLarge ? ['forwarding_failed', 'interruption'] : ['forwarding_failed'],
      firstPosition: doubts[0] ?? position,
      lastPosition,
      startedAt: recordedAt - windowMs,
      endedAt: recordedAt,
      peers: [peer],
      hit: [...interrupted],
      size: 1 + interrupted.size,
      causes: inOrder([...doubts, position]),
      figures: { kind: 'forwarding_failed', complaints, windowMs, interrupted: interrupted.size },
      consequences: [],
    };
  }
}

import type { RecordedTopologyEvent } from '../../domain/events.js';
import type { PeerNumber, Position } from '../../domain/ids.js';
import type { RelayTree } from '../../domain/relay-tree.js';
import { causeOf, type Incident, type IncidentWatch, inOrder } from './incident.js';
import type { IncidentThresholds } from './thresholds.js';

interface Reassignment {
  readonly position: Position;
  readonly recordedAt: number;
  readonly cause: Position;
}

interface Unrest {
  readonly startedAt: number;
  readonly firstPosition: Position;
  /** How often each was reassigned, within the window, at most. */
  readonly peers: Map<PeerNumber, number>;
  readonly causes: Set<Position>;
  lastPosition: Position;
  endedAt: number;
}

/** Finds peers that are sent from parent to parent. Who moves along with a parent keeps it, and is not counted. */
export class RestlessPeers implements IncidentWatch {
  readonly #found: Unrest[] = [];
  /** Of the peers in the track: the reassignments of the window. */
  readonly #recent = new Map<PeerNumber, Reassignment[]>();

  constructor(private readonly thresholds: IncidentThresholds) {}

  before(event: RecordedTopologyEvent, tree: RelayTree): void {
    if (event.type !== 'ParentAssigned') return;
    // Its first assignment is none of these, however long it had to wait for it.
    if ((tree.peer(event.peer)?.cause ?? null) === null) return;
    const { position, recordedAt } = event;
    const since = recordedAt - this.thresholds.reassignmentWindowMs;
    const recent = (this.#recent.get(event.peer) ?? []).filter((one) => one.recordedAt >= since);
    recent.push({ position, recordedAt, cause: causeOf(event) });
    this.#recent.set(event.peer, recent);
    if (recent.length >= this.thresholds.reassignmentsMin) this.#restless(event.peer, recent);
  }

  after(event: RecordedTopologyEvent, tree: RelayTree): void {
    if ('peer' in event && tree.peer(event.peer) === null) this.#recent.delete(event.peer);
  }

  finish(): Incident[] {
    return this.#found.map(({ peers, causes, ...range }) => ({
      kind: 'restless_peer',
      rules: ['restless_peer'],
      ...range,
      peers: [...peers.keys()],
      hit: [],
      size: peers.size,
      causes: inOrder(causes),
      figures: { kind: 'restless_peer', reassignmentsMax: [...peers.values()].reduce((a, b) => Math.max(a, b), 0) },
      consequences: [],
    }));
  }

  /** Peers that are restless at the same time are one incident. */
  #restless(peer: PeerNumber, recent: readonly Reassignment[]): void {
    const [first] = recent;
    const last = recent.at(-1);
    if (first === undefined || last === undefined) return;
    let unrest = this.#found.at(-1);
    if (unrest === undefined || first.recordedAt > unrest.endedAt) {
      const begun = { startedAt: first.recordedAt, firstPosition: first.position, peers: new Map(), causes: new Set() };
      unrest = { ...begun, lastPosition: last.position, endedAt: last.recordedAt } as Unrest;
      this.#found.push(unrest);
    }
    unrest.peers.set(peer, Math.max(unrest.peers.get(peer) ?? 0, recent.length));
    for (const { cause } of recent) unrest.causes.add(cause);
    unrest.lastPosition = last.position;
    unrest.endedAt = last.recordedAt;
  }
}

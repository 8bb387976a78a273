import type { RecordedTopologyEvent } from '../../domain/events.js';
import type { PeerNumber, Position } from '../../domain/ids.js';
import type { RelayTree } from '../../domain/relay-tree.js';
import type { Incident, IncidentWatch } from './incident.js';
import type { IncidentThresholds } from './thresholds.js';

/** Peers whose returns are remembered; beyond it those whose last one is past the window are forgotten. */
const REMEMBERED_MAX = 10_000;

interface Return {
  readonly position: Position;
  readonly recordedAt: number;
}

interface Flapping {
  readonly firstPosition: Position;
  readonly startedAt: number;
  readonly peers: PeerNumber[];
  lastPosition: Position;
  endedAt: number;
  returns: number;
}

interface KnownPeer {
  seenAt: number;
  /** The last returns, as many as make an incident. */
  readonly returns: Return[];
  open: Flapping | null;
}

/** Finds peers that come back again and again: a broken client, or a bad link. */
export class FlappingPeers implements IncidentWatch {
  readonly #found: Flapping[] = [];
  readonly #known = new Map<string, KnownPeer>();

  constructor(private readonly thresholds: IncidentThresholds) {}

  after(event: RecordedTopologyEvent, tree: RelayTree): void {
    if (event.type !== 'PeerResumed' && event.type !== 'PeerJoined') return;
    const peerId = tree.peer(event.peer)?.identity?.peerId;
    if (peerId === undefined) return;
    const known = this.#known.get(peerId);
    if (known === undefined) this.#meet(peerId, event);
    else this.#returned(known, event.peer, event);
  }

  finish(): Incident[] {
    return this.#found.map(({ returns, ...flapping }) => ({
      kind: 'flapping_peer',
      ...flapping,
      figures: { kind: 'flapping_peer', returns },
    }));
  }

  /** The first join is no return. */
  #meet(peerId: string, event: RecordedTopologyEvent & { type: 'PeerResumed' | 'PeerJoined' }): void {
    if (this.#known.size >= REMEMBERED_MAX) this.#forget(event.recordedAt);
    const known: KnownPeer = { seenAt: event.recordedAt, returns: [], open: null };
    this.#known.set(peerId, known);
    if (event.type === 'PeerResumed') this.#returned(known, event.peer, event);
  }

  #returned(known: KnownPeer, peer: PeerNumber, { position, recordedAt }: Return): void {
    const { flapsMin, flapWindowMs } = this.thresholds;
    known.seenAt = recordedAt;
    known.returns.push({ position, recordedAt });
    if (known.returns.length > flapsMin) known.returns.shift();
    const [first] = known.returns;
    if (known.returns.length < flapsMin || first === undefined || recordedAt - first.recordedAt > flapWindowMs) {
      known.open = null;
      return;
    }
    if (known.open === null) {
      const begun = { firstPosition: first.position, startedAt: first.recordedAt, peers: [], returns: flapsMin - 1 };
      known.open = { ...begun, lastPosition: position, endedAt: recordedAt };
      this.#found.push(known.open);
    }
    known.open.returns += 1;
    known.open.lastPosition = position;
    known.open.endedAt = recordedAt;
    if (!known.open.peers.includes(peer)) known.open.peers.push(peer);
  }

  #forget(nowMs: number): void {
    for (const [peerId, { seenAt }] of this.#known)
      if (seenAt < nowMs - this.thresholds.flapWindowMs) this.#known.delete(peerId);
  }
}

import type { RecordedEvent, RecordedTopologyEvent } from './events.js';
import type { PeerNumber } from './ids.js';

/** What the pulses say of one peer. */
export interface PeerLiveness {
  readonly peer: PeerNumber;
  /** `recorded_at` of the last event the peer itself caused, epoch milliseconds. */
  lastHeardAt: number;
  /** `recorded_at` of its last heartbeat; null before the first. */
  lastHeartbeatAt: number | null;
  /** Cumulative frames as last reported; 0 before the first report. */
  forwardedFrames: number;
  receivedFrames: number | null;
  /** Whether a session of the peer is open, as far as the log says. */
  connected: boolean;
  longerSilent: PeerLiveness | null;
  shorterSilent: PeerLiveness | null;
}

/**
 * The second fold of a track's log: who was heard when. Peers stand in a list by silence, so the most silent is found,
 * and a peer heard again is moved, in O(1). It never changes the tree: a monitor reads it and submits facts.
 */
export class Liveness {
  /** No deadline counts time before this moment: nobody could be heard then. Epoch milliseconds. */
  restartedAt = 0;
  /** When a peer last resumed; 0 if none did. */
  lastResumeAt = 0;
  readonly #peers = new Map<PeerNumber, PeerLiveness>();
  #mostSilent: PeerLiveness | null = null;
  #leastSilent: PeerLiveness | null = null;

  of(peer: PeerNumber): PeerLiveness | null {
    return this.#peers.get(peer) ?? null;
  }

  /** The peer whose deadline comes first. */
  mostSilent(): PeerLiveness | null {
    return this.#mostSilent;
  }

  /** Peers from the most silent on whose deadline lies before `nowMs`; costs in proportion to their number. */
  *overdue(nowMs: number, heartbeatTimeoutMs: number): IterableIterator<PeerLiveness> {
    for (let peer = this.#mostSilent; peer !== null; peer = peer.shorterSilent) {
      if (nowMs < this.deadline(peer, heartbeatTimeoutMs)) return;
      yield peer;
    }
  }

  /** When the peer may be timed out, epoch milliseconds. */
  deadline(peer: PeerLiveness, heartbeatTimeoutMs: number): number {
    return Math.max(peer.lastHeardAt, this.restartedAt) + heartbeatTimeoutMs;
  }

  heard(peer: PeerNumber, atMs: number): PeerLiveness {
    const known = this.#peers.get(peer) ?? this.#begin(peer);
    if (known === this.#leastSilent) {
      known.lastHeardAt = Math.max(known.lastHeardAt, atMs);
      return known;
    }
    this.#unlink(known);
    known.lastHeardAt = atMs;
    this.#linkLast(known);
    return known;
  }

  forget(peer: PeerNumber): void {
    const known = this.#peers.get(peer);
    if (known === undefined) return;
    this.#unlink(known);
    this.#peers.delete(peer);
  }

  #begin(peer: PeerNumber): PeerLiveness {
    const begun: PeerLiveness = {
      peer,
      lastHeardAt: 0,
      lastHeartbeatAt: null,
      forwardedFrames: 0,
      receivedFrames: null,
      connected: true,
      longerSilent: null,
      shorterSilent: null,
    };
    this.#peers.set(peer, begun);
    this.#linkLast(begun);
    return begun;
  }

  #linkLast(peer: PeerLiveness): void {
    peer.longerSilent = this.#leastSilent;
    peer.shorterSilent = null;
    if (this.#leastSilent !== null) this.#leastSilent.shorterSilent = peer;
    else this.#mostSilent = peer;
    this.#leastSilent = peer;
  }

  #unlink(peer: PeerLiveness): void {
    if (peer.longerSilent !== null) peer.longerSilent.shorterSilent = peer.shorterSilent;
    else this.#mostSilent = peer.shorterSilent;
    if (peer.shorterSilent !== null) peer.shorterSilent.longerSilent = peer.longerSilent;
    else this.#leastSilent = peer.longerSilent;
    peer.longerSilent = null;
    peer.shorterSilent = null;
  }
}

/** Applies one event of either kind. Events must come in order of position, or the list would lose its order. */
export function evolveLiveness(liveness: Liveness, event: RecordedEvent): void {
  switch (event.type) {
    case 'HeartbeatReceived':
      liveness.heard(event.peer, event.recordedAt).lastHeartbeatAt = event.recordedAt;
      return;
    case 'ForwardReported': {
      const peer = liveness.heard(event.peer, event.recordedAt);
      peer.forwardedFrames = event.forwardedFrames;
      peer.receivedFrames = event.receivedFrames;
      return;
    }
    default:
      evolveByTopology(liveness, event);
  }
}

function evolveByTopology(liveness: Liveness, event: RecordedTopologyEvent): void {
  switch (event.type) {
    case 'PeerJoined':
      liveness.heard(event.peer, event.recordedAt);
      return;
    case 'PeerResumed':
      liveness.heard(event.peer, event.recordedAt).connected = true;
      liveness.lastResumeAt = event.recordedAt;
      return;
    case 'CapacityClaimed':
      liveness.heard(event.peer, event.recordedAt);
      return;
    case 'PeerDisconnected': {
      const peer = liveness.of(event.peer);
      if (peer !== null) peer.connected = false;
      return;
    }
    case 'PeerLeft':
    case 'PeerTimedOut':
    case 'PeerKicked':
      liveness.forget(event.peer);
      return;
    case 'ServiceRecovered':
      liveness.restartedAt = event.recordedAt;
      return;
    case 'TrackOpened':
    case 'TrackClosed':
    case 'ParentAssigned':
    case 'PeerWaiting':
      return;
  }
}

import { DormantPeers, type LivenessColumns } from './dormant-peers.js';
import { ORIGIN, type PeerNumber } from './ids.js';
import { FORWARDING_WINDOW_MS } from './limits.js';
import type { PeerLiveness } from './peer-liveness.js';

/**
 * The second fold of a track's log: who was heard when. Peers stand in a list by silence, so the most silent is found,
 * and a peer heard again is moved, in O(1). It never changes the tree: a monitor reads it and submits facts.
 */
export class Liveness {
  /** No deadline counts time before this moment: nobody could be heard then. Epoch milliseconds. */
  restartedAt = 0;
  /** When a peer last resumed; 0 if none did. */
  lastResumeAt = 0;
  /** Parents that children complain of, with the moment of the first complaint that nobody has judged yet. */
  readonly accused = new Map<PeerNumber, number>();
  /** Parents through which nothing came to some child for the window of verification, to be looked at. */
  readonly doubted = new Set<PeerNumber>();
  /** Until when peers that forwarded nothing serve nobody. */
  readonly revokedUntil = new Map<PeerNumber, number>();
  readonly #peers = new Map<PeerNumber, PeerLiveness>();
  /** Of an earlier liveness, and more silent than everybody in the list; null when all of them were heard or have gone. */
  #dormant: DormantPeers | null = null;
  #size = 0;
  #mostSilent: PeerLiveness | null = null;
  #leastSilent: PeerLiveness | null = null;

  of(peer: PeerNumber): PeerLiveness | null {
    return this.#peers.get(peer) ?? this.#wake(peer);
  }

  /** The peer whose deadline comes first. */
  mostSilent(): PeerLiveness | null {
    const dormant = this.#dormant?.mostSilent() ?? null;
    return dormant === null ? this.#mostSilent : this.of(dormant);
  }

  /** Peers from the most silent on whose deadline lies before `nowMs`; costs in proportion to their number. */
  *overdue(nowMs: number, heartbeatTimeoutMs: number): IterableIterator<PeerLiveness> {
    for (const peer of this.bySilence()) {
      if (nowMs < this.deadline(peer, heartbeatTimeoutMs)) return;
      yield peer;
    }
  }

  /** When the peer may be timed out, epoch milliseconds. */
  deadline(peer: PeerLiveness, heartbeatTimeoutMs: number): number {
    return Math.max(peer.lastHeardAt, this.restartedAt) + heartbeatTimeoutMs;
  }

  /** How many peers have been heard and not gone. */
  get size(): number {
    return this.#size;
  }

  /** Everybody, from the most silent on. */
  *bySilence(): IterableIterator<PeerLiveness> {
    for (const number of this.#dormant?.numbers() ?? []) {
      const peer = this.of(number);
      if (peer !== null) yield peer;
    }
    for (let peer = this.#mostSilent; peer !== null; peer = peer.shorterSilent) yield peer;
  }

  /** Puts in the peers of an earlier liveness; into one that is new. */
  restore(columns: LivenessColumns): void {
    this.#dormant = new DormantPeers(columns);
    this.#size = this.#dormant.size;
  }

  heard(peer: PeerNumber, atMs: number): PeerLiveness {
    return this.#hear(this.of(peer) ?? this.#begin(peer), atMs);
  }

  /** A heartbeat of a peer that has been heard before. @returns false when it has not, and nothing is changed. */
  beat(peer: PeerNumber, atMs: number): boolean {
    const known = this.of(peer);
    if (known === null) return false;
    this.#hear(known, atMs).lastHeartbeatAt = atMs;
    return true;
  }

  #hear(known: PeerLiveness, atMs: number): PeerLiveness {
    if (known === this.#leastSilent) {
      known.lastHeardAt = Math.max(known.lastHeardAt, atMs);
      return known;
    }
    this.#unlink(known);
    known.lastHeardAt = atMs;
    this.#linkLast(known);
    return known;
  }

  /** Takes in a forward report; `receivedFrames` is null when it does not say. Counts are cumulative. */
  reported(number: PeerNumber, atMs: number, forwardedFrames: number, receivedFrames: number | null): void {
    const peer = this.heard(number, atMs);
    peer.forwardedFrames = forwardedFrames;
    if (receivedFrames !== null) this.#weigh(peer, atMs, receivedFrames !== (peer.receivedFrames ?? 0));
    peer.receivedFrames = receivedFrames;
  }

  /** A child says that nothing comes from its present parent. */
  complained(child: PeerLiveness, atMs: number): void {
    child.complainedAt = atMs;
    if (child.parent === null || child.parent === ORIGIN) return;
    if (!this.accused.has(child.parent)) this.accused.set(child.parent, atMs);
  }

  /** With a new parent, what was said of the old one no longer counts. */
  assigned(number: PeerNumber, parent: PeerNumber, atMs: number): void {
    const peer = this.of(number);
    if (peer === null) return;
    peer.parent = parent;
    peer.parentSince = atMs;
    peer.complainedAt = null;
    peer.turnedTo = null;
  }

  forget(peer: PeerNumber): void {
    this.accused.delete(peer);
    this.doubted.delete(peer);
    this.revokedUntil.delete(peer);
    const known = this.of(peer);
    if (known === null) return;
    this.#unlink(known);
    this.#peers.delete(peer);
    this.#size -= 1;
  }

  /** The object of somebody who is dormant. It keeps its place among the silent until it is heard. */
  #wake(number: PeerNumber): PeerLiveness | null {
    const peer = this.#dormant?.made(number) ?? null;
    if (peer !== null) this.#peers.set(number, peer);
    return peer;
  }

  #begin(peer: PeerNumber): PeerLiveness {
    const begun: PeerLiveness = {
      peer,
      lastHeardAt: 0,
      lastHeartbeatAt: null,
      forwardedFrames: 0,
      receivedFrames: null,
      connected: true,
      parent: null,
      parentSince: 0,
      reportedAt: null,
      flowedAt: 0,
      flowingSince: null,
      complainedAt: null,
      turnedTo: null,
      longerSilent: null,
      shorterSilent: null,
    };
    this.#peers.set(peer, begun);
    this.#size += 1;
    this.#linkLast(begun);
    return begun;
  }

  #weigh(peer: PeerLiveness, atMs: number, hasFlowed: boolean): void {
    peer.reportedAt = atMs;
    if (hasFlowed) {
      peer.flowedAt = atMs;
      peer.flowingSince ??= atMs;
      return;
    }
    peer.flowingSince = null;
    const { parent } = peer;
    if (parent !== null && parent !== ORIGIN && starvedFor(peer) >= FORWARDING_WINDOW_MS) this.doubted.add(parent);
  }

  #linkLast(peer: PeerLiveness): void {
    peer.longerSilent = this.#leastSilent;
    peer.shorterSilent = null;
    if (this.#leastSilent !== null) this.#leastSilent.shorterSilent = peer;
    else this.#mostSilent = peer;
    this.#leastSilent = peer;
  }

  #unlink(peer: PeerLiveness): void {
    if (this.#dormant?.leave(peer.peer) === true) {
      if (this.#dormant.size === 0) this.#dormant = null;
      return;
    }
    if (peer.longerSilent !== null) peer.longerSilent.shorterSilent = peer.shorterSilent;
    else this.#mostSilent = peer.shorterSilent;
    if (peer.shorterSilent !== null) peer.shorterSilent.longerSilent = peer.longerSilent;
    else this.#leastSilent = peer.longerSilent;
    peer.longerSilent = null;
    peer.shorterSilent = null;
  }
}

/** For how long nothing had come to the peer from its present parent when it last reported, milliseconds. */
export function starvedFor(peer: PeerLiveness): number {
  return peer.reportedAt === null ? 0 : peer.reportedAt - Math.max(peer.flowedAt, peer.parentSince);
}

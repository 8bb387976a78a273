import { CorruptLogError } from './errors.js';
import type { PeerNumber } from './ids.js';
import type { PeerNode } from './peer-node.js';

/** What is wrong with a log in which somebody joins under the name of a peer who is there. */
export const NAME_TAKEN = 'joins a peer that is present';

/**
 * Everyone in a track, by number and by name. Names are indexed when the first one is looked up, which whoever decides does and a replay
 * does not: keeping them took a sixth of a fold.
 */
export class Roster {
  readonly #byNumber = new Map<PeerNumber, PeerNode>();
  #byName: Map<string, PeerNode> | null = null;

  get size(): number {
    return this.#byNumber.size;
  }

  /** In order of joining. */
  all(): MapIterator<PeerNode> {
    return this.#byNumber.values();
  }

  numbered(number: PeerNumber): PeerNode | null {
    return this.#byNumber.get(number) ?? null;
  }

  named(peerId: string): PeerNode | null {
    return (this.#byName ?? this.indexNames()).get(peerId) ?? null;
  }

  /** Whether somebody has the name, as far as names are indexed. */
  isKnownTaken(peerId: string): boolean {
    return this.#byName?.has(peerId) ?? false;
  }

  add(peer: PeerNode): void {
    this.#byNumber.set(peer.number, peer);
    if (peer.identity !== null) this.#byName?.set(peer.identity.peerId, peer);
  }

  /** The name may belong to somebody who came later. */
  remove(peer: PeerNode): void {
    const { number, identity } = peer;
    this.#byNumber.delete(number);
    if (identity !== null && this.#byName?.get(identity.peerId) === peer) this.#byName.delete(identity.peerId);
  }

  /** @throws CorruptLogError for two of one name. */
  indexNames(): ReadonlyMap<string, PeerNode> {
    const names = new Map<string, PeerNode>();
    for (const peer of this.all()) {
      if (peer.identity === null) continue;
      if (names.has(peer.identity.peerId)) throw new CorruptLogError(peer.number, NAME_TAKEN);
      names.set(peer.identity.peerId, peer);
    }
    this.#byName = names;
    return names;
  }
}

import type { PeerNumber } from './ids.js';
import type { PeerNode } from './peer-node.js';

/** Everyone in a track, by number and by name. */
export class Roster {
  readonly #byNumber = new Map<PeerNumber, PeerNode>();
  readonly #byName = new Map<string, PeerNode>();

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
    return this.#byName.get(peerId) ?? null;
  }

  add(peer: PeerNode): void {
    this.#byNumber.set(peer.number, peer);
    if (peer.identity !== null) this.#byName.set(peer.identity.peerId, peer);
  }

  /** The name may belong to somebody who came later. */
  remove(peer: PeerNode): void {
    const { number, identity } = peer;
    this.#byNumber.delete(number);
    if (identity !== null && this.#byName.get(identity.peerId) === peer) this.#byName.delete(identity.peerId);
  }
}

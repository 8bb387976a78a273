import { HEAP_KINDS, type HeapKind, IN_FRONT_OF_ALL_HEAPS } from './heap-kinds.js';
import type { PeerNode } from './peer-node.js';

/**
 * A binary heap of peers that can also give up any one of them in O(log n): each peer carries its own place in the heap of
 * each kind.
 */
export class PeerHeap {
  readonly #peers: PeerNode[] = [];
  readonly #kind: number;

  /** @param precedes a strict total order: who comes out first. It must not change for a peer while it is inside. */
  constructor(
    kind: HeapKind,
    private readonly precedes: (one: PeerNode, other: PeerNode) => boolean,
  ) {
    this.#kind = HEAP_KINDS.indexOf(kind);
  }

  has(peer: PeerNode): boolean {
    return this.#peers[this.#placeOf(peer)] === peer;
  }

  get size(): number {
    return this.#peers.length;
  }

  first(): PeerNode | null {
    return this.#peers[0] ?? null;
  }

  add(peer: PeerNode): void {
    this.#rise(peer, this.#peers.length);
  }

  remove(peer: PeerNode): void {
    const hole = this.#placeOf(peer);
    const last = this.#peers.pop();
    if (last === undefined || last === peer) return;
    const parent = this.#peers[(hole - 1) >> 1];
    if (hole > 0 && parent !== undefined && this.precedes(last, parent)) this.#rise(last, hole);
    else this.#sink(last, hole);
  }

  /** Everyone inside, in no particular order. */
  members(): readonly PeerNode[] {
    return this.#peers;
  }

  #rise(peer: PeerNode, from: number): void {
    let index = from;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = this.#peers[above];
      if (parent === undefined || !this.precedes(peer, parent)) break;
      this.#put(parent, index);
      index = above;
    }
    this.#put(peer, index);
  }

  #sink(peer: PeerNode, from: number): void {
    let index = from;
    for (;;) {
      const next = this.#firstChildOf(index);
      const child = this.#peers[next];
      if (child === undefined || !this.precedes(child, peer)) break;
      this.#put(child, index);
      index = next;
    }
    this.#put(peer, index);
  }

  #firstChildOf(index: number): number {
    const left = this.#peers[2 * index + 1];
    const right = this.#peers[2 * index + 2];
    return left !== undefined && right !== undefined && this.precedes(right, left) ? 2 * index + 2 : 2 * index + 1;
  }

  #put(peer: PeerNode, index: number): void {
    this.#peers[index] = peer;
    this.#note(peer, index);
  }

  #placeOf(peer: PeerNode): number {
    return peer.heapPlaces[this.#kind] ?? 0;
  }

  #note(peer: PeerNode, place: number): void {
    if (peer.heapPlaces === IN_FRONT_OF_ALL_HEAPS) {
      if (place === 0) return;
      peer.heapPlaces = IN_FRONT_OF_ALL_HEAPS.slice();
    }
    (peer.heapPlaces as number[])[this.#kind] = place;
  }
}

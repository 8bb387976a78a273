import { PeerHeap } from '../peer-heap.js';
import type { PeerNode } from '../peer-node.js';
import type { RelayTree } from '../relay-tree.js';

/**
 * What the policy `resilient` asks of the placed peers, each in as many steps as there are depths and capacities: free slots
 * (tenured peers first, then the shallowest, then the earliest join), peers by strength, and childless peers by youth.
 */
export class ResilientIndex {
  /** Free slots by depth, of tenured and of young peers. */
  readonly #tenuredSlots = new ByDepth('slots', earlier);
  readonly #youngSlots = new ByDepth('slots', earlier);
  /** Placed peers by depth, for each effective capacity; the newest first. */
  readonly #byCapacity: (ByDepth | undefined)[] = [];
  readonly #childless = new ByDepth('childless', later);
  /** Peers that can serve, the earliest first. */
  readonly #servers = new ByDepth('age', earlier);
  /** Childless peers that could serve, the best first. */
  readonly #reserve = new PeerHeap('reserve', servesBefore);

  constructor(
    private readonly maxDepth: number,
    private readonly prefersTenured: boolean,
  ) {}

  add(peer: PeerNode): void {
    if (this.#offersSlot(peer)) this.#slotsOf(peer).add(peer);
    (this.#byCapacity[peer.effectiveCapacity] ??= new ByDepth('strength', later)).add(peer);
    if (peer.effectiveCapacity > 0) this.#servers.add(peer);
    if (peer.children.length > 0) return;
    this.#childless.add(peer);
    if (peer.effectiveCapacity > 0) this.#reserve.add(peer);
  }

  remove(peer: PeerNode): void {
    if (this.#offersSlot(peer)) this.#slotsOf(peer).remove(peer);
    this.#byCapacity[peer.effectiveCapacity]?.remove(peer);
    if (peer.effectiveCapacity > 0) this.#servers.remove(peer);
    if (peer.children.length > 0) return;
    this.#childless.remove(peer);
    if (peer.effectiveCapacity > 0) this.#reserve.remove(peer);
  }

  bestSlot(): PeerNode | null {
    return this.#tenuredSlots.shallowest() ?? this.#youngSlots.shallowest();
  }

  /**
   * The slot for a pure viewer, which would waste a place where capacity counts: the next one, but at the bottom rather than on the
   * level above it; and where only young peers have slots, the deepest.
   */
  viewerSlot(): PeerNode | null {
    const tenured = this.#tenuredSlots.shallowest();
    if (tenured === null) return this.#youngSlots.deepest();
    if (tenured.depth !== this.maxDepth - 2) return tenured;
    return this.#tenuredSlots.firstAt(this.maxDepth - 1) ?? tenured;
  }

  /** The shallowest peer above the bottom with at most `capacityMax`; among those of one depth the weakest, then the newest. */
  shallowestWeak(capacityMax: number): PeerNode | null {
    let best: PeerNode | null = null;
    for (let capacity = 0; capacity <= capacityMax; capacity += 1) {
      const found = this.#byCapacity[capacity]?.shallowest() ?? null;
      if (found !== null && found.depth < this.maxDepth && (best === null || found.depth < best.depth)) best = found;
    }
    return best;
  }

  /** The strongest peer at the bottom, where no capacity can be used; null when nobody there has any. */
  strongestAtBottom(): PeerNode | null {
    for (let capacity = this.#byCapacity.length - 1; capacity > 0; capacity -= 1) {
      const found = this.#byCapacity[capacity]?.firstAt(this.maxDepth) ?? null;
      if (found !== null) return found;
    }
    return null;
  }

  /** The earliest peer at this depth that can serve. */
  earliestServer(depth: number): PeerNode | null {
    return this.#servers.firstAt(depth);
  }

  /** The shallowest peer above `depth` that serves nobody by its capacity, or is childless and joined after `number`. */
  shallowestIdle(depth: number, number: number): PeerNode | null {
    for (let above = 0; above < depth; above += 1) {
      const viewer = this.#byCapacity[0]?.firstAt(above) ?? null;
      if (viewer !== null) return viewer;
      const newest = this.#childless.firstAt(above);
      if (newest !== null && newest.number > number) return newest;
    }
    return null;
  }

  /** The childless peer that can best take over from another: tenured, then by capacity, then by the earlier join. */
  standIn(): PeerNode | null {
    return this.#reserve.first();
  }

  findFaults(tree: RelayTree): string[] {
    let best: PeerNode | null = null;
    for (const peer of tree.peers()) {
      if (peer.standing === 'placed' && this.#offersSlot(peer) && (best === null || this.#precedes(peer, best)))
        best = peer;
    }
    const indexed = this.bestSlot();
    if (indexed === best) return [];
    return [`the index offers peer ${String(indexed?.number)}, a scan finds peer ${String(best?.number)}`];
  }

  #offersSlot(peer: PeerNode): boolean {
    return peer.depth < this.maxDepth && peer.children.length < peer.effectiveCapacity;
  }

  /** A policy that knows no tenure looks at depth alone. */
  #slotsOf(peer: PeerNode): ByDepth {
    return peer.tenured || !this.prefersTenured ? this.#tenuredSlots : this.#youngSlots;
  }

  #precedes(one: PeerNode, other: PeerNode): boolean {
    if (this.prefersTenured && one.tenured !== other.tenured) return one.tenured;
    return one.depth === other.depth ? one.number < other.number : one.depth < other.depth;
  }
}

/** One heap of peers for each depth. */
class ByDepth {
  readonly #heaps: (PeerHeap | undefined)[] = [];

  constructor(
    private readonly kind: 'slots' | 'strength' | 'childless' | 'age',
    private readonly precedes: (one: PeerNode, other: PeerNode) => boolean,
  ) {}

  add(peer: PeerNode): void {
    (this.#heaps[peer.depth] ??= new PeerHeap(this.kind, this.precedes)).add(peer);
  }

  remove(peer: PeerNode): void {
    this.#heaps[peer.depth]?.remove(peer);
  }

  firstAt(depth: number): PeerNode | null {
    return this.#heaps[depth]?.first() ?? null;
  }

  deepest(): PeerNode | null {
    for (let depth = this.#heaps.length - 1; depth >= 0; depth -= 1) {
      const peer = this.#heaps[depth]?.first() ?? null;
      if (peer !== null) return peer;
    }
    return null;
  }

  shallowest(): PeerNode | null {
    for (const heap of this.#heaps) {
      const peer = heap?.first() ?? null;
      if (peer !== null) return peer;
    }
    return null;
  }
}

function earlier(one: PeerNode, other: PeerNode): boolean {
  return one.number < other.number;
}

function later(one: PeerNode, other: PeerNode): boolean {
  return one.number > other.number;
}

function servesBefore(one: PeerNode, other: PeerNode): boolean {
  if (one.tenured !== other.tenured) return one.tenured;
  if (one.effectiveCapacity !== other.effectiveCapacity) return one.effectiveCapacity > other.effectiveCapacity;
  return one.number < other.number;
}

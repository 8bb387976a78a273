import type { PeerNode } from '../peer-node.js';
import { PeersByJoin } from '../peers-by-join.js';
import type { RelayTree } from '../relay-tree.js';

/**
 * What the policy `resilient` asks of the placed peers, each in as many steps as there are depths and capacities: free slots
 * (tenured peers first, then the shallowest, then the earliest join), peers by strength, and childless peers by youth.
 */
export class ResilientIndex {
  /** Free slots by depth, of tenured and of young peers. */
  readonly #tenuredSlots = new ByDepth('earliest');
  readonly #youngSlots = new ByDepth('earliest');
  /** Placed peers by depth, for each effective capacity; the newest first. */
  readonly #byCapacity: (ByDepth | undefined)[] = [];
  readonly #childless = new ByDepth('newest');
  /** Peers that can serve, the earliest first. */
  readonly #servers = new ByDepth('earliest');
  /** Childless peers that could serve, the best first. */
  readonly #reserve = new Reserve();

  constructor(
    private readonly maxDepth: number,
    private readonly prefersTenured: boolean,
  ) {}

  add(peer: PeerNode): void {
    if (this.#offersSlot(peer)) this.#slotsOf(peer).add(peer);
    (this.#byCapacity[peer.effectiveCapacity] ??= new ByDepth('newest')).add(peer);
    if (peer.effectiveCapacity > 0) this.#servers.add(peer);
    if (peer.children.length === 0) this.#addChildless(peer);
  }

  remove(peer: PeerNode): void {
    if (this.#offersSlot(peer)) this.#slotsOf(peer).remove(peer);
    this.#byCapacity[peer.effectiveCapacity]?.remove(peer);
    if (peer.effectiveCapacity > 0) this.#servers.remove(peer);
    if (peer.children.length === 0) this.#removeChildless(peer);
  }

  /** @param before how many children it was listed with. */
  childrenChanged(peer: PeerNode, before: number): void {
    const [offered, offers] = [this.#offersSlot(peer, before), this.#offersSlot(peer)];
    if (offered && !offers) this.#slotsOf(peer).remove(peer);
    if (!offered && offers) this.#slotsOf(peer).add(peer);
    if (before === 0) this.#removeChildless(peer);
    if (peer.children.length === 0) this.#addChildless(peer);
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

  #addChildless(peer: PeerNode): void {
    this.#childless.add(peer);
    if (peer.effectiveCapacity > 0) this.#reserve.add(peer);
  }

  #removeChildless(peer: PeerNode): void {
    this.#childless.remove(peer);
    if (peer.effectiveCapacity > 0) this.#reserve.remove(peer);
  }

  #offersSlot(peer: PeerNode, children = peer.children.length): boolean {
    return peer.depth < this.maxDepth && children < peer.effectiveCapacity;
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

/** The peers of each depth; `end` says which of them come first. */
class ByDepth {
  readonly #depths: (PeersByJoin | undefined)[] = [];

  constructor(private readonly end: 'earliest' | 'newest') {}

  add(peer: PeerNode): void {
    (this.#depths[peer.depth] ??= new PeersByJoin()).add(peer);
  }

  remove(peer: PeerNode): void {
    this.#depths[peer.depth]?.remove(peer);
  }

  firstAt(depth: number): PeerNode | null {
    const peers = this.#depths[depth];
    return (this.end === 'earliest' ? peers?.first() : peers?.last()) ?? null;
  }

  deepest(): PeerNode | null {
    for (let depth = this.#depths.length - 1; depth >= 0; depth -= 1) {
      const peer = this.firstAt(depth);
      if (peer !== null) return peer;
    }
    return null;
  }

  shallowest(): PeerNode | null {
    for (let depth = 0; depth < this.#depths.length; depth += 1) {
      const peer = this.firstAt(depth);
      if (peer !== null) return peer;
    }
    return null;
  }
}

/** Peers by what they could take over: tenured ones first, then by capacity, then by the earlier join. */
class Reserve {
  readonly #tenured: (PeersByJoin | undefined)[] = [];
  readonly #young: (PeersByJoin | undefined)[] = [];

  add(peer: PeerNode): void {
    (this.#group(peer)[peer.effectiveCapacity] ??= new PeersByJoin()).add(peer);
  }

  remove(peer: PeerNode): void {
    this.#group(peer)[peer.effectiveCapacity]?.remove(peer);
  }

  first(): PeerNode | null {
    return strongestOf(this.#tenured) ?? strongestOf(this.#young);
  }

  #group({ tenured }: PeerNode): (PeersByJoin | undefined)[] {
    return tenured ? this.#tenured : this.#young;
  }
}

function strongestOf(byCapacity: readonly (PeersByJoin | undefined)[]): PeerNode | null {
  for (let capacity = byCapacity.length - 1; capacity > 0; capacity -= 1) {
    const peer = byCapacity[capacity]?.first() ?? null;
    if (peer !== null) return peer;
  }
  return null;
}

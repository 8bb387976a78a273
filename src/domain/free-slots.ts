import type { PeerNode } from './peer-node.js';
import { PeersByJoin } from './peers-by-join.js';
import type { RelayTree } from './relay-tree.js';

/**
 * Index of the placed peers that can take one more child. The next slot is that of the shallowest peer, ties to the
 * fewest children, then the earliest join: one list by join for each (depth, number of children), so that finding a slot
 * costs as many steps as there are depths and a change costs O(log n), however many peers there are.
 *
 * Source of the order: LVQR's planner, whose linear scan prefers the same peers.
 */
export class FreeSlots {
  readonly #depths: (Depth | undefined)[] = [];

  constructor(private readonly maxDepth: number) {}

  /** Lists the peer if it has a slot to give. Peers at the greatest depth have none. */
  add(peer: PeerNode): void {
    this.#add(peer, peer.children.length);
  }

  /** Must be called before the peer's depth or capacity change. */
  remove(peer: PeerNode): void {
    this.#remove(peer, peer.children.length);
  }

  /** @param before how many children it was listed with. */
  childrenChanged(peer: PeerNode, before: number): void {
    this.#remove(peer, before);
    this.#add(peer, peer.children.length);
  }

  best(): PeerNode | null {
    for (const depth of this.#depths) {
      if (depth === undefined || depth.peers === 0) continue;
      for (const peers of depth.byChildren) {
        const peer = peers?.first() ?? null;
        if (peer !== null) return peer;
      }
    }
    return null;
  }

  /** A slot the index has lost is one that nobody will ever get. */
  findFaults(tree: RelayTree): string[] {
    let best: PeerNode | null = null;
    for (const peer of tree.peers()) {
      if (this.#offersSlot(peer) && (best === null || slotPrecedes(peer, best))) best = peer;
    }
    const indexed = this.best();
    if (indexed === best) return [];
    return [`the index offers peer ${String(indexed?.number)}, a scan finds peer ${String(best?.number)}`];
  }

  #add(peer: PeerNode, children: number): void {
    if (!this.#offersSlot(peer, children)) return;
    const depth = (this.#depths[peer.depth] ??= { peers: 0, byChildren: [] });
    (depth.byChildren[children] ??= new PeersByJoin()).add(peer);
    depth.peers += 1;
  }

  #remove(peer: PeerNode, children: number): void {
    const depth = this.#offersSlot(peer, children) ? this.#depths[peer.depth] : undefined;
    if (depth === undefined) return;
    depth.byChildren[children]?.remove(peer);
    depth.peers -= 1;
  }

  #offersSlot(peer: PeerNode, children = peer.children.length): boolean {
    return peer.standing === 'placed' && peer.depth < this.maxDepth && children < peer.effectiveCapacity;
  }
}

/** The arrays have holes: depths and numbers of children nobody has yet. */
interface Depth {
  peers: number;
  readonly byChildren: (PeersByJoin | undefined)[];
}

function slotPrecedes(one: PeerNode, other: PeerNode): boolean {
  if (one.depth !== other.depth) return one.depth < other.depth;
  if (one.children.length !== other.children.length) return one.children.length < other.children.length;
  return one.number < other.number;
}

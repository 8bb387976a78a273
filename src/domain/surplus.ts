import type { TrackSettings } from './events.js';
import { PeerHeap } from './peer-heap.js';
import type { PeerNode } from './peer-node.js';
import { PeersByJoin } from './peers-by-join.js';

/**
 * Links above limits that an operator has lowered on a running track: children beyond what their parent may have now, everyone
 * below the greatest depth, roots beyond what the origin feeds. They are moved a few at a time, the newest first; until then they stay
 * fed, and whoever is above a limit gets nobody else. No such link is ever added, so this empties and is thrown away.
 *
 * It is a function of the tree and its settings, kept up to date by the tree; so it is neither stored nor hashed.
 */
export class Surplus {
  readonly #parents = new PeerHeap('strained', newestChildFirst);
  readonly #roots = new PeersByJoin();

  constructor(private readonly settings: TrackSettings) {}

  /** Takes in a peer as it stands now. */
  add(peer: PeerNode): void {
    if (peer.children.length > childrenAllowed(peer, this.settings)) this.#parents.add(peer);
    if (peer.standing === 'placed' && peer.parent === null) this.#roots.add(peer);
  }

  /** Must be called before the peer's children, capacity, depth or standing change. */
  remove(peer: PeerNode): void {
    if (this.#parents.has(peer)) this.#parents.remove(peer);
    this.#roots.remove(peer);
  }

  /** The next to move: of all who stand above a limit, the last to have joined. Null when every limit is met. */
  newest(): PeerNode | null {
    const child = this.#parents.first()?.children.at(-1) ?? null;
    const root = this.#roots.size > this.settings.rootPeerCount ? this.#roots.last() : null;
    if (child === null || root === null) return child ?? root;
    return child.number > root.number ? child : root;
  }

  /** Whether the peer's link to its parent, or to the origin, is to be given up. */
  holds(peer: PeerNode): boolean {
    const { parent } = peer;
    if (parent === null) return this.#roots.has(peer) && this.#roots.size > this.settings.rootPeerCount;
    return this.#parents.has(parent);
  }
}

/** Whether a placed peer keeps to the limits in force. Who does not is no candidate for anything. */
export function isWithinLimits(peer: PeerNode, settings: TrackSettings): boolean {
  return peer.depth <= settings.maxDepth && peer.children.length <= childrenAllowed(peer, settings);
}

/** At the greatest depth, and below it, nobody has children. */
function childrenAllowed(peer: PeerNode, { maxDepth }: TrackSettings): number {
  return peer.standing === 'placed' && peer.depth >= maxDepth ? 0 : peer.effectiveCapacity;
}

function newestChildFirst(one: PeerNode, other: PeerNode): boolean {
  return (one.children.at(-1)?.number ?? 0) > (other.children.at(-1)?.number ?? 0);
}

import type { ChangeOfChildren } from './children.js';
import type { TrackSettings } from './events.js';
import type { PeerNode } from './peer-node.js';
import type { Placement } from './policies/placement-policy.js';
import { isWithinLimits, Surplus } from './surplus.js';

/**
 * What a tree lists of its peers for those who choose: the indexes of the policy, and the links above lowered limits. Both are functions
 * of the tree, kept up to date with every change.
 *
 * The policy's indexes are filled when they are first asked for: a replay that only wants to know how things stood decides nothing, and
 * keeping them was most of its cost.
 */
export class Listings {
  #settings: TrackSettings | null = null;
  #placement: Placement | null = null;
  #isIndexed = false;
  /** Null while every limit is met, which is always but after limits were lowered. */
  #surplus: Surplus | null = null;

  constructor(private readonly peers: () => Iterable<PeerNode>) {}

  /** The policy in force with all its indexes filled; null without one. */
  get placement(): Placement | null {
    if (!this.#isIndexed) {
      for (const peer of this.peers()) {
        if (peer.standing === 'placed' && this.#isCandidate(peer)) this.#placement?.add(peer);
      }
      this.#isIndexed = true;
    }
    return this.#placement;
  }

  /** @param placement new, with nobody in its indexes; null when this build does not have the policy. */
  begin(settings: TrackSettings, placement: Placement | null): void {
    this.#settings = settings;
    this.#placement = placement;
    this.#isIndexed = false;
    // Of other rules, or of an earlier opening: a replay asks nobody whether there is any left.
    this.#surplus = null;
  }

  end(): void {
    this.#settings = null;
    this.#placement = null;
    this.#surplus = null;
  }

  /** Peers may stand above the limits now; when none does, that is found out and forgotten again. */
  expectSurplus(): void {
    if (this.#settings === null) return;
    this.#surplus = new Surplus(this.#settings);
    for (const peer of this.peers()) this.#surplus.add(peer);
  }

  /** The newest of all whose link is above a limit; null when every limit is met. */
  nextSurplus(): PeerNode | null {
    const newest = this.#surplus?.newest() ?? null;
    if (newest === null) this.#surplus = null;
    return newest;
  }

  isSurplus(peer: PeerNode): boolean {
    return this.#surplus?.holds(peer) ?? false;
  }

  /** Lists a peer as it stands now. Whoever is above a limit is no candidate for anything. */
  add(peer: PeerNode): void {
    this.#surplus?.add(peer);
    if (this.#isListed(peer)) this.#placement?.add(peer);
  }

  /** Must be called before the peer's children, capacity, depth or standing change. */
  remove(peer: PeerNode): void {
    if (this.#isListed(peer)) this.#placement?.remove(peer);
    this.#surplus?.remove(peer);
  }

  /** `remove`, the change and `add`, for a change of the peer's children alone: policies may have a shorter way. */
  changeChildren(peer: PeerNode, change: ChangeOfChildren, child: PeerNode): void {
    const placement = this.#placement;
    if (this.#surplus !== null || !this.#isListed(peer) || placement?.childrenChanged === undefined) {
      this.remove(peer);
      change(peer, child);
      this.add(peer);
      return;
    }
    const before = peer.children.length;
    change(peer, child);
    placement.childrenChanged(peer, before);
  }

  #isListed(peer: PeerNode): boolean {
    return this.#isIndexed && peer.standing === 'placed' && this.#isCandidate(peer);
  }

  #isCandidate(peer: PeerNode): boolean {
    return this.#surplus === null || this.#settings === null || isWithinLimits(peer, this.#settings);
  }
}

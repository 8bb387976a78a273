import { addChild, type ChangeOfChildren, removeChild } from './children.js';
import type { AssignmentCause, PeerIdentity, TrackSettings } from './events.js';
import type { PeerNumber, Position } from './ids.js';
import { Listings } from './listings.js';
import type { Placement } from './policies/placement-policy.js';
import { PeersByJoin } from './peers-by-join.js';
import { effectiveCapacity, newPeerNode, NO_CHILDREN, parentNumber, type PeerNode } from './peer-node.js';
import { Queues } from './queues.js';
import { Roster } from './roster.js';
import type { TreeWatcher } from './tree-watcher.js';

/**
 * The relay tree of one track: the fold of its topology events. It has one owner and is changed in place (copying a
 * map of 100,000 peers costs 58 ms). It applies and never chooses: facts take peers off their parents,
 * decisions put them under new ones.
 */
export class RelayTree {
  /** Position of the last event applied; 0 before the first. */
  position: Position = 0;
  /** `recordedAt` of the last event applied. */
  recordedAt = 0;
  /** Rules in force; null while the track is closed or was never opened. */
  settings: TrackSettings | null = null;
  rootCount = 0;
  /** Peers that reach the origin. */
  placedCount = 0;
  watcher: TreeWatcher | null = null;
  readonly #roster = new Roster();
  /** Those who have not reached tenure; listed when first asked for, which a replay never does. */
  #untenured: PeersByJoin | null = null;
  readonly #queues = new Queues(() => this.#roster.all());
  readonly #listings = new Listings(() => this.#roster.all());

  get size(): number {
    return this.#roster.size;
  }

  /** In order of joining. */
  peers(): IterableIterator<PeerNode> {
    return this.#roster.all();
  }

  peer(number: PeerNumber): PeerNode | null {
    return this.#roster.numbered(number);
  }

  /** @throws CorruptLogError at the first look-up, for two of one name. */
  peerNamed(peerId: string): PeerNode | null {
    return this.#roster.named(peerId);
  }

  /**
   * Lists everybody by name, which otherwise the first look-up of a name does (20 ms for 100,000 peers). From then on nobody joins under a
   * name that is taken.
   *
   * @throws CorruptLogError for two of one name.
   */
  indexNames(): void {
    this.#roster.indexNames();
  }

  /** Whether somebody present has the name, as far as names are listed: a replay in which none is looked up does not know. */
  isKnownTaken(peerId: string): boolean {
    return this.#roster.isKnownTaken(peerId);
  }

  /** The next peer that needs a decision: those with capacity first, then the larger subtree, then the earlier join. */
  nextUnplaced(): PeerNode | null {
    return this.#queues.unplaced.first();
  }

  /** The next peer to get a slot: those with children or capacity before pure viewers, then in order of joining. */
  nextWaiting(): PeerNode | null {
    return this.#queues.waiting.first();
  }

  /** The waiting peer with most room for further children. */
  mostSpareWaiting(): PeerNode | null {
    return this.#queues.waiting.mostSpare();
  }

  get unplacedCount(): number {
    return this.#queues.unplaced.size;
  }

  get waitingTops(): readonly PeerNode[] {
    return this.#queues.waiting.members();
  }

  hasRootSlot(): boolean {
    return this.settings !== null && this.rootCount < this.settings.rootPeerCount;
  }

  /** The policy in force with its indexes; null while the track is closed, or when this build does not have the policy. */
  get placement(): Placement | null {
    return this.#listings.placement;
  }

  /** The peer whose free slot is next, or null. */
  bestSlot(): PeerNode | null {
    return this.placement?.bestSlot() ?? null;
  }

  /** The peer that reaches tenure next: the earliest join of those who have not. */
  nextTenure(): PeerNode | null {
    this.#untenured ??= PeersByJoin.of([...this.peers()].filter(({ tenured }) => !tenured));
    return this.#untenured.first();
  }

  /** The next peer to be moved because of limits lowered on the running track: the newest. Null when every limit is met. */
  nextSurplus(): PeerNode | null {
    return this.#listings.nextSurplus();
  }

  /** Whether the peer's own link is above a limit, and to be given up. */
  isSurplus(peer: PeerNode): boolean {
    return this.#listings.isSurplus(peer);
  }

  open(settings: TrackSettings, placement: Placement | null): void {
    this.settings = settings;
    this.#listings.begin(settings, placement);
  }

  /**
   * Puts other rules in force. Nobody is moved by that; the indexes are built anew, which is the one thing that costs in proportion
   * to all peers.
   */
  configure(settings: TrackSettings, placement: Placement | null): void {
    this.#queues.forget();
    for (const peer of this.#roster.all()) peer.effectiveCapacity = effectiveCapacity(peer, settings);
    this.open(settings, placement);
    this.#listings.expectSurplus();
  }

  close(): void {
    this.settings = null;
    this.#listings.end();
  }

  /** Adds a peer that still needs its first decision. */
  admit(
    number: PeerNumber,
    joinedAt: number,
    identity: PeerIdentity | null,
    claim: number | null,
    settings: TrackSettings,
  ): void {
    const peer = newPeerNode(number, joinedAt, identity, claim, settings);
    this.#roster.add(peer);
    this.#queues.add(peer);
    this.#untenured?.add(peer);
    this.watcher?.changed(peer);
  }

  /**
   * Puts in peers as an earlier tree held them, in order of joining, with all their fields and links set. For trees that are built again
   * from what was kept of one: nothing else may have been done to this tree.
   */
  restore(peers: Iterable<PeerNode>): void {
    for (const peer of peers) {
      this.#roster.add(peer);
      this.#queues.add(peer);
      if (peer.standing !== 'placed') continue;
      this.placedCount += 1;
      if (peer.parent === null) this.rootCount += 1;
    }
    // Limits may have been lowered shortly before.
    this.#listings.expectSurplus();
  }

  /** Takes a peer out for good; its children are orphans, each with its own subtree. */
  remove(peer: PeerNode): void {
    this.#orphanChildren(peer);
    if (peer.standing === 'placed' || peer.standing === 'below') this.#takeFromParent(peer);
    this.#queues.remove(peer);
    this.#untenured?.remove(peer);
    this.#roster.remove(peer);
  }

  /** A new claim. Children beyond it are unplaced, newest first. */
  claim(peer: PeerNode, claim: number | null, settings: TrackSettings): void {
    this.#reindex(peer, () => {
      peer.claim = claim;
      peer.effectiveCapacity = effectiveCapacity(peer, settings);
    });
    this.#shedSurplus(peer, 'shrunk');
    this.watcher?.changed(peer);
  }

  /** Tenure changes which slots come first. */
  grantTenure(peer: PeerNode): void {
    this.#untenured?.remove(peer);
    this.#reindex(peer, () => {
      peer.tenured = true;
    });
    this.watcher?.changed(peer);
  }

  /** Whether children may be given to the peer at all; those it has are unplaced when not. */
  trust(peer: PeerNode, doubt: 'suspected' | 'revoked', doubted: boolean, settings: TrackSettings): void {
    this.#reindex(peer, () => {
      peer[doubt] = doubted;
      peer.effectiveCapacity = effectiveCapacity(peer, settings);
    });
    this.#shedSurplus(peer, doubt === 'suspected' ? 'suspected' : 'verified');
    this.watcher?.changed(peer);
  }

  /** Takes a peer off its parent, with all below it: it is unplaced. */
  displace(peer: PeerNode, because: PeerNode['unplacedBecause']): void {
    const formerParent = parentNumber(peer);
    this.#takeFromParent(peer);
    this.#unplace(peer, because, formerParent);
  }

  /**
   * Puts a peer and all below it under `parent` (null: under the origin). Whoever would stand deeper than the limit comes
   * off with its own subtree and is unplaced.
   */
  attach(peer: PeerNode, parent: PeerNode | null, cause: AssignmentCause): void {
    if (peer.standing === 'placed' || peer.standing === 'below') this.#takeFromParent(peer);
    this.#queues.remove(peer);
    peer.standing = 'below';
    peer.parent = parent;
    peer.cause = cause;
    peer.formerParent = null;
    if (parent === null) this.rootCount += 1;
    else this.#changeChildren(parent, addChild, peer);
    if (parent !== null) this.watcher?.changed(parent);
    this.#settle(peer, parent === null ? 0 : parent.depth + 1);
  }

  /** Lets an unplaced peer wait, with all below it. */
  wait(peer: PeerNode): void {
    this.#queues.remove(peer);
    peer.standing = 'waiting';
    peer.formerParent = null;
    this.#queues.add(peer);
    this.watcher?.changed(peer);
  }

  #shedSurplus(peer: PeerNode, because: PeerNode['unplacedBecause']): void {
    for (
      let newest = peer.children.at(-1);
      newest !== undefined && peer.children.length > peer.effectiveCapacity;
      newest = peer.children.at(-1)
    ) {
      this.displace(newest, because);
    }
  }

  /** Displaces all children. At once: taken off one by one, each would have the rest of the list put in order again. */
  #orphanChildren(peer: PeerNode): void {
    const orphans = peer.children;
    if (orphans.length === 0) return;
    this.#reindex(peer, () => {
      peer.children = NO_CHILDREN;
    });
    for (const orphan of orphans) {
      this.#cutOff(orphan);
      this.#unplace(orphan, 'orphaned', peer.number);
    }
  }

  #unplace(peer: PeerNode, because: PeerNode['unplacedBecause'], formerParent: PeerNumber | null): void {
    peer.standing = 'unplaced';
    peer.unplacedBecause = because;
    peer.formerParent = formerParent;
    this.#queues.add(peer);
  }

  #takeFromParent(peer: PeerNode): void {
    if (peer.parent !== null) this.#changeChildren(peer.parent, removeChild, peer);
    else if (peer.standing === 'placed') this.rootCount -= 1;
    this.#cutOff(peer);
  }

  /** Cuts the link to a parent that lists the peer no more, and takes the whole subtree out of the index. */
  #cutOff(peer: PeerNode): void {
    const { parent } = peer;
    if (parent !== null) {
      this.watcher?.detached(peer, parent);
      this.watcher?.changed(parent);
    }
    peer.parent = null;
    peer.subtreeSize = this.#lift(peer, 0);
  }

  /** Marks a subtree as not fed, depths counted from its top. @returns how many peers it has. */
  #lift(peer: PeerNode, depth: number): number {
    this.#listings.remove(peer);
    if (peer.standing === 'placed') this.placedCount -= 1;
    peer.standing = 'below';
    peer.depth = depth;
    this.#listings.add(peer);
    this.watcher?.changed(peer);
    let size = 1;
    for (const child of peer.children) size += this.#lift(child, depth + 1);
    return size;
  }

  /** Marks a subtree as fed, its top at `depth`; what is too deep comes off. */
  #settle(peer: PeerNode, depth: number): void {
    peer.depth = depth;
    if (depth === this.settings?.maxDepth) {
      this.#orphanChildren(peer);
    } else {
      for (const child of peer.children) this.#settle(child, depth + 1);
    }
    // Only now: no index may hold a peer whose children still change.
    this.#listings.remove(peer);
    peer.standing = 'placed';
    this.placedCount += 1;
    this.#listings.add(peer);
    this.watcher?.changed(peer);
  }

  /** A change that may move a peer within the index, or within the queue of the waiting. */
  #reindex(peer: PeerNode, change: () => void): void {
    this.#queues.remove(peer);
    this.#listings.remove(peer);
    change();
    this.#listings.add(peer);
    this.#queues.add(peer);
  }

  #changeChildren(parent: PeerNode, change: ChangeOfChildren, child: PeerNode): void {
    if (parent.standing === 'placed') this.#listings.changeChildren(parent, change, child);
    else
      this.#reindex(parent, () => {
        change(parent, child);
      });
  }
}

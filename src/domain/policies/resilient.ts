import type { PolicyIdeas, TrackSettings } from '../events.js';
import { MOVES_PER_COMMAND_MAX } from '../limits.js';
import type { PeerNode } from '../peer-node.js';
import type { RelayTree } from '../relay-tree.js';
import type { Decisions, Placement, PlacementPolicy, Plan, Vacancy } from './placement-policy.js';
import { ResilientIndex } from './resilient-index.js';
import { assignFollowing, ResilientSurvey } from './resilient-survey.js';

export const RESILIENT_IDEAS: PolicyIdeas = { swap: true, heir: true, tenureMs: 300_000 };

export const resilient: PlacementPolicy = {
  name: 'resilient',
  version: 1,
  begin: (settings) => new ResilientPlacement(settings, settings.ideas ?? RESILIENT_IDEAS),
};

/**
 * Capacity goes to the top, and so does staying power: see docs/planner.md for the ideas and their sources.
 */
class ResilientPlacement implements Placement {
  readonly tenureMs: number | null;
  readonly #index: ResilientIndex;
  /** Puts choices so that they can be told; only asked when somebody traces. */
  readonly #survey: ResilientSurvey;
  /** Moves the present command has left. */
  #moves = 0;

  constructor(
    private readonly settings: TrackSettings,
    private readonly ideas: PolicyIdeas,
  ) {
    this.tenureMs = ideas.tenureMs;
    this.#index = new ResilientIndex(settings.maxDepth, ideas.tenureMs !== null);
    this.#survey = new ResilientSurvey(settings, ideas.tenureMs !== null);
  }

  add(peer: PeerNode): void {
    this.#index.add(peer);
  }

  remove(peer: PeerNode): void {
    this.#index.remove(peer);
  }

  childrenChanged(peer: PeerNode, before: number): void {
    this.#index.childrenChanged(peer, before);
  }

  bestSlot(): PeerNode | null {
    return this.#index.bestSlot();
  }

  settle(tree: RelayTree, decisions: Decisions, vacancy: Vacancy | null): void {
    this.#moves = MOVES_PER_COMMAND_MAX;
    if (vacancy !== null && this.ideas.heir) this.#passOn(tree, vacancy, decisions);
    this.#placeUnplaced(tree, decisions);
    this.#placeWaiting(tree, decisions);
  }

  reassign(tree: RelayTree, peer: PeerNode, decisions: Decisions): void {
    if (peer.parent === null) return;
    if (tree.hasRootSlot()) {
      decisions.trace?.(() => this.#survey.slot(tree, peer, null));
      decisions.assign(peer, null, 'reassigned');
      return;
    }
    const present = peer.parent;
    this.#index.remove(present);
    const parent = this.#index.bestSlot();
    this.#index.add(present);
    if (parent === null || parent.depth >= present.depth) return;
    decisions.trace?.(() => this.#survey.slot(tree, peer, parent, 'better_slot'));
    decisions.assign(peer, parent, 'reassigned');
  }

  /**
   * An idle peer above makes room. The elder of the level below it rises into its place, so that who has stayed longest stands highest;
   * the newly tenured peer takes the elder's place where it stands deeper, and the idle peer the one that is left.
   */
  tenured(tree: RelayTree, peer: PeerNode, decisions: Decisions): void {
    if (peer.standing !== 'placed' || peer.effectiveCapacity === 0) return;
    const idle = this.#index.shallowestIdle(peer.depth, peer.number);
    if (idle === null || idle.effectiveCapacity >= peer.effectiveCapacity) return;
    const elder = this.#index.earliestServer(idle.depth + 1);
    const rising = elder !== null && elder.effectiveCapacity > idle.effectiveCapacity ? elder : peer;
    const follows = rising !== peer && peer.depth > rising.depth;
    const [vacated, left] = [rising.parent, peer.parent];
    decisions.trace?.(() => this.#survey.idle(tree, peer, idle));
    decisions.assign(rising, idle.parent, 'tenured', idle);
    if (follows) assignFollowing(decisions, 'exchanged', peer, vacated, 'tenured');
    assignFollowing(decisions, 'exchanged', idle, follows ? left : vacated, 'tenured');
    this.settle(tree, decisions, null);
  }

  suspected(tree: RelayTree, suspect: PeerNode, orphans: readonly PeerNode[], decisions: Decisions): void {
    this.#moves = MOVES_PER_COMMAND_MAX;
    if (this.ideas.heir && suspect.standing === 'placed')
      this.#passOn(tree, { parent: suspect.parent, orphans }, decisions, suspect);
    this.settle(tree, decisions, null);
  }

  planOf(peer: PeerNode): Plan | null {
    if (!this.ideas.heir || peer.standing !== 'placed' || peer.parent === null) return null;
    const { parent } = peer;
    const heir = heirAmong(parent.children);
    if (heir === null || !holdsAll(heir, parent.children)) return null;
    if (heir === peer) return { rank: 'heir', connectTo: parent.parent };
    const room = heir.effectiveCapacity - heir.children.length;
    const siblings = parent.children.filter((sibling) => sibling !== heir).sort(bySuccession);
    return siblings.indexOf(peer) < room ? { rank: 'sibling', connectTo: heir } : null;
  }

  findFaults(tree: RelayTree): string[] {
    return this.#index.findFaults(tree);
  }

  /** The heir rises by one with all below it; the siblings stay as deep as they are, under the heir. */
  #passOn(tree: RelayTree, { parent, orphans }: Vacancy, decisions: Decisions, suspect?: PeerNode): void {
    const heir = heirAmong(orphans);
    if (heir === null) return;
    const standIn = this.#standInFor(orphans, heir, parent);
    if (standIn !== null) {
      const cause = suspect === undefined ? 'promoted' : 'suspected';
      decisions.trace?.(() => this.#survey.standIn(tree, standIn));
      decisions.assign(standIn, parent, cause, suspect);
      for (const orphan of [...orphans].sort(bySuccession))
        assignFollowing(decisions, 'child_of_stand_in', orphan, standIn, cause);
      return;
    }
    decisions.trace?.(() => this.#survey.heir(orphans, heir));
    decisions.assign(heir, parent, suspect === undefined ? 'heir' : 'suspected', suspect);
    const siblings = orphans.filter((orphan) => orphan !== heir).sort(bySuccession);
    if (siblings.length === 0 || heir.depth >= this.settings.maxDepth) return;
    this.#makeRoom(heir, siblings.length, decisions);
    for (const sibling of siblings) {
      if (heir.children.length >= heir.effectiveCapacity) return;
      assignFollowing(decisions, 'sibling_of_heir', sibling, heir, suspect === undefined ? 'sibling' : 'suspected');
    }
  }

  /**
   * Where no heir can hold its siblings they would fall to the bottom with all below them: then a childless peer from elsewhere
   * takes the place of the departed one and all of its children. Null where the heir is enough, or nobody can.
   */
  #standInFor(orphans: readonly PeerNode[], heir: PeerNode, parent: PeerNode | null): PeerNode | null {
    if (holdsAll(heir, orphans)) return null;
    const standIn = this.#index.standIn();
    if (standIn === null || standIn === parent || standIn.effectiveCapacity < orphans.length) return null;
    return standIn.tenured || this.ideas.tenureMs === null ? standIn : null;
  }

  /**
   * Everyone below an heir has risen by one, so an heir that is full can pass children on to the best of them: they come to stand as
   * deep as they were. Without this the siblings would fall to the bottom, and all below them with it.
   */
  #makeRoom(parent: PeerNode, wanted: number, decisions: Decisions): void {
    const missing = wanted - (parent.effectiveCapacity - parent.children.length);
    if (missing <= 0 || this.#moves <= 0) return;
    const second = heirAmong(parent.children);
    if (second === null || second.depth >= this.settings.maxDepth) return;
    const passed = parent.children
      .filter((child) => child !== second)
      .sort(bySuccession)
      .slice(-missing);
    this.#makeRoom(second, passed.length, decisions);
    for (const child of passed) {
      if (second.children.length >= second.effectiveCapacity) return;
      this.#moves -= 1;
      assignFollowing(decisions, 'room_below_heir', child, second, 'promoted');
    }
  }

  #placeUnplaced(tree: RelayTree, decisions: Decisions): void {
    for (let peer = tree.nextUnplaced(); peer !== null; peer = tree.nextUnplaced()) {
      const because = peer.unplacedBecause;
      if (this.#take(tree, peer, because, decisions)) continue;
      decisions.trace?.(() => this.#survey.slot(tree, peer, 'none'));
      decisions.wait(peer);
    }
  }

  #placeWaiting(tree: RelayTree, decisions: Decisions): void {
    for (let peer = tree.nextWaiting(); peer !== null && this.#moves > 0; peer = tree.nextWaiting()) {
      if (!this.#refill(tree, peer, decisions)) return;
      this.#placeUnplaced(tree, decisions);
    }
  }

  /** When nothing helps whoever is next, somebody behind may have more to give for a slot. */
  #refill(tree: RelayTree, next: PeerNode, decisions: Decisions): boolean {
    if (this.#take(tree, next, 'refilled', decisions)) return true;
    const strongest = tree.mostSpareWaiting();
    if (strongest !== null && strongest !== next && this.#take(tree, strongest, 'refilled', decisions)) return true;
    return this.#exchangeStrongest(tree, decisions);
  }

  /** Gives the peer a free slot, or that of a weaker peer. */
  #take(
    tree: RelayTree,
    peer: PeerNode,
    cause: PeerNode['unplacedBecause'] | 'refilled',
    decisions: Decisions,
  ): boolean {
    const slot = tree.hasRootSlot() ? null : (this.#slotFor(peer) ?? 'none');
    if (slot !== 'none') {
      this.#moves -= 1;
      decisions.trace?.(() => this.#survey.slot(tree, peer, slot));
      decisions.assign(peer, slot, cause);
      return true;
    }
    const spare = peer.effectiveCapacity - peer.children.length;
    if (!this.ideas.swap || spare < 1 || this.#moves <= 0) return false;
    const weaker = this.#index.shallowestWeak(spare - 1);
    if (weaker === null) return false;
    decisions.trace?.(() => this.#survey.weaker(tree, 'weaker_peer', peer, spare - 1, weaker));
    this.#displace(peer, weaker, decisions);
    assignFollowing(decisions, 'exchanged', weaker, peer, 'swapped');
    return true;
  }

  /** Pure viewers leave places where capacity counts to others, so that nobody has to be moved later. */
  #slotFor(peer: PeerNode): PeerNode | null {
    const viewsOnly = peer.effectiveCapacity === 0 && peer.children.length === 0;
    return viewsOnly && this.ideas.tenureMs !== null ? this.#index.viewerSlot() : this.#index.bestSlot();
  }

  /** When pure viewers wait, a strong peer at the bottom is worth more where its capacity counts. */
  #exchangeStrongest(tree: RelayTree, decisions: Decisions): boolean {
    if (!this.ideas.swap) return false;
    const strong = this.#index.strongestAtBottom();
    const weaker = strong === null ? null : this.#index.shallowestWeak(strong.effectiveCapacity - 1);
    if (strong === null || weaker === null) return false;
    const left = strong.parent;
    decisions.trace?.(() =>
      this.#survey.weaker(tree, 'weaker_peer_for_the_strongest', strong, strong.effectiveCapacity - 1, weaker),
    );
    this.#displace(strong, weaker, decisions);
    assignFollowing(decisions, 'exchanged', weaker, left === weaker ? strong : left, 'swapped');
    return true;
  }

  /** `stronger` takes the slot of `weaker` and adopts its children. */
  #displace(stronger: PeerNode, weaker: PeerNode, decisions: Decisions): void {
    this.#moves -= 2 + weaker.children.length;
    decisions.assign(stronger, weaker.parent, 'swapped', weaker);
    for (const child of [...weaker.children]) assignFollowing(decisions, 'adopted', child, stronger, 'swapped');
  }
}

/**
 * Whether the heir can take over by itself. Only then is there a plan: whether a stand-in will come hangs on childless peers anywhere
 * in the tree, and a plan that strangers can change would be out of date before it is told.
 */
function holdsAll(heir: PeerNode, peers: readonly PeerNode[]): boolean {
  return peers.length < 2 || heir.effectiveCapacity >= peers.length;
}

/** Who takes over: whoever can serve at all, tenured peers first, then whoever can hold more of the others, then the earlier join. */
function heirAmong(peers: readonly PeerNode[]): PeerNode | null {
  let heir: PeerNode | null = null;
  for (const peer of peers) if (heir === null || inheritsBefore(peer, heir, peers.length)) heir = peer;
  return heir;
}

/** Capacity beyond `wanted` children is no merit: then the peer that has stayed longer is likely to stay longer. */
function inheritsBefore(one: PeerNode, other: PeerNode, wanted: number): boolean {
  const serves = one.effectiveCapacity > 0;
  if (serves !== other.effectiveCapacity > 0) return serves;
  if (one.tenured !== other.tenured) return one.tenured;
  const capacity = Math.min(one.effectiveCapacity, wanted);
  const otherCapacity = Math.min(other.effectiveCapacity, wanted);
  return capacity === otherCapacity ? one.number < other.number : capacity > otherCapacity;
}

/** Who goes under the heir first, so that each sibling can know beforehand whether there is room. */
function bySuccession(one: PeerNode, other: PeerNode): number {
  return inheritsBefore(one, other, Infinity) ? -1 : 1;
}

import type { TrackSettings } from '../events.js';
import { FreeSlots } from '../free-slots.js';
import { REFILLS_PER_COMMAND_MAX } from '../limits.js';
import type { PeerNode } from '../peer-node.js';
import type { RelayTree } from '../relay-tree.js';
import type { Decisions, Placement, PlacementPolicy } from './placement-policy.js';
import { EARLIEST, FEWEST_CHILDREN, SHALLOWEST } from './ranking.js';
import { type SlotChoice, slotSurvey } from './slot-survey.js';

/**
 * The rule of the LVQR planner, repaired: roots while a root slot is free (any peer); else the shallowest peer with a
 * free slot, ties to the fewest children, then the earliest join. Without a slot a peer waits.
 */
export const shallowest: PlacementPolicy = {
  name: 'shallowest',
  version: 1,
  begin: (settings) => new ShallowestPlacement(settings),
};

/** How its one choice is told. */
const SLOT_CHOICE: SlotChoice = {
  rule: 'shallowest_slot',
  order: [SHALLOWEST, FEWEST_CHILDREN, EARLIEST],
  tenure: false,
};

class ShallowestPlacement implements Placement {
  readonly tenureMs = null;
  readonly #slots: FreeSlots;

  constructor(private readonly settings: TrackSettings) {
    this.#slots = new FreeSlots(settings.maxDepth);
  }

  add(peer: PeerNode): void {
    this.#slots.add(peer);
  }

  remove(peer: PeerNode): void {
    this.#slots.remove(peer);
  }

  childrenChanged(peer: PeerNode, before: number): void {
    this.#slots.childrenChanged(peer, before);
  }

  bestSlot(): PeerNode | null {
    return this.#slots.best();
  }

  /** It knows no tenure. */
  tenured(): void {
    return;
  }

  suspected(tree: RelayTree, _suspect: PeerNode, _orphans: readonly PeerNode[], decisions: Decisions): void {
    this.settle(tree, decisions);
  }

  planOf(): null {
    return null;
  }

  settle(tree: RelayTree, decisions: Decisions): void {
    this.#placeUnplaced(tree, decisions);
    for (let refills = 0; refills < REFILLS_PER_COMMAND_MAX; refills += 1) {
      const peer = tree.nextWaiting();
      const slot = peer === null ? 'none' : this.#freeSlot(tree);
      if (peer === null || slot === 'none') return;
      decisions.trace?.(() => slotSurvey(tree, this.settings, SLOT_CHOICE, slot));
      decisions.assign(peer, slot, 'refilled');
      this.#placeUnplaced(tree, decisions);
    }
  }

  reassign(tree: RelayTree, peer: PeerNode, decisions: Decisions): void {
    if (peer.parent === null) return;
    if (tree.hasRootSlot()) {
      decisions.trace?.(() => slotSurvey(tree, this.settings, SLOT_CHOICE, null));
      decisions.assign(peer, null, 'reassigned');
      this.#placeUnplaced(tree, decisions);
      return;
    }
    // Slots inside the peer's own subtree are deeper than the peer itself, so the order rules them out.
    const parent = this.#bestSlotBut(peer.parent);
    if (parent === null || !isBetterSlot(parent, peer.parent)) return;
    decisions.trace?.(() =>
      slotSurvey(tree, this.settings, { ...SLOT_CHOICE, rule: 'better_slot' }, parent, peer.parent),
    );
    decisions.assign(peer, parent, 'reassigned');
  }

  findFaults(tree: RelayTree): string[] {
    return this.#slots.findFaults(tree);
  }

  /** Placing a subtree can cut off what would be too deep; those are unplaced in turn and end in the same loop. */
  #placeUnplaced(tree: RelayTree, decisions: Decisions): void {
    for (let peer = tree.nextUnplaced(); peer !== null; peer = tree.nextUnplaced()) {
      const slot = this.#freeSlot(tree);
      decisions.trace?.(() => slotSurvey(tree, this.settings, SLOT_CHOICE, slot));
      if (slot === 'none') decisions.wait(peer);
      else decisions.assign(peer, slot, peer.unplacedBecause);
    }
  }

  /** @returns null for the origin. The shallowest slot is also the one below which most of a subtree fits. */
  #freeSlot(tree: RelayTree): PeerNode | null | 'none' {
    return tree.hasRootSlot() ? null : (this.#slots.best() ?? 'none');
  }

  #bestSlotBut(except: PeerNode): PeerNode | null {
    this.#slots.remove(except);
    const best = this.#slots.best();
    this.#slots.add(except);
    return best;
  }
}

/** Whether a slot under `other` comes before the one that a child has under `present`; so a repeated wish moves nobody back. */
function isBetterSlot(other: PeerNode, present: PeerNode): boolean {
  if (other.depth !== present.depth) return other.depth < present.depth;
  const siblings = present.children.length - 1;
  if (other.children.length !== siblings) return other.children.length < siblings;
  return other.number < present.number;
}

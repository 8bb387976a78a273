import { REFILLS_PER_COMMAND_MAX } from '../limits.js';
import type { PeerNode } from '../peer-node.js';
import type { RelayTree } from '../relay-tree.js';
import type { Decisions, PlacementPolicy } from './placement-policy.js';

/**
 * The rule of the LVQR planner, repaired: roots while a root slot is free (any peer); else the shallowest peer with a
 * free slot, ties to the fewest children, then the earliest join. Without a slot a peer waits.
 */
export const shallowest: PlacementPolicy = {
  name: 'shallowest',
  version: 1,

  settle(tree, decisions) {
    placeUnplaced(tree, decisions);
    refillFromWaiting(tree, decisions);
  },

  reassign(tree, peer, decisions) {
    if (peer.parent === null) return;
    if (tree.hasRootSlot()) {
      decisions.assign(peer, null, 'reassigned');
      placeUnplaced(tree, decisions);
      return;
    }
    // Slots inside the peer's own subtree are deeper than the peer itself, so the order rules them out.
    const parent = tree.bestSlot(peer.parent);
    if (parent !== null && isBetterSlot(parent, peer.parent)) decisions.assign(peer, parent, 'reassigned');
  },
};

/** Whether a slot under `other` comes before the one that a child has under `present`; so a repeated wish moves nobody back. */
function isBetterSlot(other: PeerNode, present: PeerNode): boolean {
  if (other.depth !== present.depth) return other.depth < present.depth;
  const siblings = present.children.length - 1;
  if (other.children.length !== siblings) return other.children.length < siblings;
  return other.number < present.number;
}

/** Placing a subtree can cut off what would be too deep; those are unplaced in turn and end in the same loop. */
function placeUnplaced(tree: RelayTree, decisions: Decisions): void {
  for (let peer = tree.nextUnplaced(); peer !== null; peer = tree.nextUnplaced()) {
    const slot = freeSlot(tree);
    if (slot === 'none') decisions.wait(peer);
    else decisions.assign(peer, slot, peer.unplacedBecause);
  }
}

function refillFromWaiting(tree: RelayTree, decisions: Decisions): void {
  for (let refills = 0; refills < REFILLS_PER_COMMAND_MAX; refills += 1) {
    const peer = tree.nextWaiting();
    const slot = peer === null ? 'none' : freeSlot(tree);
    if (peer === null || slot === 'none') return;
    decisions.assign(peer, slot, 'refilled');
    placeUnplaced(tree, decisions);
  }
}

/** @returns null for the origin. The shallowest slot is also the one below which most of a subtree fits. */
function freeSlot(tree: RelayTree): PeerNode | null | 'none' {
  return tree.hasRootSlot() ? null : (tree.bestSlot() ?? 'none');
}

import type { PeerNode } from './peer-node.js';
import type { RelayTree } from './relay-tree.js';

/**
 * Whether `peer` can be put under `parent` (null: the origin) as the tree stands. A slot that `displaced` gives up for it is one even under
 * a parent above its limit, since the number of its children does not grow.
 */
export function canTakeSlot(
  tree: RelayTree,
  peer: PeerNode,
  parent: PeerNode | null,
  displaced: PeerNode | null,
): boolean {
  if (parent === null) return displaced !== null || tree.hasRootSlot();
  if (parent.standing !== 'placed' || parent.depth >= (tree.settings?.maxDepth ?? 0)) return false;
  if (displaced === null && parent.children.length >= parent.effectiveCapacity) return false;
  return !isAtOrAbove(peer, parent);
}

/** A peer below itself would be a cycle. */
function isAtOrAbove(peer: PeerNode, other: PeerNode): boolean {
  if (peer.children.length === 0) return peer === other;
  for (let above: PeerNode | null = other; above !== null; above = above.parent) if (above === peer) return true;
  return false;
}

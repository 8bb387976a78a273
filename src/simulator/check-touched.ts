import type { RecordedTopologyEvent } from '../domain/events.js';
import type { PeerNumber } from '../domain/ids.js';
import type { PeerNode } from '../domain/peer-node.js';
import type { RelayTree } from '../domain/relay-tree.js';

/**
 * Looks for broken rules at the peers one event has touched, in as many steps as the tree is deep: limits, true depths, and a way to
 * the origin for everyone who is placed.
 *
 * @returns how many rules are broken.
 */
export function countFaultsAround(tree: RelayTree, event: RecordedTopologyEvent): number {
  let faults = tree.settings !== null && tree.rootCount > tree.settings.rootPeerCount ? 1 : 0;
  for (const number of touchedBy(event)) {
    const peer = tree.peer(number);
    if (peer === null) continue;
    faults += countFaultsAt(tree, peer);
    for (const child of peer.children) faults += countFaultsAt(tree, child);
  }
  return faults;
}

function touchedBy(event: RecordedTopologyEvent): PeerNumber[] {
  const touched: PeerNumber[] = [];
  if ('peer' in event) touched.push(event.peer);
  if ('parent' in event) touched.push(event.parent);
  if ('formerParent' in event && event.formerParent !== null) touched.push(event.formerParent);
  if ('displaced' in event) touched.push(event.displaced);
  return touched;
}

function countFaultsAt(tree: RelayTree, peer: PeerNode): number {
  const { parent, children } = peer;
  const rules = [
    children.length <= peer.effectiveCapacity,
    parent === null || (parent.children.includes(peer) && tree.peer(parent.number) === parent),
    peer.depth === (parent === null ? 0 : parent.depth + 1),
    peer.standing !== 'placed' || peer.depth <= (tree.settings?.maxDepth ?? 0),
    peer.standing !== 'placed' || reachesOrigin(peer, tree.size),
  ];
  return rules.filter((kept) => !kept).length;
}

function reachesOrigin(peer: PeerNode, hopsMax: number): boolean {
  let top = peer;
  for (let hops = 0; top.parent !== null; hops += 1) {
    if (hops > hopsMax || top.standing !== 'placed') return false;
    top = top.parent;
  }
  return top.standing === 'placed';
}

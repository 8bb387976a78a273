import type { PeerNumber } from '../../domain/ids.js';
import { type PeerNode, roleOf } from '../../domain/peer-node.js';
import type { RelayTree } from '../../domain/relay-tree.js';
import { counted } from '../../history/spoken-figures.js';
import type { Ink } from '../ink.js';

/** Peers in focus whose branches are drawn; more would fill no screen. */
const FOCUS_MAX = 100;

/**
 * The branches of a large tree that lead to some of its peers, line by line; all others are only counted. Costs in proportion to what is
 * drawn, so a step in a tree of 100,000 peers is drawn as fast as one in a tree of 100.
 */
export function* drawFocus(tree: RelayTree, focus: Iterable<PeerNumber>, ink: Ink): IterableIterator<string> {
  const { shown, inFocus } = branchesTo(tree, focus);
  yield ink.bold('origin');
  const roots = [...shown].filter(({ parent }) => parent === null);
  const open = roots.sort((one, other) => other.number - one.number).map((peer) => ({ peer, indent: '' }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { peer, indent } = next;
    const name = peer.identity?.peerId ?? `#${String(peer.number)}`;
    const depth = peer.standing === 'placed' ? `depth ${String(peer.depth)}` : 'not fed';
    const line = `${indent}└─ ${inFocus.has(peer) ? ink.alert(name) : name}  ${roleOf(peer)}  ${depth}`;
    const children = peer.children.filter((child) => shown.has(child));
    const others = peer.children.length - children.length;
    yield others === 0 ? line : `${line}  ${ink.dim(`+ ${counted(others, 'other child', 'other children')}`)}`;
    for (const child of children.reverse()) open.push({ peer: child, indent: `${indent}   ` });
  }
  yield ink.dim(counted(tree.size - shown.size, 'other peer'));
}

function branchesTo(tree: RelayTree, focus: Iterable<PeerNumber>): { shown: Set<PeerNode>; inFocus: Set<PeerNode> } {
  const shown = new Set<PeerNode>();
  const inFocus = new Set<PeerNode>();
  for (const number of focus) {
    const peer = tree.peer(number);
    if (peer === null) continue;
    inFocus.add(peer);
    for (let at: PeerNode | null = peer; at !== null && !shown.has(at); at = at.parent) shown.add(at);
    if (inFocus.size === FOCUS_MAX) break;
  }
  return { shown, inFocus };
}

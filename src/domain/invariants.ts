import type { TrackSettings } from './events.js';
import type { PeerNode } from './peer-node.js';
import { effectiveCapacity } from './peer-node.js';
import type { RelayTree } from './relay-tree.js';

/**
 * Looks for everything a relay tree must never be: over a limit, at a wrong depth, in a cycle, listed twice or not at all.
 * It recomputes all from parent links and claims, trusting no counter and no index of the tree.
 *
 * @returns one sentence for each violation; none for a sound tree.
 */
export function findViolations(tree: RelayTree): string[] {
  const violations: string[] = [];
  const report = (peer: PeerNode, fault: string): void => void violations.push(`peer ${String(peer.number)} ${fault}`);
  const { settings } = tree;
  if (settings === null) return tree.size === 0 ? [] : ['a closed track has peers'];
  let roots = 0;
  let newestRoot: PeerNode | undefined;
  let placed = 0;
  const queued = new Set(tree.waitingTops);
  for (const peer of tree.peers()) {
    checkChildren(tree, peer, settings, report);
    checkPlace(tree, peer, settings, report);
    checkLists(tree, peer, queued, report);
    if (peer.standing === 'placed') {
      placed += 1;
      if (peer.parent === null) {
        roots += 1;
        newestRoot = peer;
      }
    }
  }
  if (roots > settings.rootPeerCount && !isToMove(tree, newestRoot))
    violations.push(`${String(roots)} roots, ${String(settings.rootPeerCount)} allowed`);
  if (roots !== tree.rootCount)
    violations.push(`${String(roots)} roots counted, the tree says ${String(tree.rootCount)}`);
  if (placed !== tree.placedCount)
    violations.push(`${String(placed)} placed peers counted, the tree says ${String(tree.placedCount)}`);
  return violations.concat(tree.placement?.findFaults(tree) ?? []);
}

/** Between commands nobody is left undecided. */
export function findUnsettled(tree: RelayTree): string[] {
  return tree.unplacedCount === 0 ? [] : [`${String(tree.unplacedCount)} peers are undecided after the command`];
}

/** The rule of transition: after limits were lowered a link above them may last until its turn comes, if it is known to be one. */
function isToMove(tree: RelayTree, peer: PeerNode | undefined): boolean {
  return peer !== undefined && tree.isSurplus(peer);
}

type Report = (peer: PeerNode, fault: string) => void;

function checkChildren(tree: RelayTree, peer: PeerNode, settings: TrackSettings, report: Report): void {
  const allowed = effectiveCapacity(peer, settings);
  if (peer.effectiveCapacity !== allowed)
    report(peer, `has effective capacity ${String(peer.effectiveCapacity)}, not ${String(allowed)}`);
  if (peer.children.length > allowed && !isToMove(tree, peer.children.at(-1)))
    report(peer, `has ${String(peer.children.length)} children, ${String(allowed)} allowed`);
  let before = 0;
  for (const child of peer.children) {
    if (child.parent !== peer) report(peer, `lists peer ${String(child.number)}, whose parent is another`);
    if (child.number <= before) report(peer, 'has children out of order');
    before = child.number;
  }
}

function checkPlace(tree: RelayTree, peer: PeerNode, settings: TrackSettings, report: Report): void {
  const hops = hopsToTop(tree, peer);
  if (hops === null) return report(peer, 'is in a cycle');
  const { top, depth } = hops;
  if (peer.depth !== depth) report(peer, `has depth ${String(peer.depth)}, true is ${String(depth)}`);
  if (peer.parent !== null && !peer.parent.children.includes(peer))
    report(peer, 'is not among the children of its parent');
  if (peer.parent !== null && tree.peer(peer.parent.number) !== peer.parent)
    report(peer, 'has a parent that is not in the track');
  const expected = top.standing === 'placed' ? 'placed' : peer === top ? top.standing : 'below';
  if (peer.standing !== expected) report(peer, `stands ${peer.standing}, its top makes it ${expected}`);
  if (top.standing === 'below') report(peer, 'hangs below nobody');
  if (peer.standing === 'placed' && depth > settings.maxDepth && !isToMove(tree, peer))
    report(peer, `is at depth ${String(depth)}, ${String(settings.maxDepth)} allowed`);
}

/** A waiting peer that the queue has lost waits for ever; one without its name cannot resume. */
function checkLists(tree: RelayTree, peer: PeerNode, queued: ReadonlySet<PeerNode>, report: Report): void {
  if (queued.has(peer) !== (peer.standing === 'waiting'))
    report(peer, queued.has(peer) ? 'is in the queue, but does not wait' : 'waits, but is not in the queue');
  if (peer.identity !== null && tree.peerNamed(peer.identity.peerId) !== peer) report(peer, 'is not found by its name');
}

function hopsToTop(tree: RelayTree, peer: PeerNode): { top: PeerNode; depth: number } | null {
  let top = peer;
  let depth = 0;
  for (; top.parent !== null; top = top.parent) {
    depth += 1;
    if (depth > tree.size) return null;
  }
  return { top, depth };
}

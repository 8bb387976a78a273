import type { RelayTree } from '../domain/relay-tree.js';
import { type PeerNode, roleOf } from '../domain/peer-node.js';
import type { LivenessView } from '../history/tree-json.js';
import { counted, grouped } from '../history/spoken-figures.js';
import type { Ink } from './ink.js';
import { timeOfDay } from './spoken-time.js';

/** Column where a peer's details begin, at most; longer branches push them to the right. */
const DETAILS_COLUMN_MAX = 64;
const COLUMN_GAP = 3;

/**
 * The relay tree as an indented drawing, line by line: the origin with all it feeds, then the waiting. Branches are walked with a
 * stack of our own, so a deep tree is no danger to the call stack.
 */
export function* drawTree(tree: RelayTree, view: LivenessView | null, ink: Ink): IterableIterator<string> {
  const roots: PeerNode[] = [];
  const waiting: PeerNode[] = [];
  for (const peer of tree.peers()) {
    if (peer.parent === null) (peer.standing === 'placed' ? roots : waiting).push(peer);
  }
  const column = detailsColumn([...roots, ...waiting]);
  const details = (peer: PeerNode): string => detailsOf(peer, tree, view, ink);
  yield `${ink.bold('origin')}${roots.length === 0 ? ink.dim('  feeds nobody') : ''}`;
  yield* branches(roots, column, details, ink);
  if (waiting.length === 0) return;
  yield '';
  yield ink.alert(`waiting for a slot: ${counted(tree.size - tree.placedCount, 'peer')}`);
  yield* branches(waiting, column, details, ink);
}

interface Branch {
  readonly peer: PeerNode;
  readonly indent: string;
  readonly last: boolean;
}

function* branches(
  tops: readonly PeerNode[],
  column: number,
  details: (peer: PeerNode) => string,
  ink: Ink,
): IterableIterator<string> {
  const open: Branch[] = [];
  pushBranches(open, tops, '');
  for (let branch = open.pop(); branch !== undefined; branch = open.pop()) {
    const { peer, indent, last } = branch;
    const stem = `${indent}${last ? '└─ ' : '├─ '}`;
    const name = drawnName(peer);
    const gap = ' '.repeat(Math.max(COLUMN_GAP, column - stem.length - name.length));
    yield `${ink.dim(stem)}${ink.bold(name)}${gap}${details(peer)}`;
    pushBranches(open, peer.children, `${indent}${last ? '   ' : '│  '}`);
  }
}

/** The first child must be drawn first, so it goes onto the stack last. */
function pushBranches(open: Branch[], peers: readonly PeerNode[], indent: string): void {
  for (let index = peers.length - 1; index >= 0; index -= 1) {
    const peer = peers[index];
    if (peer !== undefined) open.push({ peer, indent, last: index === peers.length - 1 });
  }
}

function detailsColumn(tops: readonly PeerNode[]): number {
  let widest = 0;
  const open = tops.map((peer) => ({ peer, depth: 1 }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { peer, depth } = next;
    widest = Math.max(widest, depth * 3 + drawnName(peer).length);
    for (const child of peer.children) open.push({ peer: child, depth: depth + 1 });
  }
  return Math.min(widest + COLUMN_GAP, DETAILS_COLUMN_MAX);
}

function detailsOf(peer: PeerNode, tree: RelayTree, view: LivenessView | null, ink: Ink): string {
  const depth = peer.standing === 'placed' ? `depth ${String(peer.depth)}` : 'not fed';
  const load = `${String(peer.children.length)}/${String(peer.effectiveCapacity)}`;
  const place = `${roleOf(peer).padEnd(7)}  ${depth.padEnd(8)}  ${load.padEnd(5)}`;
  return (place + (view === null ? '' : livenessOf(peer, tree, view, ink))).trimEnd();
}

function livenessOf(peer: PeerNode, tree: RelayTree, { liveness, atMs }: LivenessView, ink: Ink): string {
  const heard = liveness.of(peer.number);
  if (heard === null) return '  never heard';
  const beat = heard.lastHeartbeatAt === null ? 'no heartbeat yet' : `heartbeat ${timeOfDay(heard.lastHeartbeatAt)}`;
  const overdue = liveness.deadline(heard, tree.settings?.heartbeatTimeoutMs ?? 0) <= atMs;
  return `  ${beat.padEnd(22)}  ${grouped(heard.forwardedFrames)} frames${overdue ? `  ${ink.alert('overdue')}` : ''}`;
}

/** A forgotten peer keeps its number. */
function drawnName(peer: PeerNode): string {
  return peer.identity?.peerId ?? `#${String(peer.number)}`;
}

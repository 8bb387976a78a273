import { CANONICAL_STATE_VERSION } from './canonical-state.js';
import { addChild } from './children.js';
import {
  ASSIGNMENT_CAUSES,
  type AssignmentCause,
  type PeerIdentity,
  type PolicyIdeas,
  type TrackSettings,
} from './events.js';
import { ORIGIN, type PeerNumber, type Position } from './ids.js';
import { effectiveCapacity, newPeerNode, type PeerNode, type Standing } from './peer-node.js';
import { placementFor } from './policies/registry.js';
import { RelayTree } from './relay-tree.js';

/** What the canonical state leaves out: where in the log it stood, and who the peers are. */
export interface StateContext {
  readonly position: Position;
  /** Epoch milliseconds. */
  readonly recordedAt: number;
  /** Null for a forgotten peer. */
  readonly identityOf: (peer: PeerNumber) => PeerIdentity | null;
}

/**
 * The relay tree behind a canonical state, as `canonicalState` wrote it: the same state hash, and the same decisions from here on.
 *
 * @throws Error when the bytes are no canonical state of a version this build knows.
 */
export function restoreTree(state: Uint8Array, context: StateContext): RelayTree {
  const fields = readFields(state);
  const tree = new RelayTree();
  tree.position = context.position;
  tree.recordedAt = context.recordedAt;
  const { settings } = fields;
  if (settings === null) return tree;
  tree.open(settings, placementFor(settings));
  restorePeers(tree, fields, settings, context);
  return tree;
}

interface StoredPeer {
  readonly number: PeerNumber;
  readonly joinedAt: number;
  readonly claim: number | null;
  /** `ORIGIN` for a root; null for whoever has none. */
  readonly parent: PeerNumber | null;
  readonly standing: Standing;
  readonly cause: AssignmentCause | null;
  readonly depth: number;
}

interface StoredState {
  readonly settings: TrackSettings | null;
  readonly peers: readonly StoredPeer[];
  /** Of those who have any. */
  readonly marks: ReadonlyMap<PeerNumber, number>;
}

const STANDINGS: readonly Standing[] = ['placed', 'unplaced', 'waiting', 'below'];
const TENURED = 1;
const SUSPECTED = 2;
const REVOKED = 4;
const NO_CAUSE = 99;
const IDEAS_FOLLOW = -2;

function restorePeers(
  tree: RelayTree,
  { peers, marks }: StoredState,
  settings: TrackSettings,
  context: StateContext,
): void {
  const nodes = new Map<PeerNumber, PeerNode>();
  for (const stored of peers)
    nodes.set(stored.number, nodeOf(stored, marks.get(stored.number) ?? 0, settings, context));
  // In order of joining, so each list of children comes out ascending.
  for (const { number, parent } of peers) {
    const [node, above] = [nodes.get(number), parent === null || parent === ORIGIN ? null : nodes.get(parent)];
    if (node === undefined || above === null) continue;
    if (above === undefined) throw new Error(`the state names peer ${String(parent)}, which is not in it`);
    node.parent = above;
    addChild(above, node);
  }
  // Only now: every index asks for children.
  tree.restore(nodes.values());
}

function nodeOf(stored: StoredPeer, marks: number, settings: TrackSettings, { identityOf }: StateContext): PeerNode {
  const { number, joinedAt, claim, standing, cause, depth } = stored;
  const node = newPeerNode(number, joinedAt, identityOf(number), claim, settings);
  node.standing = standing;
  node.cause = cause;
  node.depth = depth;
  node.tenured = (marks & TENURED) > 0;
  node.suspected = (marks & SUSPECTED) > 0;
  node.revoked = (marks & REVOKED) > 0;
  node.effectiveCapacity = effectiveCapacity(node, settings);
  return node;
}

function readFields(state: Uint8Array): StoredState {
  const view = new DataView(state.buffer, state.byteOffset, state.byteLength);
  const nameLength = state[0] ?? 0;
  const policy = String.fromCharCode(...state.subarray(1, 1 + nameLength));
  let offset = 1 + nameLength;
  const next = (): number => {
    const field = view.getFloat64(offset);
    offset += 8;
    return field;
  };
  const version = next();
  if (version !== CANONICAL_STATE_VERSION) throw new Error(`canonical state ${String(version)} is unknown`);
  const isOpen = next() === 1;
  const settings = {
    policy,
    policyVersion: next(),
    rootPeerCount: next(),
    maxChildren: next(),
    maxDepth: next(),
    heartbeatTimeoutMs: next(),
  };
  // The number of roots follows from the peers.
  next();
  const peerCount = next();
  const peers: StoredPeer[] = [];
  for (let index = 0; index < peerCount; index += 1) peers.push(readPeer(next));
  const marks = new Map<PeerNumber, number>();
  let ideas: PolicyIdeas | null = null;
  while (offset < state.length) {
    const number = next();
    if (number === IDEAS_FOLLOW) ideas = { swap: next() === 1, heir: next() === 1, tenureMs: nullable(next()) };
    else marks.set(number, next());
  }
  return {
    settings: isOpen ? { ...settings, ...(ideas === null ? {} : { ideas }) } : null,
    peers,
    marks,
  };
}

function readPeer(next: () => number): StoredPeer {
  const number = next();
  const joinedAt = next();
  const claim = nullable(next());
  const parent = nullable(next());
  const both = next();
  const depth = next();
  const standing = STANDINGS[Math.floor(both / 100)] ?? 'placed';
  const cause = both % 100 === NO_CAUSE ? null : (ASSIGNMENT_CAUSES[both % 100] ?? null);
  return { number, joinedAt, claim, parent, standing, cause, depth };
}

function nullable(field: number): number | null {
  return field < 0 ? null : field;
}

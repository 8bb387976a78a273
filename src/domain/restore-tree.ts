import { CANONICAL_STATE_VERSION } from './canonical-state.js';
import {
  ASSIGNMENT_CAUSES,
  type AssignmentCause,
  type PeerIdentity,
  type PolicyIdeas,
  type TrackSettings,
} from './events.js';
import { ORIGIN, type PeerNumber, type Position } from './ids.js';
import type { PeerNode } from './peer-node.js';
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
  admit(tree, fields, settings, context);
  place(tree, fields);
  return tree;
}

interface StoredPeer {
  readonly number: PeerNumber;
  readonly joinedAt: number;
  readonly claim: number | null;
  /** `ORIGIN` for a root; null for whoever waits. */
  readonly parent: PeerNumber | null;
  readonly isWaitingTop: boolean;
  readonly cause: AssignmentCause | null;
  readonly depth: number;
  readonly marks: number;
}

interface StoredState {
  readonly settings: TrackSettings | null;
  readonly peers: readonly StoredPeer[];
}

const WAITING = 2;
const TENURED = 1;
const SUSPECTED = 2;
const REVOKED = 4;
const NO_CAUSE = 99;
const IDEAS_FOLLOW = -2;

function admit(tree: RelayTree, { peers }: StoredState, settings: TrackSettings, { identityOf }: StateContext): void {
  for (const { number, joinedAt, claim, marks } of peers) {
    tree.admit(number, joinedAt, identityOf(number), claim, settings);
    const peer = presentIn(tree, number);
    // Before it has children: none are shed, and it comes to stand in the index as it should.
    if ((marks & TENURED) > 0) tree.grantTenure(peer);
    if ((marks & SUSPECTED) > 0) tree.trust(peer, 'suspected', true, settings);
    if ((marks & REVOKED) > 0) tree.trust(peer, 'revoked', true, settings);
  }
}

/** Parents come before their children. A waiting subtree is put together under the origin and taken off as a whole. */
function place(tree: RelayTree, { peers }: StoredState): void {
  for (const stored of [...peers].sort((one, other) => one.depth - other.depth)) {
    const peer = presentIn(tree, stored.number);
    const parent = stored.parent === null || stored.parent === ORIGIN ? null : presentIn(tree, stored.parent);
    tree.attach(peer, parent, stored.cause ?? 'joined');
    peer.cause = stored.cause;
  }
  for (const { number, isWaitingTop } of peers) {
    if (!isWaitingTop) continue;
    const top = presentIn(tree, number);
    tree.displace(top, 'orphaned');
    tree.wait(top);
  }
}

function presentIn(tree: RelayTree, number: PeerNumber): PeerNode {
  const peer = tree.peer(number);
  if (peer === null) throw new Error(`the state names peer ${String(number)}, which is not in it`);
  return peer;
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
  const peers = Array.from({ length: peerCount }, () => readPeer(next));
  const marks = new Map<PeerNumber, number>();
  let ideas: PolicyIdeas | null = null;
  while (offset < state.length) {
    const number = next();
    if (number === IDEAS_FOLLOW) ideas = { swap: next() === 1, heir: next() === 1, tenureMs: nullable(next()) };
    else marks.set(number, next());
  }
  return {
    settings: isOpen ? { ...settings, ...(ideas === null ? {} : { ideas }) } : null,
    peers: peers.map((peer) => ({ ...peer, marks: marks.get(peer.number) ?? 0 })),
  };
}

function readPeer(next: () => number): Omit<StoredPeer, 'marks'> {
  const number = next();
  const joinedAt = next();
  const claim = nullable(next());
  const parent = nullable(next());
  const standing = next();
  const depth = next();
  const cause = standing % 100 === NO_CAUSE ? null : (ASSIGNMENT_CAUSES[standing % 100] ?? null);
  return { number, joinedAt, claim, parent, isWaitingTop: Math.floor(standing / 100) === WAITING, cause, depth };
}

function nullable(field: number): number | null {
  return field < 0 ? null : field;
}

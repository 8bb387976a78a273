import type { AssignmentCause, PeerIdentity, TrackSettings } from './events.js';
import { ORIGIN, type PeerNumber } from './ids.js';
import { IN_FRONT_OF_ALL_HEAPS } from './heap-kinds.js';

/**
 * How a peer stands: `placed` reaches the origin; `unplaced` has just joined or lost its parent and is decided
 * within the same command; `waiting` found no slot. Those below an unplaced or waiting peer stand `below` it:
 * they keep their parent and move with it as one unit.
 */
export type Standing = 'placed' | 'unplaced' | 'waiting' | 'below';

/** What a peer is told of its place: waiting peers and all below them are not fed. */
export type Role = 'Root' | 'Relay' | 'Leaf' | 'Waiting';

/** One peer of the live tree. Changed in place, by the relay tree alone. */
export interface PeerNode {
  readonly number: PeerNumber;
  /** `recorded_at` of its join, epoch milliseconds. */
  readonly joinedAt: number;
  readonly identity: PeerIdentity | null;
  /** How many children it says it can serve; null leaves it to the operator's limit. */
  claim: number | null;
  effectiveCapacity: number;
  standing: Standing;
  /** Null for roots and for whoever is unplaced or waiting. */
  parent: PeerNode | null;
  /** Ascending by number. Changed by `addChild` and `removeChild` alone: whoever has none shares one list. */
  children: readonly PeerNode[];
  /** Hops from the roots when placed, else hops from the top of its detached subtree. */
  depth: number;
  /** Why it has its parent; null before the first assignment. */
  cause: AssignmentCause | null;
  /** While unplaced: why, the parent it lost, and the size of the subtree it takes along (itself included). */
  unplacedBecause: 'joined' | 'orphaned' | 'shrunk' | 'suspected' | 'verified' | 'swapped' | 'tenured' | 'configured';
  formerParent: PeerNumber | null;
  subtreeSize: number;
  /** Whether it has been in the track for the policy's time of tenure. */
  tenured: boolean;
  /** Children say that no media comes from it, or it forwards nothing: while so, it serves nobody. */
  suspected: boolean;
  revoked: boolean;
  /** Its place in the heap of each kind, if it stands in one. Changed by the heaps alone. */
  heapPlaces: readonly number[];
}

/** The children of everybody who has none: of most peers of a tree. */
export const NO_CHILDREN: readonly PeerNode[] = [];

/** What changes with every move stands first, on one line of memory: of a tree that is replayed, most of the time goes into fetching those. */
export function newPeerNode(
  number: PeerNumber,
  joinedAt: number,
  identity: PeerIdentity | null,
  claim: number | null,
  settings: TrackSettings,
): PeerNode {
  return {
    standing: 'unplaced',
    depth: 0,
    children: NO_CHILDREN,
    parent: null,
    effectiveCapacity: effectiveCapacity({ claim, suspected: false, revoked: false }, settings),
    number,
    formerParent: null,
    cause: null,
    unplacedBecause: 'joined',
    subtreeSize: 1,
    heapPlaces: IN_FRONT_OF_ALL_HEAPS,
    tenured: false,
    suspected: false,
    revoked: false,
    identity,
    joinedAt,
    claim,
  };
}

/**
 * Rule of placement: a claim counts up to the operator's limit; without a claim the limit itself counts. Whoever is suspected, or was
 * caught forwarding nothing, serves nobody.
 */
export function effectiveCapacity(
  { claim, suspected, revoked }: Pick<PeerNode, 'claim' | 'suspected' | 'revoked'>,
  settings: TrackSettings,
): number {
  if (suspected || revoked) return 0;
  return claim === null ? settings.maxChildren : Math.min(claim, settings.maxChildren);
}

export function roleOf(peer: PeerNode): Role {
  if (peer.standing !== 'placed') return 'Waiting';
  if (peer.parent === null) return 'Root';
  return peer.children.length > 0 ? 'Relay' : 'Leaf';
}

/** The parent as events name it: `ORIGIN` for a root, null for a peer that has none. */
export function parentNumber(peer: PeerNode): PeerNumber | null {
  if (peer.parent !== null) return peer.parent.number;
  return peer.standing === 'placed' ? ORIGIN : null;
}

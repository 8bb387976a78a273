import type { PeerNumber } from '../domain/ids.js';
import { parentNumber, type PeerNode, type Role, roleOf, type Standing } from '../domain/peer-node.js';

/** Where a peer stands in the tree at one moment, copied out of the live node. */
export interface PeerPlace {
  readonly role: Role;
  readonly standing: Standing;
  /** `ORIGIN` for roots; null for whoever has none. */
  readonly parent: PeerNumber | null;
  /** Hops from the roots; null when the peer is not placed. */
  readonly depth: number | null;
  readonly children: number;
  readonly effectiveCapacity: number;
}

export function placeOf(peer: PeerNode): PeerPlace {
  return {
    role: roleOf(peer),
    standing: peer.standing,
    parent: parentNumber(peer),
    depth: peer.standing === 'placed' ? peer.depth : null,
    children: peer.children.length,
    effectiveCapacity: peer.effectiveCapacity,
  };
}

/** Whether nothing changed that the peer itself would notice: its parent, its depth, being fed. */
export function samePlace(one: PeerPlace | null, other: PeerPlace | null): boolean {
  if (one === null || other === null) return one === other;
  return one.standing === other.standing && one.parent === other.parent && one.depth === other.depth;
}

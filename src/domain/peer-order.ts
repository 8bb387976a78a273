import type { PeerNode } from './peer-node.js';

/** Order of placement after a departure (PLANNER.md, policy `shallowest`). */
export function placedSooner(one: PeerNode, other: PeerNode): boolean {
  const oneServes = one.effectiveCapacity > 0;
  if (oneServes !== other.effectiveCapacity > 0) return oneServes;
  if (one.subtreeSize !== other.subtreeSize) return one.subtreeSize > other.subtreeSize;
  return one.number < other.number;
}

/** Whose turn comes first when a slot is free: peers with children or capacity before pure viewers, then in order of joining. */
export function waitsBefore(one: PeerNode, other: PeerNode): boolean {
  const oneServes = one.effectiveCapacity > 0 || one.children.length > 0;
  if (oneServes !== (other.effectiveCapacity > 0 || other.children.length > 0)) return oneServes;
  return one.number < other.number;
}

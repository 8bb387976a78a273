import type { Position } from '../domain/ids.js';
import { type PeerNode, roleOf } from '../domain/peer-node.js';
import type { Plan } from '../domain/policies/placement-policy.js';
import type { RelayTree } from '../domain/relay-tree.js';
import type { Assignment, FailoverPlan, IceServer } from '../protocol/server-messages.js';
import { SIBLING_CONNECTS_AFTER_MS } from './limits.js';
import type { ToldPlace } from './peer-session.js';

/** A peer's place and plan at one moment, and the position at which they were true. */
export interface Place {
  readonly peer: PeerNode;
  readonly plan: Plan | null;
  readonly position: Position;
}

/** Where the peer stands now. To be called only while the tree holds nothing but durable events. */
export function placeIn(tree: RelayTree, peer: PeerNode): Place {
  // A slot above a lowered limit has no heir: it ends with whoever holds it.
  const hasHeir = peer.parent !== null && !tree.isSurplus(peer.parent);
  const plan = hasHeir ? (tree.placement?.planOf(peer) ?? null) : null;
  // Whoever has no name can't be turned to.
  const isNameless = plan !== null && plan.connectTo !== null && plan.connectTo.identity === null;
  return { peer, plan: isNameless ? null : plan, position: tree.position };
}

/** What a peer is told of its place. */
export function assignmentOf(
  { peer, plan, position }: Place,
  peerId: string,
  iceServers: readonly IceServer[],
): Assignment {
  const isFed = peer.standing === 'placed';
  return {
    peer_id: peerId,
    role: roleOf(peer),
    parent_id: peer.parent?.identity?.peerId ?? null,
    depth: isFed ? peer.depth : null,
    // The cause of a place that is lost would say nothing of the present.
    cause: isFed || peer.standing === 'below' ? peer.cause : null,
    plan: plan === null ? null : failoverPlan(plan),
    ice_servers: iceServers,
    position,
  };
}

export function toldOf({ peer, plan }: Place): ToldPlace {
  return {
    role: roleOf(peer),
    parent: peer.parent?.number ?? null,
    depth: peer.standing === 'placed' ? peer.depth : null,
    rank: plan?.rank ?? null,
    connectTo: plan?.connectTo?.number ?? null,
  };
}

export function isSamePlace(one: ToldPlace, other: ToldPlace): boolean {
  return (
    one.role === other.role &&
    one.parent === other.parent &&
    one.depth === other.depth &&
    one.rank === other.rank &&
    one.connectTo === other.connectTo
  );
}

/** The heir goes first, so that its new children find it connected. */
function failoverPlan({ rank, connectTo }: Plan): FailoverPlan {
  return {
    rank,
    connect_to: connectTo?.identity?.peerId ?? null,
    connect_after_ms: rank === 'heir' ? 0 : SIBLING_CONNECTS_AFTER_MS,
  };
}

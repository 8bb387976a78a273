import type { Position } from '../domain/ids.js';
import { type PeerNode, roleOf } from '../domain/peer-node.js';
import type { Assignment, IceServer } from '../protocol/server-messages.js';
import type { ToldPlace } from './peer-session.js';

/** What a peer is told of its place. To be called only while the tree holds nothing but durable events. */
export function assignmentOf(
  peer: PeerNode,
  peerId: string,
  position: Position,
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
    plan: null,
    ice_servers: iceServers,
    position,
  };
}

export function placeOf(peer: PeerNode): ToldPlace {
  return {
    role: roleOf(peer),
    parent: peer.parent?.number ?? null,
    depth: peer.standing === 'placed' ? peer.depth : null,
  };
}

export function isSamePlace(one: ToldPlace, other: ToldPlace): boolean {
  return one.role === other.role && one.parent === other.parent && one.depth === other.depth;
}

import { forgottenName } from '../domain/ids.js';
import type { Liveness } from '../domain/liveness.js';
import { type PeerNode, roleOf } from '../domain/peer-node.js';
import type { RelayTree } from '../domain/relay-tree.js';

/** A peer as the operators of an LVQR mesh know it. */
export interface MeshPeerJson {
  peer_id: string;
  /** `Leaf` is a peer that claims no capacity. LVQR has no word for a peer that waits: it reads as a relay or leaf whose top has no parent. */
  role: 'Root' | 'Relay' | 'Leaf';
  parent: string | null;
  depth: number;
  intended_children: number;
  forwarded_frames: number;
  capacity: number | null;
}

export interface MeshJson {
  enabled: true;
  peer_count: number;
  offload_percentage: number;
  peers: MeshPeerJson[];
}

/** What one track adds to the mesh. */
export interface MeshPart {
  /** Peers that have a place and are no roots. */
  readonly relayed: number;
  readonly peers: readonly MeshPeerJson[];
}

/** The peers of one track, in the shape of LVQR. */
export function meshPart(tree: RelayTree, liveness: Liveness): MeshPart {
  const peers = Array.from(tree.peers(), (peer) => ({
    peer_id: nameOf(peer),
    role: meshRole(peer),
    parent: peer.parent === null ? null : nameOf(peer.parent),
    depth: peer.depth,
    intended_children: peer.children.length,
    forwarded_frames: liveness.of(peer.number)?.forwardedFrames ?? 0,
    capacity: peer.claim,
  }));
  return { relayed: tree.placedCount - tree.rootCount, peers };
}

/** The mesh of several tracks together. */
export function meshJson(parts: readonly MeshPart[]): MeshJson {
  const peers = parts.flatMap((part) => part.peers);
  const relayed = parts.reduce((sum, part) => sum + part.relayed, 0);
  return {
    enabled: true,
    peer_count: peers.length,
    offload_percentage: offloadPercentage(relayed, peers.length),
    peers,
  };
}

/**
 * Share of viewers that peers feed, in per cent with one decimal; 0 when there are none. Who waits for a slot is fed by nobody.
 *
 * @param relayed peers that have a place and are no roots. @param all peers.
 */
export function offloadPercentage(relayed: number, all: number): number {
  return all === 0 ? 0 : Math.round((relayed * 1000) / all) / 10;
}

function nameOf(peer: PeerNode): string {
  return peer.identity?.peerId ?? forgottenName(peer.number);
}

/** LVQR calls everyone below the roots a relay, whether it has children or not, unless it claims no capacity. */
function meshRole(peer: PeerNode): MeshPeerJson['role'] {
  if (roleOf(peer) === 'Root') return 'Root';
  return peer.claim === 0 ? 'Leaf' : 'Relay';
}

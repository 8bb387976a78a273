import type { Liveness } from '../domain/liveness.js';
import { type PeerNode, roleOf } from '../domain/peer-node.js';
import type { RelayTree } from '../domain/relay-tree.js';
import { offloadPercentage, relayedIn } from './offload.js';
import { peerIdOf } from './tree-json.js';

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
    peer_id: peerIdOf(peer),
    role: meshRole(peer),
    parent: peer.parent === null ? null : peerIdOf(peer.parent),
    depth: peer.depth,
    intended_children: peer.children.length,
    forwarded_frames: liveness.of(peer.number)?.forwardedFrames ?? 0,
    capacity: peer.claim,
  }));
  return { relayed: relayedIn(tree), peers };
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

/** LVQR calls everyone below the roots a relay, whether it has children or not, unless it claims no capacity. */
function meshRole(peer: PeerNode): MeshPeerJson['role'] {
  if (roleOf(peer) === 'Root') return 'Root';
  return peer.claim === 0 ? 'Leaf' : 'Relay';
}

import type { Liveness } from '../domain/liveness.js';
import { type PeerNode, roleOf } from '../domain/peer-node.js';
import type { RelayTree } from '../domain/relay-tree.js';
import { checkLength, digestOf, type DocumentInPieces, lengthOf } from './document.js';
import type { MeshPart } from './history-request.js';
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

const utf8 = new TextEncoder();
/** What stands behind the peers. */
const END = ']}';

export const NOBODY_IN_MESH: MeshPart = { peerCount: 0, relayed: 0, body: new Uint8Array(), digest: '' };

/** The peers of one track, in the shape of LVQR. */
export function meshPart(tree: RelayTree, liveness: Liveness): MeshPart {
  const peers = Array.from(tree.peers(), (peer): MeshPeerJson => ({
    peer_id: peerIdOf(peer),
    role: meshRole(peer),
    parent: peer.parent === null ? null : peerIdOf(peer.parent),
    depth: peer.depth,
    intended_children: peer.children.length,
    forwarded_frames: liveness.of(peer.number)?.forwardedFrames ?? 0,
    capacity: peer.claim,
  }));
  const body = utf8.encode(JSON.stringify(peers).slice(1, -1));
  return { peerCount: peers.length, relayed: relayedIn(tree), body, digest: digestOf([body]) };
}

/** The `MeshJson` of several tracks together. @throws HistoryFault `query_too_costly` for an answer that is too long. */
export function meshDocument(parts: readonly MeshPart[], isFinal: boolean): DocumentInPieces {
  const peerCount = parts.reduce((sum, part) => sum + part.peerCount, 0);
  const relayed = parts.reduce((sum, part) => sum + part.relayed, 0);
  const figures: MeshJson = {
    enabled: true,
    peer_count: peerCount,
    offload_percentage: offloadPercentage(relayed, peerCount),
    peers: [],
  };
  const opening = utf8.encode(JSON.stringify(figures).slice(0, -END.length));
  const bodies = parts.filter((part) => part.peerCount > 0).map((part) => part.body);
  const listed = bodies.flatMap((body, index) => (index === 0 ? [body] : [utf8.encode(','), body]));
  const pieces = [opening, ...listed, utf8.encode(END)];
  checkLength(lengthOf(pieces));
  return { pieces, digest: digestOf([opening, ...parts.map((part) => part.digest)]), isFinal };
}

/** LVQR calls everyone below the roots a relay, whether it has children or not, unless it claims no capacity. */
function meshRole(peer: PeerNode): MeshPeerJson['role'] {
  if (roleOf(peer) === 'Root') return 'Root';
  return peer.claim === 0 ? 'Leaf' : 'Relay';
}

import { forgottenName, type Position } from '../domain/ids.js';
import type { Liveness } from '../domain/liveness.js';
import { type PeerNode, type Role, roleOf } from '../domain/peer-node.js';
import type { RelayTree } from '../domain/relay-tree.js';
import { offloadOf } from './offload.js';

/** A relay tree as the CLI and HTTP answer it. Times are epoch milliseconds. */
export interface TreeJson {
  track: string;
  /** Position in the log, pulses counted; 0 before the first event. */
  position: Position;
  /** Of the event at `position`; null before the first. */
  recorded_at: number | null;
  /** SHA-256 (hex) of the topology state. */
  state_hash: string;
  peer_count: number;
  root_count: number;
  /** Peers that are not fed: in the track without a slot, or below such a peer. */
  waiting_count: number;
  /** Placed peers that are not roots, of all peers, rounded to one decimal; 0 when there are none. */
  offload_percentage: number;
  /** Depth of the deepest placed peer; 0 when there is none. */
  max_depth_seen: number;
  /** In order of joining. */
  peers: PeerJson[];
}

interface PeerJson {
  /** `#` and its number after the peer was forgotten. */
  peer_id: string;
  role: Role;
  /** Null for roots and for whoever waits for a slot; peers below a waiting one keep their parent. */
  parent_id: string | null;
  /** Hops from the roots; null when the peer is not placed. */
  depth: number | null;
  /** In order of joining. */
  children: string[];
  /** As claimed; null leaves it to the operator's limit. */
  capacity: number | null;
  effective_capacity: number;
  joined_at: number;
  /** Cumulative, as last reported; with liveness only. */
  forwarded_frames?: number;
  /** Null before the first heartbeat; with liveness only. */
  last_heartbeat_at?: number | null;
  /** Whether the peer's deadline has passed; with liveness only. */
  overdue?: boolean;
}

/** What the second fold adds: `atMs` is the moment deadlines are judged at, epoch milliseconds. */
export interface LivenessView {
  readonly liveness: Liveness;
  readonly atMs: number;
}

/**
 * The contract's JSON of a tree, the same bytes for the live tree and for one folded from the log. `position` and `recordedAt`
 * are the moment asked about, which may be a pulse behind the tree's last event. Pure; costs in proportion to the peers.
 */
export function treeJson(
  track: string,
  tree: RelayTree,
  position: Position,
  recordedAt: number | null,
  hash: string,
  view: LivenessView | null = null,
): TreeJson {
  let deepest = 0;
  const peers: PeerJson[] = [];
  for (const peer of tree.peers()) {
    const json = peerJson(peer);
    if (view !== null) addLiveness(json, peer, tree, view);
    if (json.depth !== null && json.depth > deepest) deepest = json.depth;
    peers.push(json);
  }
  return {
    track,
    position,
    recorded_at: recordedAt,
    state_hash: hash,
    peer_count: tree.size,
    root_count: tree.rootCount,
    waiting_count: tree.size - tree.placedCount,
    offload_percentage: offloadOf(tree),
    max_depth_seen: deepest,
    peers,
  };
}

/** One peer of the tree as JSON, without liveness. */
function peerJson(peer: PeerNode): PeerJson {
  return {
    peer_id: peerIdOf(peer),
    role: roleOf(peer),
    parent_id: peer.parent === null ? null : peerIdOf(peer.parent),
    depth: peer.standing === 'placed' ? peer.depth : null,
    children: peer.children.map(peerIdOf),
    capacity: peer.claim,
    effective_capacity: peer.effectiveCapacity,
    joined_at: peer.joinedAt,
  };
}

/** One peer of a tree, and the moment. */
export interface PeerAtJson extends PeerJson {
  track: string;
  position: Position;
  recorded_at: number | null;
  /** Its number: the position of its join. */
  peer: number;
}

/** One peer as it stood at a moment; the same fields as in the tree. */
export function peerAtJson(
  track: string,
  tree: RelayTree,
  peer: PeerNode,
  position: Position,
  recordedAt: number | null,
  view: LivenessView | null = null,
): PeerAtJson {
  const json = { track, position, recorded_at: recordedAt, peer: peer.number, ...peerJson(peer) };
  if (view !== null) addLiveness(json, peer, tree, view);
  return json;
}

function addLiveness(json: PeerJson, peer: PeerNode, tree: RelayTree, { liveness, atMs }: LivenessView): void {
  const heard = liveness.of(peer.number);
  const timeoutMs = tree.settings?.heartbeatTimeoutMs ?? 0;
  json.forwarded_frames = heard?.forwardedFrames ?? 0;
  json.last_heartbeat_at = heard?.lastHeartbeatAt ?? null;
  json.overdue = heard !== null && liveness.deadline(heard, timeoutMs) <= atMs;
}

/** The name of a peer; `#` and its number after it was forgotten. */
export function peerIdOf(peer: PeerNode): string {
  return peer.identity?.peerId ?? forgottenName(peer.number);
}

import type { AssignmentCause } from '../domain/events.js';
import type { PeerNumber, Position } from '../domain/ids.js';
import type { PeerNode } from '../domain/peer-node.js';
import type { RelayTree } from '../domain/relay-tree.js';
import type { EventLogReader, EventRange } from '../event-log/event-log.js';
import { stateHash } from '../event-log/state-hash.js';
import type { Moment, MomentRange } from './moment.js';
import { PeerNames } from './peer-names.js';
import { type PeerPlace, placeOf, samePlace } from './peer-place.js';
import { placeJson, type PlaceJson } from './place-json.js';
import { namingTrack, type OnProgress, treeAt } from './tree-at.js';
import { departureWord, type DepartureWord } from './departure.js';
import { offloadOf } from './offload.js';

/** What lies between two moments of a track. Times are epoch milliseconds; all lists are in order of joining. */
export interface DiffJson {
  track: string;
  from: DiffMomentJson;
  to: DiffMomentJson;
  joined_count: number;
  left_count: number;
  moved_count: number;
  /** Peers that joined and were gone again in between: in neither tree, and in none of the lists. */
  passed_through_count: number;
  joined: JoinedJson[];
  left: LeftJson[];
  moved: MovedJson[];
  /** Peers of both trees whose capacity differs, as claimed or as it counts. */
  capacity_changed_count: number;
  capacity_changed: CapacityChangedJson[];
  offload_percentage: BeforeAfterJson;
  /** Depth of the deepest placed peer. */
  max_depth_seen: BeforeAfterJson;
}

/** One figure of the tree at both moments, and the difference. */
export interface BeforeAfterJson {
  from: number;
  to: number;
  change: number;
}

export interface CapacityChangedJson extends DiffPeerJson {
  from: CapacityJson;
  to: CapacityJson;
}

interface CapacityJson {
  /** As claimed; null leaves it to the operator's limit. */
  capacity: number | null;
  effective_capacity: number;
}

/** One of the two moments. */
export interface DiffMomentJson {
  position: Position;
  recorded_at: number | null;
  state_hash: string;
  peer_count: number;
}

export interface JoinedJson extends DiffPeerJson {
  joined_at: number;
  /** Whether the same peer_id was in the track at `from` under an earlier number. */
  returned: boolean;
  to: PlaceJson;
}

export interface LeftJson extends DiffPeerJson {
  position: Position;
  left_at: number;
  cause: DepartureWord;
  from: PlaceJson;
}

export interface MovedJson extends DiffPeerJson {
  from: PlaceJson;
  to: PlaceJson;
  /** Decisions about the peer itself in between; 0 when it moved along with a peer above it. */
  decisions: number;
  /** Of the last of them; null when there was none, or it was to wait. */
  cause: AssignmentCause | null;
}

interface DiffPeerJson {
  peer: PeerNumber;
  peer_id: string | null;
}

/**
 * Who joined, left, moved and changed its capacity between two moments, and what that made of offload and depth: the two trees side by side,
 * and for the reasons what indexes find about those peers. A peer has moved when its parent, its depth, or being fed differs. Costs two
 * trees, and little for what is between.
 *
 * @throws HistoryFault `query_too_costly`; CorruptLogError, with the track named.
 */
export function diffOf(
  reader: EventLogReader,
  track: string,
  { from, to }: MomentRange,
  onProgress?: OnProgress,
): DiffJson {
  const names = new PeerNames(reader, track);
  const tree = treeAt(reader, track, from.position, onProgress);
  names.learnAll(tree);
  const before = new TreeBefore(tree);
  const fromJson = momentJson(from, tree);
  const later = treeAt(reader, track, to.position, onProgress, tree);
  names.learnAll(later);
  const range = { track, afterPosition: from.position, untilPosition: to.position };
  return {
    track,
    from: fromJson,
    to: momentJson(to, later),
    ...namingTrack(track, () => compared(reader, range, before, later, names)),
  };
}

function momentJson({ position, recordedAt }: Moment, tree: RelayTree): DiffMomentJson {
  return { position, recorded_at: recordedAt, state_hash: stateHash(tree), peer_count: tree.size };
}

/** What is kept of one peer of the earlier tree. */
interface Remembered {
  readonly peerId: string | null;
  readonly place: PeerPlace;
  readonly capacity: CapacityJson;
}

/** The earlier tree, which becomes the later one. */
class TreeBefore {
  readonly peers = new Map<PeerNumber, Remembered>();
  readonly names = new Set<string>();
  readonly offload: number;
  readonly depth: number;

  constructor(tree: RelayTree) {
    for (const peer of tree.peers()) {
      const peerId = peer.identity?.peerId ?? null;
      this.peers.set(peer.number, { peerId, place: placeOf(peer), capacity: capacityOf(peer) });
      if (peerId !== null) this.names.add(peerId);
    }
    this.offload = offloadOf(tree);
    this.depth = deepest(tree);
  }
}

function compared(
  reader: EventLogReader,
  range: EventRange,
  before: TreeBefore,
  tree: RelayTree,
  names: PeerNames,
): Omit<DiffJson, 'track' | 'from' | 'to'> {
  const joined = joinedPeers(before, tree, names);
  const left = leftPeers(reader, range, before, tree, names);
  const moved = movedPeers(reader, range, before, tree, names);
  const capacityChanged = changedCapacities(before, tree);
  return {
    joined_count: joined.length,
    left_count: left.length,
    moved_count: moved.length,
    passed_through_count: reader.joinCount(range) - joined.length,
    joined,
    left,
    moved,
    capacity_changed_count: capacityChanged.length,
    capacity_changed: capacityChanged,
    offload_percentage: beforeAfter(before.offload, offloadOf(tree)),
    max_depth_seen: beforeAfter(before.depth, deepest(tree)),
  };
}

function joinedPeers(before: TreeBefore, tree: RelayTree, names: PeerNames): JoinedJson[] {
  const joined: JoinedJson[] = [];
  for (const peer of tree.peers()) {
    if (before.peers.has(peer.number)) continue;
    const { peerId } = nameOf(peer);
    const returned = peerId !== null && before.names.has(peerId);
    const to = placeJson(placeOf(peer), names);
    joined.push({ peer: peer.number, peer_id: peerId, joined_at: peer.joinedAt, returned, to });
  }
  return joined;
}

function leftPeers(
  reader: EventLogReader,
  range: EventRange,
  before: TreeBefore,
  tree: RelayTree,
  names: PeerNames,
): LeftJson[] {
  const gone = [...before.peers.keys()].filter((peer) => tree.peer(peer) === null);
  const left = reader.departures(range, gone).flatMap((event) => {
    const cause = departureWord(event);
    const known = 'peer' in event ? before.peers.get(event.peer) : undefined;
    if (cause === null || known === undefined || !('peer' in event)) return [];
    const { position, recordedAt, peer } = event;
    const from = placeJson(known.place, names);
    return [{ peer, peer_id: known.peerId, position, left_at: recordedAt, cause, from }];
  });
  return left.sort((one, other) => one.peer - other.peer);
}

function movedPeers(
  reader: EventLogReader,
  range: EventRange,
  before: TreeBefore,
  tree: RelayTree,
  names: PeerNames,
): MovedJson[] {
  const moved: { peer: PeerNode; from: PeerPlace; to: PeerPlace }[] = [];
  for (const peer of tree.peers()) {
    const [from, to] = [before.peers.get(peer.number)?.place, placeOf(peer)];
    if (from !== undefined && !samePlace(from, to)) moved.push({ peer, from, to });
  }
  const numbers = moved.map(({ peer }) => peer.number);
  const decided = new Map(reader.decisionsAbout(range, numbers).map((about) => [about.peer, about]));
  return moved.map(({ peer, from, to }) => {
    const { count = 0, last } = decided.get(peer.number) ?? {};
    const cause = last?.type === 'ParentAssigned' ? last.cause : null;
    const places = { from: placeJson(from, names), to: placeJson(to, names) };
    return { peer: peer.number, peer_id: nameOf(peer).peerId, ...places, decisions: count, cause };
  });
}

function changedCapacities(before: TreeBefore, tree: RelayTree): CapacityChangedJson[] {
  const changed: CapacityChangedJson[] = [];
  for (const peer of tree.peers()) {
    const [from, to] = [before.peers.get(peer.number)?.capacity, capacityOf(peer)];
    if (from !== undefined && !sameCapacity(from, to))
      changed.push({ peer: peer.number, peer_id: nameOf(peer).peerId, from, to });
  }
  return changed;
}

function nameOf({ identity }: PeerNode): { readonly peerId: string | null } {
  return { peerId: identity?.peerId ?? null };
}

function capacityOf({ claim, effectiveCapacity }: PeerNode): CapacityJson {
  return { capacity: claim, effective_capacity: effectiveCapacity };
}

function sameCapacity(one: CapacityJson, other: CapacityJson): boolean {
  return one.capacity === other.capacity && one.effective_capacity === other.effective_capacity;
}

function deepest(tree: RelayTree): number {
  let depth = 0;
  for (const peer of tree.peers()) if (peer.standing === 'placed') depth = Math.max(depth, peer.depth);
  return depth;
}

/** Figures have one decimal at most, and so has their difference. */
function beforeAfter(from: number, to: number): BeforeAfterJson {
  return { from, to, change: Math.round((to - from) * 10) / 10 };
}

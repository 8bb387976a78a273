import type { AssignmentCause, RecordedTopologyEvent } from '../domain/events.js';
import { evolve } from '../domain/evolve.js';
import type { PeerNumber, Position } from '../domain/ids.js';
import type { PeerNode } from '../domain/peer-node.js';
import type { RelayTree } from '../domain/relay-tree.js';
import type { EventLogReader } from '../event-log/event-log.js';
import { stateHash } from '../event-log/state-hash.js';
import type { Moment, MomentRange } from './moment.js';
import { PeerNames } from './peer-names.js';
import { type PeerPlace, placeOf, samePlace } from './peer-place.js';
import { placeJson, type PlaceJson } from './place-json.js';
import { eventsWithin, type ReadCost } from './read-cost.js';
import { namingTrack, treeAt } from './tree-at.js';
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
 * Who joined, left, moved and changed its capacity between two moments, and what that made of offload and depth: the two trees side by side, and the events between them for the reasons. A
 * peer has moved when its parent, its depth, or being fed differs. Costs the events in between, and memory for the peers of both trees.
 *
 * @throws HistoryFault `query_too_costly`; CorruptLogError, with the track named.
 */
export function diffOf(
  reader: EventLogReader,
  track: string,
  { from, to }: MomentRange,
  cost: ReadCost = {},
): DiffJson {
  const tree = treeAt(reader, track, from.position, cost.onProgress);
  const comparison = new Comparison(tree, new PeerNames(reader, track));
  const fromJson = momentJson(from, tree);
  const range = { track, afterPosition: from.position, untilPosition: to.position };
  namingTrack(track, () => {
    for (const event of eventsWithin(reader, range, cost)) comparison.take(event);
  });
  return { track, from: fromJson, to: momentJson(to, tree), ...comparison.finish() };
}

function momentJson({ position, recordedAt }: Moment, tree: RelayTree): DiffMomentJson {
  return { position, recorded_at: recordedAt, state_hash: stateHash(tree), peer_count: tree.size };
}

/** What is known of one peer of the earlier tree. */
interface Remembered {
  readonly peerId: string | null;
  readonly place: PeerPlace;
  readonly capacity: CapacityJson;
  decisions: number;
  cause: AssignmentCause | null;
}

class Comparison {
  readonly #offloadBefore: number;
  readonly #depthBefore: number;
  readonly #before = new Map<PeerNumber, Remembered>();
  readonly #namesBefore = new Set<string>();
  readonly #left: LeftJson[] = [];
  #passedThrough = 0;

  /** @param tree as it was; it is changed along. */
  constructor(
    private readonly tree: RelayTree,
    private readonly names: PeerNames,
  ) {
    for (const peer of tree.peers()) {
      const peerId = peer.identity?.peerId ?? null;
      this.#before.set(peer.number, {
        peerId,
        place: placeOf(peer),
        capacity: capacityOf(peer),
        decisions: 0,
        cause: null,
      });
      if (peerId !== null) this.#namesBefore.add(peerId);
    }
    this.#offloadBefore = offloadOf(tree);
    this.#depthBefore = deepest(tree);
  }

  take(event: RecordedTopologyEvent): void {
    evolve(this.tree, event);
    const departure = departureWord(event);
    if (departure !== null && 'peer' in event) this.#depart(event, departure);
    if (event.type !== 'ParentAssigned' && event.type !== 'PeerWaiting') return;
    const known = this.#before.get(event.peer);
    if (known === undefined) return;
    known.decisions += 1;
    known.cause = event.type === 'ParentAssigned' ? event.cause : null;
  }

  finish(): Omit<DiffJson, 'track' | 'from' | 'to'> {
    const joined: JoinedJson[] = [];
    const moved: MovedJson[] = [];
    const capacityChanged: CapacityChangedJson[] = [];
    for (const peer of this.tree.peers()) {
      const place = placeOf(peer);
      const known = this.#before.get(peer.number);
      const peerId = peer.identity?.peerId ?? null;
      const named = { peer: peer.number, peer_id: peerId };
      const to = placeJson(place, this.names);
      if (known === undefined) {
        const returned = peerId !== null && this.#namesBefore.has(peerId);
        joined.push({ ...named, joined_at: peer.joinedAt, returned, to });
        continue;
      }
      const capacity = capacityOf(peer);
      if (!sameCapacity(known.capacity, capacity))
        capacityChanged.push({ ...named, from: known.capacity, to: capacity });
      if (!samePlace(known.place, place)) {
        const { decisions, cause } = known;
        moved.push({ ...named, from: placeJson(known.place, this.names), to, decisions, cause });
      }
    }
    const left = this.#left.sort((one, other) => one.peer - other.peer);
    return {
      joined_count: joined.length,
      left_count: left.length,
      moved_count: moved.length,
      passed_through_count: this.#passedThrough,
      joined,
      left,
      moved,
      capacity_changed_count: capacityChanged.length,
      capacity_changed: capacityChanged,
      offload_percentage: beforeAfter(this.#offloadBefore, offloadOf(this.tree)),
      max_depth_seen: beforeAfter(this.#depthBefore, deepest(this.tree)),
    };
  }

  #depart(event: RecordedTopologyEvent & { peer: PeerNumber }, cause: DepartureWord): void {
    const known = this.#before.get(event.peer);
    if (known === undefined) {
      this.#passedThrough += 1;
      return;
    }
    const { position, recordedAt, peer } = event;
    const from = placeJson(known.place, this.names);
    this.#left.push({ peer, peer_id: known.peerId, position, left_at: recordedAt, cause, from });
  }
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

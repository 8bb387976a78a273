import type { RecordedTopologyEvent } from '../domain/events.js';
import { evolve } from '../domain/evolve.js';
import type { PeerNumber, Position } from '../domain/ids.js';
import type { RelayTree } from '../domain/relay-tree.js';
import type { TreeWatcher } from '../domain/tree-watcher.js';
import type { EventLogReader } from '../event-log/event-log.js';
import { type PeerPlace, placeOf, samePlace } from './peer-place.js';
import { namingTrack, type OnProgress, treeAt } from './tree-at.js';

/** What became of one peer's place; null stands for not being in the track. */
export interface PlaceChange {
  readonly peer: PeerNumber;
  readonly before: PeerPlace | null;
  readonly after: PeerPlace | null;
}

/** One topology event that was played, and what it did to the tree. */
export interface ReplayStep {
  readonly event: RecordedTopologyEvent;
  /** Pulses that stand between the topology event before and this one. */
  readonly pulsesBefore: number;
  /** In order of joining; a change of the role alone is none. */
  readonly changes: readonly PlaceChange[];
}

/** The part of a log that is played. */
export interface ReplayRange {
  /** Behind this position. */
  readonly afterPosition: Position;
  readonly untilPosition: Position;
}

/** Plays the topology events of a track one after the other, to and fro, with the tree they make. */
export class Replay {
  tree: RelayTree;
  #position: Position;
  #events: Iterator<RecordedTopologyEvent> | null = null;
  readonly #played: Position[] = [];
  #places: Map<PeerNumber, PeerPlace>;
  readonly #touched = new Set<PeerNumber>();
  readonly #watcher: TreeWatcher = {
    changed: ({ number }) => this.#touched.add(number),
    detached: ({ number }) => this.#touched.add(number),
  };

  /** @throws CorruptLogError, with the track named, here and in all that plays. */
  constructor(
    private readonly reader: EventLogReader,
    readonly track: string,
    readonly range: ReplayRange,
    private readonly onProgress: OnProgress = () => undefined,
  ) {
    this.#position = range.afterPosition;
    this.tree = this.#treeAt(range.afterPosition);
    this.#places = placesOf(this.tree);
  }

  /** Of the last event played; where the range begins before the first. */
  get position(): Position {
    return this.#position;
  }

  /** Plays the next event. @returns null at the end of the range. */
  forward(): ReplayStep | null {
    const event = namingTrack(this.track, () => this.#next());
    if (event === null) return null;
    const pulsesBefore = event.position - this.#position - 1;
    this.#touched.clear();
    namingTrack(this.track, () => evolve(this.tree, event));
    if ('peer' in event) this.#touched.add(event.peer);
    this.#position = event.position;
    this.#played.push(event.position);
    return { event, pulsesBefore, changes: this.#changesOfTouched() };
  }

  /**
   * Goes back to the position before the last event played: the tree is the one as of there.
   *
   * @returns what that changed; null at the beginning of the range.
   */
  back(): readonly PlaceChange[] | null {
    if (this.#played.pop() === undefined) return null;
    return this.#moveTo(this.#played.at(-1) ?? this.range.afterPosition);
  }

  /** Goes back to the beginning of the range. @returns what that changed. */
  rewind(): readonly PlaceChange[] {
    this.#played.length = 0;
    return this.#moveTo(this.range.afterPosition);
  }

  #moveTo(position: Position): readonly PlaceChange[] {
    this.#position = position;
    this.#events?.return?.();
    this.#events = null;
    const before = this.#places;
    this.tree = this.#treeAt(position);
    this.#places = placesOf(this.tree);
    return changesBetween(before, this.#places);
  }

  #treeAt(position: Position): RelayTree {
    const tree = treeAt(this.reader, this.track, position, this.onProgress);
    tree.watcher = this.#watcher;
    return tree;
  }

  #next(): RecordedTopologyEvent | null {
    const { untilPosition } = this.range;
    this.#events ??= this.reader.topologyEvents({ track: this.track, afterPosition: this.#position, untilPosition });
    const next = this.#events.next();
    return next.done === true ? null : next.value;
  }

  #changesOfTouched(): PlaceChange[] {
    const changes: PlaceChange[] = [];
    for (const peer of this.#touched) {
      const node = this.tree.peer(peer);
      const before = this.#places.get(peer) ?? null;
      const after = node === null ? null : placeOf(node);
      if (after === null) this.#places.delete(peer);
      else this.#places.set(peer, after);
      if (!samePlace(before, after)) changes.push({ peer, before, after });
    }
    return changes.sort((one, other) => one.peer - other.peer);
  }
}

function placesOf(tree: RelayTree): Map<PeerNumber, PeerPlace> {
  const places = new Map<PeerNumber, PeerPlace>();
  for (const peer of tree.peers()) places.set(peer.number, placeOf(peer));
  return places;
}

function changesBetween(
  before: ReadonlyMap<PeerNumber, PeerPlace>,
  after: ReadonlyMap<PeerNumber, PeerPlace>,
): PlaceChange[] {
  const changes: PlaceChange[] = [];
  for (const [peer, place] of before) {
    const now = after.get(peer) ?? null;
    if (!samePlace(place, now)) changes.push({ peer, before: place, after: now });
  }
  for (const [peer, place] of after) if (!before.has(peer)) changes.push({ peer, before: null, after: place });
  return changes.sort((one, other) => one.peer - other.peer);
}

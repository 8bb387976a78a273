import type { Position } from '../domain/ids.js';
import type { RelayTree } from '../domain/relay-tree.js';
import type { EventLogReader } from '../event-log/event-log.js';
import { treeAt } from './tree-at.js';

/** Trees kept in memory to go on from. */
const FOLLOWED_TREES_MAX = 8;

/** Trees of the tracks that are asked about: the next question about the same track folds only what is new. */
export class FollowedTrees {
  readonly #followed = new Map<string, RelayTree>();
  #namesVersion = 0;

  constructor(private readonly reader: EventLogReader) {}

  /**
   * The tree of a track as it stood after the event at `position`. It must not be changed, and is another one's after the next call.
   *
   * @throws CorruptLogError, with the track named.
   */
  at(track: string, position: Position): RelayTree {
    this.#dropErasedNames();
    const followed = this.#followed.get(track) ?? null;
    // It may only be used again while it is right, so it is taken out while it is changed.
    this.#followed.delete(track);
    const tree = treeAt(this.reader, track, position, undefined, followed);
    if (this.#followed.size >= FOLLOWED_TREES_MAX) this.#followed.delete(this.#followed.keys().next().value ?? '');
    this.#followed.set(track, tree);
    return tree;
  }

  /** Trees hold names. Once some may have been erased they are made anew. */
  #dropErasedNames(): void {
    const version = this.reader.namesVersion?.() ?? 0;
    if (version !== this.#namesVersion) this.#followed.clear();
    this.#namesVersion = version;
  }
}

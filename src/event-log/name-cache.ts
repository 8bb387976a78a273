import type { PeerIdentity } from '../domain/events.js';
import type { PeerNumber } from '../domain/ids.js';
import { NAMES_CACHED_MAX } from './event-log-limits.js';

type Names = Map<PeerNumber, PeerIdentity>;

/**
 * Names that were looked up, by track and number: most peers of one moment are those of the next that is asked about. A number never
 * gets another name, but it may lose it: then `keepWhile` drops them all.
 */
export class NameCache {
  /** Asked for of late. When these are half of what may be kept they become the earlier ones, and those go. */
  #recent = new Map<string, Names>();
  #earlier = new Map<string, Names>();
  #recentCount = 0;
  #version = 0;

  constructor(private readonly namesMax = NAMES_CACHED_MAX) {}

  /** To be called before names are asked for. @param version of the names in the log: with another one all of them are looked up again. */
  keepWhile(version: number): void {
    if (version !== this.#version) this.clear();
    this.#version = version;
  }

  /** The name of one peer, which is looked up when it is not known; null when it has none. */
  one(track: string, peer: PeerNumber, lookUp: () => PeerIdentity | null): PeerIdentity | null {
    const known = this.#recent.get(track)?.get(peer) ?? this.#earlier.get(track)?.get(peer);
    const identity = known ?? lookUp();
    if (identity !== null) this.#keep(track, [[peer, identity]]);
    return identity;
  }

  /** Names of peers, in their order; those that are not known are looked up all at once. Null for one that has none. */
  all(
    track: string,
    peers: ArrayLike<PeerNumber>,
    lookUp: (unknown: readonly PeerNumber[]) => Names,
  ): (PeerIdentity | null)[] {
    const [recent, earlier] = [this.#recent.get(track), this.#earlier.get(track)];
    const unknown: PeerNumber[] = [];
    const promoted: [PeerNumber, PeerIdentity][] = [];
    const found = Array.from(peers, (peer) => {
      const known = recent?.get(peer);
      if (known !== undefined) return known;
      const before = earlier?.get(peer);
      if (before === undefined) unknown.push(peer);
      else promoted.push([peer, before]);
      return before ?? null;
    });
    this.#keep(track, promoted);
    if (unknown.length === 0) return found;
    const names = lookUp(unknown);
    this.#keep(track, names);
    return found.map((known, index) => known ?? names.get(peers[index] ?? 0) ?? null);
  }

  clear(): void {
    this.#recent.clear();
    this.#earlier.clear();
    this.#recentCount = 0;
  }

  #keep(track: string, names: Iterable<readonly [PeerNumber, PeerIdentity]>): void {
    for (const [peer, identity] of names) {
      let kept = this.#recent.get(track);
      if (kept === undefined) this.#recent.set(track, (kept = new Map<PeerNumber, PeerIdentity>()));
      if (kept.has(peer)) continue;
      kept.set(peer, identity);
      this.#recentCount += 1;
      if (this.#recentCount <= this.namesMax / 2) continue;
      this.#earlier = this.#recent;
      this.#recent = new Map();
      this.#recentCount = 0;
    }
  }
}

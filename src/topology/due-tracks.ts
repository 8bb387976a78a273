import { TICK_MS } from './limits.js';

/** When to look at which track again, in buckets of one tick: looking costs in proportion to what is due, not to all. */
export class DueTracks {
  readonly #buckets = new Map<number, Set<string>>();
  readonly #scheduled = new Map<string, number>();

  /** Names the next moment to look at a track; of two moments the earlier one counts. */
  schedule(track: string, atMs: number): void {
    const bucket = Math.ceil(atMs / TICK_MS);
    const known = this.#scheduled.get(track);
    if (known !== undefined && known <= bucket) return;
    if (known !== undefined) this.#buckets.get(known)?.delete(track);
    this.#scheduled.set(track, bucket);
    const names = this.#buckets.get(bucket);
    if (names === undefined) this.#buckets.set(bucket, new Set([track]));
    else names.add(track);
  }

  /** Takes out the tracks whose moment has come. */
  take(nowMs: number): string[] {
    const due: string[] = [];
    for (const [bucket, names] of this.#buckets) {
      if (bucket * TICK_MS > nowMs) continue;
      this.#buckets.delete(bucket);
      for (const name of names) {
        this.#scheduled.delete(name);
        due.push(name);
      }
    }
    return due;
  }
}

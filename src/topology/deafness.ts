import { STALL_RECORDED_MS } from './limits.js';

/**
 * Whether pulses had to be refused because the writer could not keep up: then the service cannot know who is alive, and must
 * blame no peer for its own overload. It lasts until no pulse was refused for a while, so that an overload is one absence.
 */
export class Deafness {
  #since: number | null = null;
  #lastRefusedAt = 0;

  get lasts(): boolean {
    return this.#since !== null;
  }

  refused(nowMs: number): void {
    this.#since ??= nowMs;
    this.#lastRefusedAt = nowMs;
  }

  /** @returns how long it lasted when it is over, milliseconds, once; 0 else. */
  take(nowMs: number): number {
    if (this.#since === null || nowMs - this.#lastRefusedAt < STALL_RECORDED_MS) return 0;
    const lastedMs = nowMs - this.#since;
    this.#since = null;
    return lastedMs;
  }
}

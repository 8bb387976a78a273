import { ADDRESSES_MAX } from './limits.js';

/** Lets through a lasting rate and a burst. Full when made; refills with time. */
export class TokenBucket {
  #tokens: number;
  #filledAt: number;

  /** @param nowMs monotonic milliseconds, here and below. */
  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
    nowMs: number,
  ) {
    this.#tokens = burst;
    this.#filledAt = nowMs;
  }

  /** Takes one token. @returns false when there is none. */
  take(nowMs: number): boolean {
    const refilled = this.#tokens + ((nowMs - this.#filledAt) * this.perSecond) / 1000;
    this.#filledAt = nowMs;
    this.#tokens = Math.min(this.burst, refilled);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

/** One bucket for each address. Remembers a bounded number of them: the one unused for longest makes room, most likely full. */
export class AddressBuckets {
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
    private readonly addressesMax = ADDRESSES_MAX,
  ) {}

  get size(): number {
    return this.#buckets.size;
  }

  take(address: string, nowMs: number): boolean {
    const bucket = this.#buckets.get(address) ?? new TokenBucket(this.perSecond, this.burst, nowMs);
    // A Map iterates in order of insertion, so inserting anew keeps the least recently used in front.
    this.#buckets.delete(address);
    this.#buckets.set(address, bucket);
    for (const oldest of this.#buckets.keys()) {
      if (this.#buckets.size <= this.addressesMax) break;
      this.#buckets.delete(oldest);
    }
    return bucket.take(nowMs);
  }
}

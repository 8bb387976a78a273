/** Buckets grow by 2 %, from 0.05 ms to well over a minute, so a percentile is off by 1 % at most and memory stays fixed. */
const LOWEST_MS = 0.05;
const GROWTH = 1.02;
const BUCKETS = 768;
const LOG_GROWTH = Math.log(GROWTH);

export type LatencyFigures = Readonly<{ count: number; p50_ms: number; p99_ms: number; max_ms: number }>;

/** Counts how long answers took. */
export class LatencyHistogram {
  readonly #counts = new Uint32Array(BUCKETS);
  #count = 0;
  #maxMs = 0;

  add(elapsedMs: number): void {
    const bucket = elapsedMs <= LOWEST_MS ? 0 : Math.ceil(Math.log(elapsedMs / LOWEST_MS) / LOG_GROWTH);
    const index = Math.min(BUCKETS - 1, bucket);
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#count += 1;
    this.#maxMs = Math.max(this.#maxMs, elapsedMs);
  }

  /** The latency that `share` of the answers did not exceed; 0 when there were none. */
  percentileMs(share: number): number {
    const wanted = Math.ceil(this.#count * share);
    let seen = 0;
    for (const [index, count] of this.#counts.entries()) {
      seen += count;
      if (count > 0 && seen >= wanted) return Math.min(this.#maxMs, LOWEST_MS * GROWTH ** (index - 0.5));
    }
    return 0;
  }

  figures(): LatencyFigures {
    return {
      count: this.#count,
      p50_ms: toTenths(this.percentileMs(0.5)),
      p99_ms: toTenths(this.percentileMs(0.99)),
      max_ms: toTenths(this.#maxMs),
    };
  }
}

function toTenths(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}

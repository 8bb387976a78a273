const FRACTION_OF_32_BITS = 2 ** -32;

/**
 * Random numbers that are the same for the same seed and stream on every machine: mulberry32 (Tommy Ettinger), and only functions
 * of `Math` that V8 computes in software (no trigonometry, which differs between its versions).
 */
export class SeededRandom {
  #state: number;

  /** Streams of one seed are independent: what one purpose draws never shifts the draws of another. */
  constructor(seed: number, stream: number) {
    this.#state = scramble((scramble(seed | 0) + Math.imul(stream | 0, 0x9e3779b1)) | 0);
  }

  /** At least 0, below 1. */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) * FRACTION_OF_32_BITS;
  }

  /** A whole number, at least 0 and below `bound`. */
  below(bound: number): number {
    return Math.floor(this.fraction() * bound);
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** Exponentially distributed with mean 1: the time between two Poisson arrivals, by inversion. */
  exponential(): number {
    return -Math.log(1 - this.fraction());
  }

  /** Normally distributed with mean 0 and deviation 1, by Marsaglia's polar method (1964). */
  normal(): number {
    for (;;) {
      const x = 2 * this.fraction() - 1;
      const y = 2 * this.fraction() - 1;
      const square = x * x + y * y;
      if (square > 0 && square < 1) return x * Math.sqrt((-2 * Math.log(square)) / square);
    }
  }
}

/** Spreads neighbouring seeds far apart (the finaliser of MurmurHash3, Austin Appleby). */
function scramble(value: number): number {
  let mixed = value;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

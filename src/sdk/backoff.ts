/** How long to wait before the next attempt: twice as long each time, with full jitter, so that an audience that lost its service comes back spread out. */
export class Backoff {
  #attempts = 0;

  /** @param random a fraction, 0 up to but not 1. */
  constructor(
    private readonly minMs: number,
    private readonly maxMs: number,
    private readonly random: () => number,
  ) {}

  /** Milliseconds to wait now; the next call may say up to twice as much. At least half of `minMs`, so that no loop spins. */
  nextMs(): number {
    const ceiling = Math.min(this.maxMs, this.minMs * 2 ** this.#attempts);
    if (ceiling < this.maxMs) this.#attempts += 1;
    const floor = this.minMs / 2;
    return floor + this.random() * (ceiling - floor);
  }

  /** It worked: the next failure starts from the beginning. */
  reset(): void {
    this.#attempts = 0;
  }
}

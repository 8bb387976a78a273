import type { Clock } from '../../src/clock.js';

interface Timer {
  readonly dueAt: number;
  readonly task: () => void;
}

/** A clock that stands still until a test moves it. Wall and monotonic time can be moved apart. */
export class FakeClock implements Clock {
  #wall = 1_700_000_000_000;
  #monotonic = 1_000;
  readonly #timers = new Set<Timer>();
  /** What each look at the monotonic time takes, milliseconds: on a slow machine work takes time. */
  lookTakesMs = 0;

  /** Timers that were set and neither ran nor were cancelled. */
  get pending(): number {
    return this.#timers.size;
  }

  wallMs(): number {
    return this.#wall;
  }

  monotonicMs(): number {
    this.skip(this.lookTakesMs);
    return this.#monotonic;
  }

  after(delayMs: number, task: () => void): () => void {
    const timer = { dueAt: this.#monotonic + delayMs, task };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  soon(task: () => void): void {
    setImmediate(task);
  }

  /** Steps the wall clock alone, as setting the machine's time does. */
  stepWall(ms: number): void {
    this.#wall += ms;
  }

  /** Time goes by while no process is there. */
  skip(ms: number): void {
    this.#wall += ms;
    this.#monotonic += ms;
  }

  /** The process that set them is gone. */
  forgetTimers(): void {
    this.#timers.clear();
  }

  /** Lets time pass at once, without running a timer in between: the loop was blocked. Then runs what is due. */
  async stall(ms: number): Promise<void> {
    this.#wall += ms;
    this.#monotonic += ms;
    await this.#runDue();
  }

  /** Lets time pass in small steps; timers run when they are due, and what they start is given time to finish. */
  async pass(ms: number, stepMs = 50): Promise<void> {
    for (let left = ms; left > 0; left -= stepMs) {
      const step = Math.min(left, stepMs);
      this.#wall += step;
      this.#monotonic += step;
      await this.#runDue();
    }
  }

  async #runDue(): Promise<void> {
    for (const timer of [...this.#timers].sort((one, other) => one.dueAt - other.dueAt)) {
      if (timer.dueAt > this.#monotonic || !this.#timers.delete(timer)) continue;
      timer.task();
    }
    await settled();
  }
}

/** Lets promises and immediates that are ready run. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 12; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Time as the rest of the service may see it. This file alone reads the wall clock and sets timers. */
export interface Clock {
  /** Epoch milliseconds; may step either way when the machine's clock is set. */
  wallMs(): number;
  /** Milliseconds since some fixed moment; never goes back, and stands still while the machine is suspended. */
  monotonicMs(): number;
  /** Runs `task` once after `delayMs`. @returns a function that cancels it. */
  after(delayMs: number, task: () => void): () => void;
  /** Runs `task` once, after the input that is waiting now has been read. */
  soon(task: () => void): void;
}

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    return () => {
      clearTimeout(timer);
    };
  },
  soon(task) {
    setImmediate(task);
  },
};

/** Injection token of the `Clock`. */
export const CLOCK = Symbol('CLOCK');

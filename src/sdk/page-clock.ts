/** Time and timers as the client sees them; a test puts a clock of its own in their place. */
export interface PageClock {
  /** Milliseconds since some fixed moment; never goes back. */
  nowMs(): number;
  /** Runs `task` once after `delayMs`. @returns a function that cancels it. */
  after(delayMs: number, task: () => void): () => void;
  /** Runs `task` again and again. @returns a function that ends it. */
  every(periodMs: number, task: () => void): () => void;
}

/** The timers of the page. Browsers slow them down to one a second in a hidden tab that plays no sound. */
export const pageClock: PageClock = {
  nowMs: () => performance.now(),
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    return () => {
      clearTimeout(timer);
    };
  },
  every(periodMs, task) {
    const timer = setInterval(task, periodMs);
    return () => {
      clearInterval(timer);
    };
  },
};

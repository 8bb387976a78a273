import { getPriority, setPriority } from 'node:os';

/** The least that the scheduler gives to anybody. */
const PRIORITY_LEAST = 19;

/**
 * From now on the calling thread gets less of a busy processor than the threads that serve and commit: by so many steps of the
 * scheduler, of 19. Only Linux does this for one thread alone, so elsewhere nothing happens.
 */
export function yieldToServing(stepsBack: number): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(Math.min(PRIORITY_LEAST, getPriority() + stepsBack));
  } catch {
    // Some sandboxes forbid it; the work is done all the same.
  }
}

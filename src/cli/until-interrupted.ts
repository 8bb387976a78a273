import { systemClock } from '../clock.js';

/**
 * Looks again and again, `pauseMs` after each look, until a look resolves to false or somebody presses Ctrl-C, which
 * is a good end here.
 */
export async function untilInterrupted(pauseMs: number, look: () => Promise<boolean>): Promise<void> {
  const interrupted = new AbortController();
  const stop = (): void => interrupted.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    do await pause(pauseMs, interrupted.signal);
    while (!interrupted.signal.aborted && (await look()));
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

function pause(pauseMs: number, interrupted: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cancel = systemClock.after(pauseMs, resolve);
    const cutShort = (): void => {
      cancel();
      resolve();
    };
    if (interrupted.aborted) cutShort();
    else interrupted.addEventListener('abort', cutShort, { once: true });
  });
}

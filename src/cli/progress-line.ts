import { systemClock } from '../clock.js';
import { grouped } from '../history/spoken-figures.js';
import type { OnProgress } from '../history/tree-at.js';

/** Milliseconds between two repaints. */
const REPAINT_MS = 100;
const CLEAR_LINE = '\r\u001b[K';

/** One line on stderr that is painted over; nothing at all when stderr is not a terminal. */
export class ProgressLine {
  #paintedAt = -Infinity;

  update(text: string): void {
    const nowMs = systemClock.monotonicMs();
    if (!process.stderr.isTTY || nowMs - this.#paintedAt < REPAINT_MS) return;
    this.#paintedAt = nowMs;
    process.stderr.write(CLEAR_LINE + text);
  }

  /** Shows how far a read of a track has come, behind a word for what is done. */
  of(work: string): OnProgress {
    return (track, position, untilPosition) => {
      this.update(`${work} ${track}: ${grouped(position)} of ${grouped(untilPosition)}`);
    };
  }

  /** Takes the line away, before results are printed. */
  clear(): void {
    if (process.stderr.isTTY && this.#paintedAt > -Infinity) process.stderr.write(CLEAR_LINE);
  }
}

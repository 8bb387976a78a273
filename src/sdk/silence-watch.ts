import { SILENT_MS_MAX, SILENT_MS_MIN, SILENT_PAUSES } from './sdk-limits.js';

/** By how much the longest pause is forgotten with each sign of life. */
const FORGETTING = 0.9;

/**
 * Tells silence from a pause. A parent that is heard every 30 ms is silent after half a second; one in a hidden tab, whose timers
 * run once a second, is given more, because it has paused like that before.
 */
export class SilenceWatch {
  #heardAtMs: number;
  #longestPauseMs = 0;

  constructor(nowMs: number) {
    this.#heardAtMs = nowMs;
  }

  /** A sign of life of any kind. */
  heard(nowMs: number): void {
    this.#longestPauseMs = Math.max(nowMs - this.#heardAtMs, this.#longestPauseMs * FORGETTING);
    this.#heardAtMs = nowMs;
  }

  isSilent(nowMs: number): boolean {
    const patienceMs = Math.min(SILENT_MS_MAX, Math.max(SILENT_MS_MIN, this.#longestPauseMs * SILENT_PAUSES));
    return nowMs - this.#heardAtMs >= patienceMs;
  }
}

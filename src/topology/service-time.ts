import type { Clock } from '../clock.js';

/** How fast service time drifts towards the wall clock: 5 ms a second, too slow to shorten any deadline noticeably. */
export const SLEW_PER_MS = 0.005;

/**
 * The time the log runs on, epoch milliseconds: it starts at the later of the wall clock and the last recorded event, runs on
 * the monotonic clock, drifts gently to the wall, and never goes back. A wall clock that is stepped moves no deadline.
 */
export class ServiceTime {
  #anchor: number;
  #anchoredAt: number;
  #last: number;

  /** @param lastRecordedAt the latest `recorded_at` of the log, 0 for a new one. */
  constructor(
    private readonly clock: Clock,
    lastRecordedAt: number,
  ) {
    this.#anchor = Math.max(clock.wallMs(), lastRecordedAt);
    this.#anchoredAt = clock.monotonicMs();
    this.#last = this.#anchor;
  }

  /** Whole milliseconds; equal or later than any answer before. */
  now(): number {
    const elapsed = this.clock.monotonicMs() - this.#anchoredAt;
    this.#last = Math.max(this.#last, Math.floor(this.#anchor + elapsed));
    return this.#last;
  }

  /** How far the wall clock is ahead, milliseconds; negative when it is behind. */
  wallLead(): number {
    return this.clock.wallMs() - this.now();
  }

  /** Drifts towards the wall by as much as the time since the last call allows. */
  slew(): void {
    const monotonic = this.clock.monotonicMs();
    const elapsed = monotonic - this.#anchoredAt;
    const drift = elapsed * SLEW_PER_MS;
    const lead = this.clock.wallMs() - (this.#anchor + elapsed);
    this.#anchor += elapsed + Math.max(-drift, Math.min(drift, lead));
    this.#anchoredAt = monotonic;
  }

  /** Jumps to the wall clock when that is ahead. Only for a moment at which all deadlines restart. */
  catchUp(): void {
    this.#anchor = Math.max(this.now(), this.clock.wallMs());
    this.#anchoredAt = this.clock.monotonicMs();
  }
}

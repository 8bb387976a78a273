import type { PageClock } from './page-clock.js';
import { REPORT_MS, REPORT_MS_MAX, STALL_MS } from './sdk-limits.js';

/** Cumulative counts, as reported. */
export interface MediaCounts {
  /** Frames sent to children, counted for each child. */
  readonly forwarded: number;
  readonly received: number;
}

/** What the reports need of the peer. */
export interface MediaReportsParts {
  readonly clock: PageClock;
  readonly counts: () => MediaCounts;
  readonly sendReport: (counts: MediaCounts) => void;
  readonly sendStall: (silentMs: number) => void;
}

/** Tells the service what was forwarded, and complains when no media comes. */
export class MediaReports {
  readonly #stop: () => void;
  #reported: MediaCounts = { forwarded: 0, received: 0 };
  #reportedAtMs = 0;
  #expectedSinceMs: number | null = null;
  #complainedAtMs = 0;

  constructor(private readonly parts: MediaReportsParts) {
    this.#stop = parts.clock.every(REPORT_MS, () => {
      this.#report();
      this.#complain();
    });
  }

  /** From now on media should come; null while this peer has no place. Time without media counts from here again. */
  expect(isPlaced: boolean): void {
    if (!isPlaced) this.#expectedSinceMs = null;
    else this.media();
  }

  /** Media came. */
  media(): void {
    this.#expectedSinceMs = this.parts.clock.nowMs();
    this.#complainedAtMs = this.#expectedSinceMs;
  }

  stop(): void {
    this.#stop();
  }

  #report(): void {
    const nowMs = this.parts.clock.nowMs();
    const counts = this.parts.counts();
    const isSame = counts.forwarded === this.#reported.forwarded && counts.received === this.#reported.received;
    if (isSame && nowMs - this.#reportedAtMs < REPORT_MS_MAX) return;
    this.#reported = counts;
    this.#reportedAtMs = nowMs;
    this.parts.sendReport(counts);
  }

  #complain(): void {
    const nowMs = this.parts.clock.nowMs();
    if (this.#expectedSinceMs === null || nowMs - this.#complainedAtMs < STALL_MS) return;
    this.#complainedAtMs = nowMs;
    this.parts.sendStall(Math.round(nowMs - this.#expectedSinceMs));
  }
}

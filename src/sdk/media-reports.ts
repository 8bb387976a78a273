import type { Assignment } from '../protocol/server-messages.js';
import type { PageClock } from './page-clock.js';
import { REPORT_MS, REPORT_MS_MAX, STALL_MS, STALL_MS_MAX } from './sdk-limits.js';

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

/**
 * Tells the service what was forwarded, and complains when no media comes.
 *
 * Where the origin has nothing to send, another parent does not help, and a leaf that went on complaining would be moved every few
 * seconds. So after each move that brought no media it is twice as patient with the next parent. Whoever feeds others is not: while it
 * complains, nobody holds against it what it does not get.
 */
export class MediaReports {
  readonly #stop: () => void;
  #reported: MediaCounts = { forwarded: 0, received: 0 };
  #reportedAtMs = 0;
  #expectedSinceMs: number | null = null;
  #complainedAtMs = 0;
  #isLeaf = false;
  /** Before the first complaint about the present parent, should this be a leaf. */
  #patienceMs = STALL_MS;

  constructor(private readonly parts: MediaReportsParts) {
    this.#stop = parts.clock.every(REPORT_MS, () => {
      this.#report();
      this.#complain();
    });
  }

  /**
   * From now on media should come, unless this peer waits for a place. Time without media counts from here again.
   *
   * @param isMoved whether from another parent than before.
   */
  expect(role: Assignment['role'], isMoved: boolean): void {
    if (isMoved && this.#hasComplained) this.#patienceMs = Math.min(STALL_MS_MAX, 2 * this.#patienceMs);
    this.#isLeaf = role === 'Leaf';
    this.#count(role === 'Waiting' ? null : this.parts.clock.nowMs());
  }

  /** Media came. */
  media(): void {
    this.#patienceMs = STALL_MS;
    this.#count(this.parts.clock.nowMs());
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

  #count(fromMs: number | null): void {
    this.#expectedSinceMs = fromMs;
    this.#complainedAtMs = fromMs ?? 0;
  }

  /** Whether it has, since it was last told its place or got media. */
  get #hasComplained(): boolean {
    return this.#expectedSinceMs !== null && this.#complainedAtMs > this.#expectedSinceMs;
  }

  #complain(): void {
    const nowMs = this.parts.clock.nowMs();
    const afterMs = this.#isLeaf && !this.#hasComplained ? this.#patienceMs : STALL_MS;
    if (this.#expectedSinceMs === null || nowMs - this.#complainedAtMs < afterMs) return;
    this.#complainedAtMs = nowMs;
    this.parts.sendStall(Math.round(nowMs - this.#expectedSinceMs));
  }
}

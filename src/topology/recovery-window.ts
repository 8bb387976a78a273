/**
 * After the service was away, peers come back over seconds or minutes, and until they had the chance nobody is timed out:
 * the window stays open until resumes have been quiet for one heartbeat timeout, but no longer than the operator allows.
 */
export class RecoveryWindow {
  #openedAt: number | null = null;
  #lastResumeAt = 0;

  constructor(
    private readonly quietMs: number,
    private readonly longestMs: number,
  ) {}

  open(nowMs: number): void {
    this.#openedAt = nowMs;
    this.#lastResumeAt = nowMs;
  }

  resumed(nowMs: number): void {
    this.#lastResumeAt = nowMs;
  }

  /** Whether timeouts must wait; closes the window when its time has come. */
  isOpen(nowMs: number): boolean {
    if (this.#openedAt === null) return false;
    if (nowMs - this.#lastResumeAt >= this.quietMs || nowMs - this.#openedAt >= this.longestMs) this.#openedAt = null;
    return this.#openedAt !== null;
  }
}

const FRAMES_PER_SECOND = 30;
/** After a long pause (a suspended machine) nobody received that many frames. */
const STEP_SECONDS_MAX = 30;

/** The frames a viewer received, and forwarded to each of its children: 30 per second while it is fed. Never goes back. */
export class MediaCounter {
  #countedAtMs: number | null = null;
  #received = 0;
  #forwarded = 0;

  /** Counts the time since the last call. */
  advance(nowMs: number, fed: boolean, children: number): void {
    const elapsedMs = this.#countedAtMs === null ? 0 : nowMs - this.#countedAtMs;
    this.#countedAtMs = nowMs;
    if (!fed) return;
    const frames = Math.min(STEP_SECONDS_MAX, elapsedMs / 1_000) * FRAMES_PER_SECOND;
    this.#received += frames;
    this.#forwarded += frames * children;
  }

  report(): { forwarded_frames: number; received_frames: number } {
    return { forwarded_frames: Math.floor(this.#forwarded), received_frames: Math.floor(this.#received) };
  }
}

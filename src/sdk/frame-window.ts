/** What a frame turned out to be: `missing` frames lie between it and the one before. */
export type Seen = Readonly<{ isNew: false }> | Readonly<{ isNew: true; missing: number }>;

const AGAIN: Seen = { isNew: false };

/**
 * Lets each frame through once and in order, whoever brings it, and counts those that never came. Object ids count up by one for
 * each frame; they are compared within one numbering only. A frame that comes after a later one was let through counts as missing.
 */
export class FrameWindow {
  /** Frames let through. */
  received = 0;
  /** Frames that came again, or too late. */
  duplicates = 0;
  /** Frames that were skipped over. */
  missing = 0;
  #numbering: string | null = null;
  #highest: number | null = null;

  /** Whose ids these are; null before the first frame. */
  get numbering(): string | null {
    return this.#numbering;
  }

  /** The last frame let through; null when there is none in this numbering. */
  get highest(): number | null {
    return this.#highest;
  }

  /** Another numbering starts with whatever frame comes first: what was missed at the seam nobody can tell. */
  take(numbering: string, objectId: number): Seen {
    const highest = numbering === this.#numbering ? this.#highest : null;
    if (highest !== null && objectId <= highest) {
      this.duplicates += 1;
      return AGAIN;
    }
    this.#numbering = numbering;
    this.#highest = objectId;
    const missing = highest === null ? 0 : objectId - highest - 1;
    this.received += 1;
    this.missing += missing;
    return { isNew: true, missing };
  }
}

import type { CodedFrame } from './frame-codec.js';
import { RECENT_BYTES_MAX, RECENT_FRAMES_MAX } from './sdk-limits.js';

/** A frame that can be sent on, and whose numbering its id belongs to. */
export interface RecentFrame extends CodedFrame {
  readonly numbering: string;
}

/**
 * The last frames, in the order in which they came, each in a slot that is counted up for ever. Children read from it, each at its
 * own pace; it forgets the oldest when it holds too many frames or bytes, whoever has not read them yet. The newest always stays.
 */
export class RecentFrames {
  readonly #frames: (RecentFrame | undefined)[] = [];
  #first = 0;
  #next = 0;
  #bytes = 0;

  constructor(
    private readonly framesMax = RECENT_FRAMES_MAX,
    private readonly bytesMax = RECENT_BYTES_MAX,
  ) {}

  /** Slot of the oldest frame that is still there. */
  get firstSlot(): number {
    return this.#first;
  }

  /** Slot that the next frame will get. */
  get nextSlot(): number {
    return this.#next;
  }

  add(frame: RecentFrame): void {
    if (this.#next - this.#first === this.framesMax) this.#forgetOldest();
    this.#frames[this.#next % this.framesMax] = frame;
    this.#next += 1;
    this.#bytes += frame.coded.byteLength;
    while (this.#bytes > this.bytesMax && this.#next - this.#first > 1) this.#forgetOldest();
  }

  /** @throws RangeError for a slot that was forgotten, or not filled yet. */
  at(slot: number): RecentFrame {
    const frame = slot >= this.#first && slot < this.#next ? this.#frames[slot % this.framesMax] : undefined;
    if (frame === undefined) throw new RangeError(`no frame in slot ${String(slot)}`);
    return frame;
  }

  /**
   * Where to go on for whoever has everything up to `objectId`: the first frame behind it, the oldest one there is if that is
   * forgotten, else the next one to come. Whoever had another numbering, or nothing yet, starts with the next one too.
   */
  slotAfter(numbering: string | null, objectId: number | null): number {
    if (numbering === null || objectId === null) return this.#next;
    let slot = this.#next;
    while (slot > this.#first) {
      const frame = this.at(slot - 1);
      if (frame.numbering !== numbering || frame.objectId <= objectId) break;
      slot -= 1;
    }
    return slot;
  }

  #forgetOldest(): void {
    this.#bytes -= this.at(this.#first).coded.byteLength;
    this.#frames[this.#first % this.framesMax] = undefined;
    this.#first += 1;
  }
}

import { numberingWord, SIGN_OF_LIFE, type ChildRequest } from './channel-protocol.js';
import { frameOf, messagesOf } from './frame-codec.js';
import type { RecentFrame, RecentFrames } from './recent-frames.js';
import { CHANNEL_HIGH_BYTES, KEEPALIVE_MS } from './sdk-limits.js';

/** What a feed needs of a DataChannel. */
export interface FeedChannel {
  readonly readyState: string;
  /** Bytes that wait to be sent. */
  readonly bufferedAmount: number;
  readonly send: ((message: string) => void) & ((message: Uint8Array<ArrayBuffer>) => void);
}

/**
 * Sends the recent frames to one child, at the child's pace. A child that reads slowly lags behind, and loses whole frames, the oldest
 * first, only when they are forgotten; it never loses part of one, and never holds up its siblings.
 */
export class ChildFeed {
  /** Frames sent to this child. */
  forwarded = 0;
  /** Frames this child missed, because it read too slowly or cannot take them. */
  dropped = 0;
  #slot: number;
  #told: string | null = null;
  #sentAtMs: number;

  /**
   * @param request null for a child that takes bare frames: it hears no object ids and no words.
   * @param messageBytesMax what the channel takes at once.
   */
  constructor(
    private readonly channel: FeedChannel,
    private readonly frames: RecentFrames,
    private readonly request: ChildRequest | null,
    private readonly messageBytesMax: number,
    nowMs: number,
  ) {
    this.#slot = frames.slotAfter(request?.numbering ?? null, request?.objectId ?? null);
    this.#sentAtMs = nowMs;
  }

  get isBare(): boolean {
    return this.request === null;
  }

  /** The first word on the channel: from it the child knows that its parent understands it. */
  greet(numbering: string | null): void {
    if (this.request === null) return;
    this.#told = numbering;
    this.channel.send(numberingWord(numbering));
  }

  /** Sends what there is to send and the channel takes. To be called at each new frame, and when the channel has drained. */
  pump(nowMs: number): void {
    if (this.#slot < this.frames.firstSlot) {
      this.dropped += this.frames.firstSlot - this.#slot;
      this.#slot = this.frames.firstSlot;
    }
    while (this.#slot < this.frames.nextSlot && this.#takesMore) {
      this.#send(this.frames.at(this.#slot));
      this.#slot += 1;
      this.#sentAtMs = nowMs;
    }
  }

  /** Lets the child know that its parent lives, when there was nothing else to send. */
  beat(nowMs: number): void {
    if (this.request === null || !this.#takesMore || nowMs - this.#sentAtMs < KEEPALIVE_MS) return;
    this.#sentAtMs = nowMs;
    this.channel.send(SIGN_OF_LIFE);
  }

  get #takesMore(): boolean {
    return this.channel.readyState === 'open' && this.channel.bufferedAmount < CHANNEL_HIGH_BYTES;
  }

  #send(frame: RecentFrame): void {
    if (this.request === null) {
      this.#sendBare(frameOf(frame));
      return;
    }
    if (frame.numbering !== this.#told) this.greet(frame.numbering);
    for (const message of messagesOf(frame, this.messageBytesMax)) this.channel.send(message);
    this.forwarded += 1;
  }

  #sendBare(frame: Uint8Array<ArrayBuffer>): void {
    if (frame.byteLength > this.messageBytesMax) {
      this.dropped += 1;
      return;
    }
    this.channel.send(frame);
    this.forwarded += 1;
  }
}

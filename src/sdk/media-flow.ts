import { codeFrame, type CodedFrame, frameOf } from './frame-codec.js';
import { FrameWindow } from './frame-window.js';
import type { ReceivedFrame } from './mesh-events.js';
import { RecentFrames } from './recent-frames.js';

/** The numbering of frames whose ids the origin gave: the same at every root. */
export const ORIGIN_NUMBERING = 'origin';

/** Whom the flow tells. */
export interface MediaFlowListener {
  frame(frame: ReceivedFrame): void;
  gap(from: number, to: number): void;
  /** Anything came, new or not. */
  media(): void;
}

/** The frames of one peer, whoever brings them: each once and in order, to the application and into what children read. */
export class MediaFlow {
  readonly recent = new RecentFrames();
  readonly window = new FrameWindow();
  #nextOwnId = 0;

  /** @param ownNumbering of frames that come without an id. */
  constructor(
    readonly ownNumbering: string,
    private readonly listener: MediaFlowListener,
  ) {}

  /** The id for the next frame that has none. */
  readonly takeOwnId = (): number => {
    const objectId = this.#nextOwnId;
    this.#nextOwnId += 1;
    return objectId;
  };

  /** A frame straight from the origin. @throws RangeError for an id or a length out of bounds. */
  push(frame: Uint8Array, objectId: number | undefined): void {
    const numbering = objectId === undefined ? this.ownNumbering : ORIGIN_NUMBERING;
    this.take(numbering, codeFrame(objectId ?? this.takeOwnId(), frame), true);
  }

  /** @param isTrusted whether another numbering than the present one is to be followed. */
  take(numbering: string, frame: CodedFrame, isTrusted: boolean): void {
    this.listener.media();
    if (!isTrusted && this.window.numbering !== null && numbering !== this.window.numbering) return;
    const seen = this.window.take(numbering, frame.objectId);
    if (!seen.isNew) return;
    if (seen.missing > 0) this.listener.gap(frame.objectId - seen.missing, frame.objectId - 1);
    this.recent.add({ ...frame, numbering });
    this.listener.frame({ objectId: frame.objectId, data: frameOf(frame) });
  }
}

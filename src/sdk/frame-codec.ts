import { FRAME_BYTES_MAX, OBJECT_ID_MAX } from './sdk-limits.js';

/**
 * A frame on a DataChannel is one message: 8 bytes of object_id, big-endian, then the frame. One that does not fit into a message
 * goes as several: the same 8 bytes with the highest bit set, 4 bytes of offset, 4 bytes of the frame's length, then a part.
 */
const ID_BYTES = 8;
const PART_HEADER_BYTES = 16;
const PART_BIT = 0x80000000;
const HIGH_WORD = 2 ** 32;
const HIGH_WORD_MAX = Math.floor(OBJECT_ID_MAX / HIGH_WORD);

/** A frame with its header, as it goes to children as it is. */
export interface CodedFrame {
  readonly objectId: number;
  /** Header and frame. Not to be changed: it is shared by all who send it on. */
  readonly coded: Uint8Array<ArrayBuffer>;
}

/** The frame without its header; a view, not a copy. */
export function frameOf({ coded }: CodedFrame): Uint8Array<ArrayBuffer> {
  return coded.subarray(ID_BYTES);
}

/**
 * Puts the header before a frame.
 *
 * @param objectId 0 to 2^53 - 1.
 * @throws RangeError when the id or the length of the frame is out of bounds.
 */
export function codeFrame(objectId: number, frame: Uint8Array): CodedFrame {
  if (!Number.isSafeInteger(objectId) || objectId < 0)
    throw new RangeError('object_id must be a whole number, 0 to 2^53 - 1');
  if (frame.byteLength > FRAME_BYTES_MAX) {
    throw new RangeError(`a frame may have ${String(FRAME_BYTES_MAX)} bytes, this one has ${String(frame.byteLength)}`);
  }
  const coded = new Uint8Array(ID_BYTES + frame.byteLength);
  writeId(new DataView(coded.buffer), objectId, 0);
  coded.set(frame, ID_BYTES);
  return { objectId, coded };
}

/**
 * The messages a frame goes out as: itself when it fits, else its parts in order.
 *
 * @param messageBytesMax what the channel takes, more than 16.
 */
export function* messagesOf(frame: CodedFrame, messageBytesMax: number): IterableIterator<Uint8Array<ArrayBuffer>> {
  if (frame.coded.byteLength <= messageBytesMax) {
    yield frame.coded;
    return;
  }
  const bytes = frameOf(frame);
  const partBytes = messageBytesMax - PART_HEADER_BYTES;
  for (let offset = 0; offset < bytes.byteLength; offset += partBytes) {
    const part = bytes.subarray(offset, offset + partBytes);
    const message = new Uint8Array(PART_HEADER_BYTES + part.byteLength);
    const view = new DataView(message.buffer);
    writeId(view, frame.objectId, PART_BIT);
    view.setUint32(ID_BYTES, offset);
    view.setUint32(ID_BYTES + 4, bytes.byteLength);
    message.set(part, PART_HEADER_BYTES);
    yield message;
  }
}

/** Puts the messages of one ordered channel together to frames again. Holds one frame at most. */
export class FrameAssembler {
  /** Messages that made no sense, and frames given up for them. */
  malformed = 0;
  #coded: Uint8Array<ArrayBuffer> | null = null;
  #objectId = 0;
  #filled = 0;

  /** @returns the frame that the message completes; null when more is to come, or the message makes no sense. */
  take(message: ArrayBuffer): CodedFrame | null {
    const view = new DataView(message);
    if (view.byteLength < ID_BYTES) return this.#refuse();
    const high = view.getUint32(0);
    const isPart = high >= PART_BIT;
    const highWord = isPart ? high - PART_BIT : high;
    if (highWord > HIGH_WORD_MAX) return this.#refuse();
    const objectId = highWord * HIGH_WORD + view.getUint32(4);
    if (isPart) return this.#takePart(objectId, message, view);
    if (this.#coded !== null) this.#refuse();
    if (view.byteLength > ID_BYTES + FRAME_BYTES_MAX) return this.#refuse();
    return { objectId, coded: new Uint8Array(message) };
  }

  #takePart(objectId: number, message: ArrayBuffer, view: DataView): CodedFrame | null {
    if (view.byteLength <= PART_HEADER_BYTES) return this.#refuse();
    const offset = view.getUint32(ID_BYTES);
    const length = view.getUint32(ID_BYTES + 4);
    const part = new Uint8Array(message, PART_HEADER_BYTES);
    if (offset === 0 && !this.#begin(objectId, length)) return this.#refuse();
    const isNext = this.#coded !== null && objectId === this.#objectId && offset === this.#filled;
    if (this.#coded === null || !isNext || length !== this.#coded.byteLength - ID_BYTES) return this.#refuse();
    if (offset + part.byteLength > length) return this.#refuse();
    this.#coded.set(part, ID_BYTES + offset);
    this.#filled += part.byteLength;
    if (this.#filled < length) return null;
    const coded = this.#coded;
    this.#coded = null;
    return { objectId, coded };
  }

  #begin(objectId: number, length: number): boolean {
    if (this.#coded !== null || length > FRAME_BYTES_MAX) return false;
    this.#coded = new Uint8Array(ID_BYTES + length);
    this.#objectId = objectId;
    this.#filled = 0;
    writeId(new DataView(this.#coded.buffer), objectId, 0);
    return true;
  }

  #refuse(): null {
    this.malformed += 1;
    this.#coded = null;
    return null;
  }
}

function writeId(view: DataView, objectId: number, bit: number): void {
  view.setUint32(0, Math.floor(objectId / HIGH_WORD) + bit);
  view.setUint32(4, objectId % HIGH_WORD);
}

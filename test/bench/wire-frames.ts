const TEXT_FRAME = 0x81;
const MASKED = 0x80;
const LENGTH_16 = 126;
const LENGTH_64 = 127;
const MASK_BYTES = 4;

/**
 * A text as a frame of a WebSocket client. The mask is all zeros, which is allowed and leaves the text as it is; what we send
 * is ASCII.
 */
export function clientFrame(text: string): Buffer {
  const isShort = text.length < LENGTH_16;
  const head = isShort ? 2 : 4;
  const frame = Buffer.alloc(head + MASK_BYTES + text.length);
  frame[0] = TEXT_FRAME;
  frame[1] = MASKED | (isShort ? text.length : LENGTH_16);
  if (!isShort) frame.writeUInt16BE(text.length, 2);
  frame.write(text, head + MASK_BYTES, 'latin1');
  return frame;
}

/** Cuts what a server sends into texts; frames of other kinds are passed over. */
export class FrameCutter {
  #rest: Buffer | null = null;

  constructor(private readonly onText: (text: string) => void) {}

  take(chunk: Buffer): void {
    const bytes = this.#rest === null ? chunk : Buffer.concat([this.#rest, chunk]);
    let offset = 0;
    for (;;) {
      const body = bodyOf(bytes, offset);
      if (body === null) break;
      if ((bytes[offset] ?? 0) === TEXT_FRAME) this.onText(bytes.toString('latin1', body.from, body.to));
      offset = body.to;
    }
    this.#rest = offset === bytes.length ? null : bytes.subarray(offset);
  }
}

/** Where the body of the frame at `offset` stands; null while it is not there as a whole. */
function bodyOf(bytes: Buffer, offset: number): { from: number; to: number } | null {
  if (bytes.length < offset + 2) return null;
  const short = (bytes[offset + 1] ?? 0) & 0x7f;
  if (short === LENGTH_64) throw new Error('a frame of 64 KiB or more, which no answer is');
  const from = offset + (short === LENGTH_16 ? 4 : 2);
  if (bytes.length < from) return null;
  const to = from + (short === LENGTH_16 ? bytes.readUInt16BE(offset + 2) : short);
  return bytes.length < to ? null : { from, to };
}

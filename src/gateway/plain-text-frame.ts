import { isUtf8 } from 'node:buffer';

/** Head of a text frame in one piece; its second byte says whether it is masked, as clients do, and the length, or that two bytes of it follow. */
const TEXT_FRAME = 0x81;
const MASKED = 0x80;
const LENGTH_16 = 126;
const LENGTH_16_MAX = 0xffff;
const LENGTH_64 = 127;
const MASK_BYTES = 4;

/** The frame that begins there is not whole yet. */
export const NOT_WHOLE = 0;
/** What begins there is no plain text frame: a part of a message, bytes, a control frame, too long, or an error. */
export const NOT_PLAIN = -1;

/**
 * Where the plain text frame of a client that begins at `at` ends: `NOT_WHOLE`, `NOT_PLAIN`, or the place behind it.
 *
 * @param lengthMax bytes of text a frame may carry.
 */
export function endOfTextFrame(bytes: Buffer, at: number, lengthMax: number): number {
  const there = bytes.length - at;
  if (there > 0 && bytes[at] !== TEXT_FRAME) return NOT_PLAIN;
  if (there < 2) return NOT_WHOLE;
  const isLong = lengthByteOf(bytes, at) === LENGTH_16;
  if ((bytes[at + 1] ?? 0) < MASKED || lengthByteOf(bytes, at) === LENGTH_64) return NOT_PLAIN;
  if (isLong && there < 4) return NOT_WHOLE;
  const length = isLong ? bytes.readUInt16BE(at + 2) : lengthByteOf(bytes, at);
  if (length > lengthMax) return NOT_PLAIN;
  const end = at + headBytesOf(bytes, at) + length;
  return end > bytes.length ? NOT_WHOLE : end;
}

/** The text of a whole frame, from `at` to `end`; null, with the bytes as they came, when it is not UTF-8. */
export function textOfFrame(bytes: Buffer, at: number, end: number): string | null {
  const from = at + headBytesOf(bytes, at);
  const isAscii = unmask(bytes, from, end) < MASKED;
  if (isAscii) return bytes.toString('latin1', from, end);
  if (isUtf8(bytes.subarray(from, end))) return bytes.toString('utf8', from, end);
  unmask(bytes, from, end);
  return null;
}

/** The frame of a server for a text, as one string of bytes; null for one that is not ASCII, or longer than 64 KiB. */
export function frameOf(text: string): string | null {
  const { length } = text;
  if (length > LENGTH_16_MAX || Buffer.byteLength(text) !== length) return null;
  const head =
    length < LENGTH_16
      ? String.fromCharCode(TEXT_FRAME, length)
      : String.fromCharCode(TEXT_FRAME, LENGTH_16, length >> 8, length & 0xff);
  return head + text;
}

function lengthByteOf(bytes: Buffer, at: number): number {
  return (bytes[at + 1] ?? 0) & ~MASKED;
}

function headBytesOf(bytes: Buffer, at: number): number {
  return (lengthByteOf(bytes, at) === LENGTH_16 ? 4 : 2) + MASK_BYTES;
}

/** In place; done twice, it is undone. @returns all bits that are set in any of the bytes afterwards. */
function unmask(bytes: Buffer, from: number, end: number): number {
  const maskAt = from - MASK_BYTES;
  let bits = 0;
  for (let at = from; at < end; at += 1) {
    const byte = (bytes[at] ?? 0) ^ (bytes[maskAt + ((at - from) & 3)] ?? 0);
    bytes[at] = byte;
    bits |= byte;
  }
  return bits;
}

/** Reads what ByteWriter wrote. Reading past the end throws RangeError, which callers turn into their own error. */
export class ByteReader {
  offset = 0;
  readonly bytes: Buffer;
  #madeView: DataView | null = null;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Made when it is needed: a block of pulses is a hundred bytes or two, and a view of it costs as much as a column. */
  get #view(): DataView {
    this.#madeView ??= new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
    return this.#madeView;
  }

  get remaining(): number {
    return this.bytes.length - this.offset;
  }

  byte(): number {
    const value = this.bytes[this.offset];
    if (value === undefined) throw new RangeError('1 byte is missing');
    this.offset += 1;
    return value;
  }

  uint32(): number {
    const value = this.#view.getUint32(this.offset, true);
    this.offset += 4;
    return value;
  }

  float64(): number {
    const value = this.float64At(this.offset);
    this.offset += 8;
    return value;
  }

  float64At(offset: number): number {
    return this.#view.getFloat64(offset, true);
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
      if (scale > Number.MAX_SAFE_INTEGER) throw new RangeError('a number is longer than 53 bits');
    }
  }

  /** A view, not a copy. */
  slice(count: number): Buffer {
    if (count > this.remaining) throw new RangeError(`${String(count)} bytes are missing`);
    const slice = this.bytes.subarray(this.offset, this.offset + count);
    this.offset += count;
    return slice;
  }

  /** Goes past so many bytes. @returns where they begin in `bytes`. */
  skip(count: number): number {
    if (count > this.remaining) throw new RangeError(`${String(count)} bytes are missing`);
    const begin = this.offset;
    this.offset += count;
    return begin;
  }

  text(count: number): string {
    if (count > this.remaining) throw new RangeError(`${String(count)} bytes are missing`);
    const text = this.bytes.toString('utf8', this.offset, this.offset + count);
    this.offset += count;
    return text;
  }
}

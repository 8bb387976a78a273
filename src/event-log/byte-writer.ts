const BYTES_MIN = 256;

/** Writes little-endian numbers and text one after the other into a buffer of its own, which grows as needed. */
export class ByteWriter {
  /** Bytes written so far. */
  length = 0;
  #bytes: Buffer<ArrayBuffer>;
  #view: DataView;

  /** @param bytesExpected a good guess saves growing. */
  constructor(bytesExpected: number) {
    const memory = new ArrayBuffer(Math.max(BYTES_MIN, bytesExpected));
    this.#bytes = Buffer.from(memory);
    this.#view = new DataView(memory);
  }

  byte(value: number): void {
    this.reserve(1);
    this.#view.setUint8(this.length, value);
    this.length += 1;
  }

  uint32(value: number): void {
    this.reserve(4);
    this.#view.setUint32(this.length, value, true);
    this.length += 4;
  }

  /** Overwrites four bytes written earlier: a length that was not known yet. */
  uint32At(offset: number, value: number): void {
    this.#view.setUint32(offset, value, true);
  }

  float64(value: number): void {
    this.reserve(8);
    this.#view.setFloat64(this.length, value, true);
    this.length += 8;
  }

  /** Seven bits a byte, lowest first; the usual form of small numbers. */
  varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.byte((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.byte(rest);
  }

  bytes(source: Uint8Array): void {
    this.reserve(source.length);
    this.#bytes.set(source, this.length);
    this.length += source.length;
  }

  /** Leaves `count` zero bytes. */
  skip(count: number): void {
    this.reserve(count);
    this.length += count;
  }

  /** UTF-8, without its length. @returns the bytes it took. */
  text(text: string): number {
    // UTF-8 takes at most three bytes for each UTF-16 unit.
    this.reserve(text.length * 3);
    const written = this.#bytes.write(text, this.length, 'utf8');
    this.length += written;
    return written;
  }

  /** What was written, without a copy; the writer must not be used afterwards unless `reset`. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.length);
  }

  /** Starts again in the same memory. Only for callers that have consumed what `finish` gave them. */
  reset(): void {
    this.#bytes.fill(0, 0, this.length);
    this.length = 0;
  }

  /** The memory behind, to be written with `length` moved by hand; valid until the next write. */
  reserve(count: number): Uint8Array {
    const needed = this.length + count;
    if (needed > this.#bytes.length) {
      const memory = new ArrayBuffer(Math.max(needed, this.#bytes.length * 2));
      const grown = Buffer.from(memory);
      grown.set(this.#bytes.subarray(0, this.length));
      this.#bytes = grown;
      this.#view = new DataView(memory);
    }
    return this.#bytes;
  }
}

import { firstPlace } from '../domain/ascending-numbers.js';
import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';

/**
 * One column of integers, each null or 0..2^53: its lowest value, then for each the distance from it in the narrowest of 1, 2, 4 or 8
 * bytes; a constant column takes none. With nulls in it the distances count from one below the lowest, and 0 is null.
 *
 * Shape: width (one byte, with a flag for nulls), base (f64), distances in the byte order of the machine.
 */
const HAS_NULLS = 0x80;
const WIDTH_MASK = 0x7f;

/** Appends a column of `values`. */
export function writeColumn(out: ByteWriter, values: ArrayLike<number | null>): void {
  const { lowest, highest, hasNulls } = rangeOf(values);
  const base = hasNulls ? lowest - 1 : lowest;
  const width = widthFor(highest - base);
  out.byte(width | (hasNulls ? HAS_NULLS : 0));
  out.float64(base);
  if (width === 0) return;
  const distances = arrayOf(width, values.length);
  for (let index = 0; index < values.length; index += 1) distances[index] = (values[index] ?? base) - base;
  out.bytes(new Uint8Array(distances.buffer));
}

/**
 * Reads a column of `count` values back; null is NaN in it.
 *
 * @throws RangeError when its bytes end too early.
 */
export function readColumn(reader: ByteReader, count: number): Float64Array {
  const head = reader.byte();
  const width = head & WIDTH_MASK;
  const base = reader.float64();
  const values = new Float64Array(count);
  if (width === 0) return values.fill((head & HAS_NULLS) === 0 ? base : NaN);
  const bytes = reader.slice(width * count);
  // A copy, because the distances need not stand at a place that such an array may begin at.
  const distances = arrayOf(width, count, Uint8Array.from(bytes).buffer);
  for (let index = 0; index < count; index += 1) values[index] = base + (distances[index] ?? 0);
  if ((head & HAS_NULLS) !== 0)
    for (let index = 0; index < count; index += 1) if (distances[index] === 0) values[index] = NaN;
  return values;
}

/** A column without nulls, read number by number where it stands: who wants a few of thousands need not have them all. */
export class NumberColumn {
  readonly #view: DataView;
  readonly #width: number;
  readonly #base: number;

  /**
   * Begins where the reader is, and leaves it behind the column.
   *
   * @throws RangeError when its bytes end too early.
   */
  constructor(
    reader: ByteReader,
    readonly length: number,
  ) {
    this.#width = reader.byte();
    this.#base = reader.float64();
    const { buffer, byteOffset, byteLength } = reader.slice(this.#width * length);
    this.#view = new DataView(buffer, byteOffset, byteLength);
  }

  /** @throws RangeError for a place behind the end, or a width that no column has. */
  at(place: number): number {
    switch (this.#width) {
      case 0:
        return this.#base;
      case 1:
        return this.#base + this.#view.getUint8(place);
      case 2:
        return this.#base + this.#view.getUint16(2 * place, IS_LITTLE_ENDIAN);
      case 4:
        return this.#base + this.#view.getUint32(4 * place, IS_LITTLE_ENDIAN);
      case 8:
        return this.#base + this.#view.getFloat64(8 * place, IS_LITTLE_ENDIAN);
      default:
        throw new RangeError(`a column is ${String(this.#width)} bytes wide`);
    }
  }

  /** Where a number stands in a column that ascends, or would stand: the first place whose number is not below it. */
  placeIn(number: number): number {
    return firstPlace(this.length, (place) => this.at(place) < number);
  }
}

const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function rangeOf(values: ArrayLike<number | null>): { lowest: number; highest: number; hasNulls: boolean } {
  let lowest = Infinity;
  let highest = -Infinity;
  let hasNulls = false;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] ?? null;
    if (value === null) hasNulls = true;
    else {
      if (value < lowest) lowest = value;
      if (value > highest) highest = value;
    }
  }
  // A column of nulls alone has the distance 0 everywhere.
  if (lowest > highest) return hasNulls ? { lowest: 1, highest: 0, hasNulls } : { lowest: 0, highest: 0, hasNulls };
  return { lowest, highest, hasNulls };
}

function widthFor(range: number): number {
  if (range === 0) return 0;
  if (range <= 0xff) return 1;
  if (range <= 0xffff) return 2;
  return range <= 0xffffffff ? 4 : 8;
}

function arrayOf(width: number, count: number, bytes = new ArrayBuffer(width * count)): NumberArray {
  switch (width) {
    case 1:
      return new Uint8Array(bytes);
    case 2:
      return new Uint16Array(bytes);
    case 4:
      return new Uint32Array(bytes);
    case 8:
      return new Float64Array(bytes);
    default:
      throw new RangeError(`a column is ${String(width)} bytes wide`);
  }
}

type NumberArray =
  Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

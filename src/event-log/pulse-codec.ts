import { CorruptLogError } from '../domain/errors.js';
import type { PeerNumber } from '../domain/ids.js';
import { FRAMES_MAX } from '../domain/limits.js';
import { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import type { PulseRun } from './event-log.js';
import { PULSES_PER_BLOCK_MAX } from './event-log-limits.js';

/** How the body of a pulse block is laid out; the only one so far. */
export const PULSE_CODEC = 1;
/** What stands in a report column for "no report" and "not said". */
export const NO_FRAMES = -1;

/** A row of `pulse_block`. Times are in epoch milliseconds. */
export interface PulseBlockRow {
  readonly firstPosition: number;
  readonly count: number;
  readonly firstRecordedAt: number;
  readonly lastRecordedAt: number;
  readonly codec: number;
  readonly body: Uint8Array;
}

/**
 * Writes the body of one block: pulses `from`..`to` (exclusive) of the run, as four columns. Each column is
 * its lowest value and then, for each pulse, the distance from it in as few whole bytes as the largest needs.
 * A constant column takes none, so a block of heartbeats pays nothing for the columns of reports.
 */
export function writePulseBody(out: ByteWriter, run: PulseRun, from: number, to: number): void {
  writeColumn(out, run.peers, from, to, 0);
  writeColumn(out, run.recordedAt, from, to, run.recordedAt[from] ?? 0);
  writeColumn(out, run.forwardedFrames, from, to, 0);
  writeColumn(out, run.receivedFrames, from, to, 0);
}

/**
 * Reads a block back as a run.
 *
 * @throws CorruptLogError when header and body do not agree or a value is impossible.
 */
export function decodePulseBlock(block: PulseBlockRow): PulseRun {
  const { firstPosition, count, firstRecordedAt } = block;
  const fault = faultOfHeader(block);
  if (fault !== null) throw new CorruptLogError(firstPosition, fault);
  const reader = new ByteReader(block.body);
  try {
    const peers = readColumn(reader, count, 0);
    const recordedAt = readColumn(reader, count, firstRecordedAt);
    const forwardedFrames = readColumn(reader, count, 0);
    const receivedFrames = readColumn(reader, count, 0);
    if (reader.remaining > 0) throw new RangeError('bytes are left over');
    const run: PulseRun = { kind: 'pulses', firstPosition, count, peers, recordedAt, forwardedFrames, receivedFrames };
    if (recordedAt[0] !== firstRecordedAt) throw new RangeError('first_recorded_at is not the first pulse');
    if (recordedAt[count - 1] !== block.lastRecordedAt) throw new RangeError('last_recorded_at is not the last pulse');
    const wrong = areSurelySound(run) ? null : faultOfPulses(run, 0, count);
    if (wrong !== null) throw new RangeError(wrong);
    return run;
  } catch (error) {
    if (error instanceof RangeError) throw new CorruptLogError(firstPosition, `pulse block: ${error.message}`);
    throw error;
  }
}

/**
 * The pulses of one peer in a block, each as a run of its own. The other pulses are not decoded, nor looked at for faults.
 *
 * @throws CorruptLogError when header and body do not agree or a value of the peer's is impossible.
 */
export function decodePulsesOf(block: PulseBlockRow, peer: PeerNumber): PulseRun[] {
  const { firstPosition, count, firstRecordedAt } = block;
  const fault = faultOfHeader(block);
  if (fault !== null) throw new CorruptLogError(firstPosition, fault);
  const reader = new ByteReader(block.body);
  try {
    const [peers, times] = [skipColumn(reader, count), skipColumn(reader, count)];
    const [forwarded, received] = [skipColumn(reader, count), skipColumn(reader, count)];
    if (reader.remaining > 0) throw new RangeError('bytes are left over');
    const timeAt = (index: number): number => firstRecordedAt + valueAt(reader.bytes, times, index);
    if (timeAt(0) !== firstRecordedAt) throw new RangeError('first_recorded_at is not the first pulse');
    if (timeAt(count - 1) !== block.lastRecordedAt) throw new RangeError('last_recorded_at is not the last pulse');
    return placesOf(reader.bytes, peers, count, peer).map((index) => {
      const run: PulseRun = {
        kind: 'pulses',
        firstPosition: firstPosition + index,
        count: 1,
        peers: [peer],
        recordedAt: [timeAt(index)],
        forwardedFrames: [valueAt(reader.bytes, forwarded, index)],
        receivedFrames: [valueAt(reader.bytes, received, index)],
      };
      const wrong = faultOfPulses(run, 0, 1);
      if (wrong !== null) throw new RangeError(wrong);
      return run;
    });
  } catch (error) {
    if (error instanceof RangeError) throw new CorruptLogError(firstPosition, `pulse block: ${error.message}`);
    throw error;
  }
}

/**
 * Whether a decoded run is heartbeats alone without a fault, seen with a few comparisons each; false says nothing. Its values are sums of
 * whole numbers, so bounds are all that can be wrong with them, and times that never go back are within the last one.
 */
function areSurelySound({ peers, recordedAt, forwardedFrames, receivedFrames, count }: PulseRun): boolean {
  let before = 0;
  for (let index = 0; index < count; index += 1) {
    const at = recordedAt[index] ?? -1;
    const peer = peers[index] ?? 0;
    if (at < before || peer < 1 || peer > Number.MAX_SAFE_INTEGER) return false;
    if (forwardedFrames[index] !== NO_FRAMES || receivedFrames[index] !== NO_FRAMES) return false;
    before = at;
  }
  return before <= Number.MAX_SAFE_INTEGER;
}

/** What is wrong with pulses `from`..`to` (exclusive) of a run, or null: the rules of writing and of reading. */
export function faultOfPulses(run: PulseRun, from: number, to: number): string | null {
  const { peers, recordedAt, forwardedFrames, receivedFrames } = run;
  let before = 0;
  for (let index = from; index < to; index += 1) {
    const at = recordedAt[index] ?? -1;
    if (!Number.isSafeInteger(at) || at < before) return `recorded_at of pulse ${String(index)} goes back`;
    before = at;
    const peer = peers[index] ?? 0;
    if (!Number.isSafeInteger(peer) || peer < 1) return `peer of pulse ${String(index)} is no position`;
    const forwarded = forwardedFrames[index] ?? NaN;
    const received = receivedFrames[index] ?? NaN;
    if (forwarded === NO_FRAMES && received === NO_FRAMES) continue;
    if (!isFrames(forwarded) || !(received === NO_FRAMES || isFrames(received))) {
      return `frames of pulse ${String(index)} are outside 0..${String(FRAMES_MAX)}`;
    }
  }
  return null;
}

function isFrames(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function faultOfHeader(block: PulseBlockRow): string | null {
  if (block.codec !== PULSE_CODEC) return `pulse codec ${String(block.codec)} is unknown`;
  if (block.count < 1 || block.count > PULSES_PER_BLOCK_MAX) return `count ${String(block.count)} is impossible`;
  return null;
}

/** `origin` is subtracted first, where the header already says most of the number. */
function writeColumn(out: ByteWriter, column: readonly number[], from: number, to: number, origin: number): void {
  let lowest = column[from] ?? 0;
  let highest = lowest;
  for (let index = from + 1; index < to; index += 1) {
    const value = column[index] ?? 0;
    if (value < lowest) lowest = value;
    else if (value > highest) highest = value;
  }
  const width = bytesFor(highest - lowest);
  out.byte(width);
  // Only "no report" is below zero, so the base is shifted by one to stay unsigned.
  out.varint(lowest - origin - NO_FRAMES);
  if (width === 0) return;
  const bytes = out.reserve(width * (to - from));
  let offset = out.length;
  for (let index = from; index < to; index += 1) {
    let rest = (column[index] ?? 0) - lowest;
    for (let byte = 0; byte < width; byte += 1) {
      // A number above 32 bits loses its high part in bit operations, so those bytes are divided off.
      bytes[offset] = rest & 0xff;
      rest = rest > 0xffffffff ? Math.floor(rest / 256) : rest >>> 8;
      offset += 1;
    }
  }
  out.length = offset;
}

function bytesFor(range: number): number {
  let width = 0;
  for (let rest = range; rest > 0; rest = Math.floor(rest / 256)) width += 1;
  return width;
}

const WIDTH_MAX = 7;

/** How a column begins. */
export interface ColumnStart {
  /** Bytes of each distance from the lowest value; 0 for a constant column. */
  readonly width: number;
  /** In a column of times counted from the first time of the block, which is part of its row. */
  readonly lowest: number;
  /** Where its distances stand. */
  readonly begin: number;
}

/** Reads up to the distances of a column. @throws RangeError when no column begins there. */
export function readColumnStart(reader: ByteReader): ColumnStart {
  const width = reader.byte();
  if (width > WIDTH_MAX) throw new RangeError(`a column is ${String(width)} bytes wide`);
  const lowest = reader.varint() + NO_FRAMES;
  return { width, lowest, begin: reader.offset };
}

function skipColumn(reader: ByteReader, count: number): ColumnStart {
  const start = readColumnStart(reader);
  reader.skip(start.width * count);
  return start;
}

function valueAt(bytes: Uint8Array, { begin, width, lowest }: ColumnStart, index: number): number {
  const offset = begin + index * width;
  let distance = 0;
  for (let byte = width - 1; byte >= 0; byte -= 1) distance = distance * 256 + (bytes[offset + byte] ?? 0);
  return lowest + distance;
}

/** Where in a column a value stands. */
function placesOf(bytes: Uint8Array, column: ColumnStart, count: number, value: number): number[] {
  const { begin, width, lowest } = column;
  const places: number[] = [];
  // Most values differ in their lowest byte already, and then no more of them is read.
  const low = (value - lowest) & 0xff;
  for (let index = 0, offset = begin; index < count; index += 1, offset += width)
    if ((width === 0 || bytes[offset] === low) && valueAt(bytes, column, index) === value) places.push(index);
  return places;
}

function readColumn(reader: ByteReader, count: number, origin: number): number[] {
  const start = readColumnStart(reader);
  const { width } = start;
  const lowest = start.lowest + origin;
  const column = new Array<number>(count);
  if (width === 0) return column.fill(lowest);
  const { bytes } = reader;
  const begin = reader.skip(width * count);
  if (width === 1) for (let index = 0; index < count; index += 1) column[index] = lowest + (bytes[begin + index] ?? 0);
  else if (width === 2) readPairs(bytes, begin, lowest, column);
  else readWide(bytes, begin, width, lowest, column);
  return column;
}

function readPairs(bytes: Uint8Array, begin: number, lowest: number, column: number[]): void {
  for (let index = 0, offset = begin; index < column.length; index += 1, offset += 2) {
    column[index] = lowest + ((bytes[offset] ?? 0) | ((bytes[offset + 1] ?? 0) << 8));
  }
}

function readWide(bytes: Uint8Array, begin: number, width: number, lowest: number, column: number[]): void {
  for (let index = 0, offset = begin; index < column.length; index += 1, offset += width) {
    let low = (bytes[offset] ?? 0) | ((bytes[offset + 1] ?? 0) << 8) | ((bytes[offset + 2] ?? 0) << 16);
    if (width > 3) low |= (bytes[offset + 3] ?? 0) << 24;
    let high = 0;
    for (let byte = width - 1; byte > 3; byte -= 1) high = high * 256 + (bytes[offset + byte] ?? 0);
    column[index] = lowest + (low >>> 0) + high * 2 ** 32;
  }
}

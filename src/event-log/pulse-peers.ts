import { placeIn } from '../domain/ascending-numbers.js';
import type { PeerNumber, Position } from '../domain/ids.js';
import { ByteReader } from './byte-reader.js';
import { PULSES_PER_BLOCK_MAX } from './event-log-limits.js';
import { type ColumnStart, PULSE_CODEC, readColumnStart } from './pulse-codec.js';

/** The beginnings of pulse blocks, in order. */
export interface PulseBlockHeads {
  readonly firstPositions: readonly Position[];
  readonly counts: readonly number[];
  readonly codecs: readonly number[];
  /** Of each beginning, in bytes. */
  readonly lengths: readonly number[];
  /**
   * The first bytes of each body, one after the other: all of the column of peers, unless that is wider than positions of this age need.
   */
  readonly bytes: Buffer;
}

/** As much is kept of a peer's number: of so many pulses of others one is taken for the peer's, until its block is read. */
const NUMBERS_TOLD_APART = 0x10000;

/**
 * Whose pulses stand in some blocks of one track, so that those of one peer are found without a look at the others: two bytes for each
 * pulse.
 */
export class PulsePeers {
  readonly #firstPositions: Float64Array;
  /** Where the pulses of each block begin among all; one more for their end. */
  readonly #starts: Uint32Array;
  readonly #peers: Uint16Array;
  /** Blocks whose peers cannot be told from their beginning: they must be read, to know or to find their damage. */
  readonly #untold: readonly number[];

  constructor(heads: PulseBlockHeads) {
    const columns = columnsOf(heads);
    this.#firstPositions = Float64Array.from(heads.firstPositions);
    this.#starts = new Uint32Array(columns.length + 1);
    columns.forEach((column, block) => (this.#starts[block + 1] = (this.#starts[block] ?? 0) + (column?.count ?? 0)));
    this.#peers = new Uint16Array(this.#starts[columns.length] ?? 0);
    columns.forEach((column, block) => {
      const [start, end] = [this.#starts[block], this.#starts[block + 1]];
      if (column !== null) writePeers(this.#peers.subarray(start, end), heads.bytes, column);
    });
    this.#untold = columns.flatMap((column, block) => (column === null ? [block] : []));
  }

  get bytes(): number {
    return this.#firstPositions.byteLength + this.#starts.byteLength + this.#peers.byteLength;
  }

  /** How many blocks begin at `from` or behind, up to and with `until`. */
  blocksBetween(from: Position, until: Position): number {
    return placeIn(this.#firstPositions, until + 1) - placeIn(this.#firstPositions, from);
  }

  /** Where those of them begin, ascending, that may hold a pulse of the peer: the others surely hold none. */
  blocksOf(peer: PeerNumber, from: Position, until: Position): Position[] {
    const [begin, end] = [placeIn(this.#firstPositions, from), placeIn(this.#firstPositions, until + 1)];
    const found = this.#untold.filter((block) => block >= begin && block < end);
    const wanted = peer % NUMBERS_TOLD_APART;
    const last = this.#starts[end] ?? 0;
    let block = begin;
    let at = this.#peers.indexOf(wanted, this.#starts[begin]);
    while (at >= 0 && at < last) {
      while ((this.#starts[block + 1] ?? Infinity) <= at) block += 1;
      found.push(block);
      at = this.#peers.indexOf(wanted, this.#starts[block + 1]);
    }
    if (this.#untold.length > 0) found.sort((one, other) => one - other);
    return found.map((index) => this.#firstPositions[index] ?? 0);
  }
}

/** A column of peers that stands in the beginnings as a whole. */
interface PeerColumn extends ColumnStart {
  readonly count: number;
}

/** Null where the beginning of a block does not tell. */
function columnsOf({ counts, codecs, lengths, bytes }: PulseBlockHeads): (PeerColumn | null)[] {
  const reader = new ByteReader(bytes);
  let end = 0;
  return counts.map((count, block) => {
    const begin = end;
    end += lengths[block] ?? 0;
    if (codecs[block] !== PULSE_CODEC || count < 1 || count > PULSES_PER_BLOCK_MAX) return null;
    reader.offset = begin;
    const start = startOrNull(reader);
    return start === null || start.begin + start.width * count > end ? null : { ...start, count };
  });
}

function startOrNull(reader: ByteReader): ColumnStart | null {
  try {
    return readColumnStart(reader);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** What does not fit into two bytes falls away by itself. */
function writePeers(peers: Uint16Array, bytes: Buffer, { begin, width, lowest }: PeerColumn): void {
  const low = lowest % NUMBERS_TOLD_APART;
  if (width === 0) peers.fill(low);
  else if (width === 1)
    for (let index = 0; index < peers.length; index += 1) peers[index] = low + (bytes[begin + index] ?? 0);
  else
    for (let index = 0, offset = begin; index < peers.length; index += 1, offset += width)
      peers[index] = low + ((bytes[offset] ?? 0) | ((bytes[offset + 1] ?? 0) << 8));
}

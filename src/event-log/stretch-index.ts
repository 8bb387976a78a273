import { placeIn } from '../domain/ascending-numbers.js';
import type { PeerNumber, Position } from '../domain/ids.js';
import { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';
import { STRETCH_ROWS_MAX } from './event-log-limits.js';
import { readColumn, writeColumn } from './number-column.js';
import { isSubject, mentionsByPeer, rowOf, type StretchRows } from './stretch-mentions.js';

/** How the body of a packed index is written. */
export const STRETCH_CODEC = 1;

/** Positions behind `after`, up to and with `until`. */
export interface PositionRange {
  readonly after: Position;
  readonly until: Position;
}

/** Whom the rows of one stretch of a track name, by peer. Never changes. */
export class StretchIndex {
  private constructor(
    private readonly positions: Float64Array,
    private readonly types: Uint16Array,
    /** Everybody who is named, ascending. */
    private readonly peers: Float64Array,
    /** Where the mentions of each begin among all, and where the last ones end. */
    private readonly starts: Uint32Array,
    private readonly mentions: Uint16Array,
  ) {}

  /** @throws RangeError for more than `STRETCH_ROWS_MAX` rows. */
  static of(rows: StretchRows): StretchIndex {
    const named = mentionsByPeer(rows);
    const peers = new Float64Array(named.length);
    const starts = new Uint32Array(named.length + 1);
    let size = 0;
    named.peers.forEach((peer, at) => {
      if (at > 0 && peer === peers[size - 1]) return;
      peers[size] = peer;
      starts[size] = at;
      size += 1;
    });
    starts[size] = named.length;
    const columns = [Float64Array.from(rows.positions), Uint16Array.from(rows.types)] as const;
    return new StretchIndex(...columns, peers.slice(0, size), starts.slice(0, size + 1), named.mentions);
  }

  /** Reads what `packed` gave. @returns null when it is no such body. */
  static read(codec: number, body: Uint8Array): StretchIndex | null {
    if (codec !== STRETCH_CODEC) return null;
    try {
      const reader = new ByteReader(body);
      const rowCount = reader.uint32();
      const [peerCount, mentionCount] = [reader.uint32(), reader.uint32()];
      // Damaged counts must not become arrays of gigabytes.
      if (rowCount > STRETCH_ROWS_MAX || peerCount > mentionCount || mentionCount > 3 * rowCount) return null;
      const [positions, types] = [readColumn(reader, rowCount), Uint16Array.from(readColumn(reader, rowCount))];
      const peers = readColumn(reader, peerCount);
      const starts = startsOf(readColumn(reader, peerCount));
      const mentions = Uint16Array.from(readColumn(reader, mentionCount));
      return starts.at(-1) === mentionCount ? new StretchIndex(positions, types, peers, starts, mentions) : null;
    } catch (error) {
      if (error instanceof RangeError) return null;
      throw error;
    }
  }

  /** Of the first row, and of the last; 0 without any. */
  get first(): Position {
    return this.positions[0] ?? 0;
  }

  get last(): Position {
    return this.positions.at(-1) ?? 0;
  }

  get rowCount(): number {
    return this.positions.length;
  }

  /** How many are named. */
  get peerCount(): number {
    return this.peers.length;
  }

  /** Memory it takes. */
  get bytes(): number {
    const columns = [this.positions, this.types, this.peers, this.starts, this.mentions];
    return columns.reduce((sum, column) => sum + column.byteLength, 0);
  }

  /** As it is stored. */
  packed(): Uint8Array {
    const out = new ByteWriter(this.bytes);
    for (const count of [this.rowCount, this.peerCount, this.mentions.length]) out.uint32(count);
    writeColumn(out, this.positions);
    writeColumn(out, this.types);
    writeColumn(out, this.peers);
    writeColumn(
      out,
      Array.from(this.peers, (_, at) => (this.starts[at + 1] ?? 0) - (this.starts[at] ?? 0)),
    );
    writeColumn(out, this.mentions);
    return out.finish();
  }

  /** Where rows stand that name the peer as themselves, as parent or as former parent; ascending. */
  naming(peer: PeerNumber, range: PositionRange): Position[] {
    const found: Position[] = [];
    this.#eachMention(this.#placeOf(peer), range, (position) => {
      if (found.at(-1) !== position) found.push(position);
    });
    return found;
  }

  /** Where rows of some types stand that are about the peer; ascending. */
  about(peer: PeerNumber, types: readonly number[], range: PositionRange): Position[] {
    return this.#about(this.#placeOf(peer), types, range);
  }

  /** The same for everybody who is named here. */
  aboutEverybody(
    types: readonly number[],
    range: PositionRange,
    visit: (peer: PeerNumber, positions: Position[]) => void,
  ): void {
    this.peers.forEach((peer, place) => {
      const positions = this.#about(place, types, range);
      if (positions.length > 0) visit(peer, positions);
    });
  }

  /** Rows of a type. */
  count(type: number, { after, until }: PositionRange): number {
    let count = 0;
    for (let row = placeIn(this.positions, after + 1); row < this.rowCount; row += 1) {
      if ((this.positions[row] ?? Infinity) > until) break;
      if (this.types[row] === type) count += 1;
    }
    return count;
  }

  #placeOf(peer: PeerNumber): number {
    const place = placeIn(this.peers, peer);
    return this.peers[place] === peer ? place : -1;
  }

  #about(place: number, types: readonly number[], range: PositionRange): Position[] {
    const found: Position[] = [];
    this.#eachMention(place, range, (position, mention) => {
      if (isSubject(mention) && types.includes(this.types[rowOf(mention)] ?? 0)) found.push(position);
    });
    return found;
  }

  #eachMention(
    place: number,
    { after, until }: PositionRange,
    visit: (position: Position, mention: number) => void,
  ): void {
    if (place < 0) return;
    const end = this.starts[place + 1] ?? 0;
    for (let at = this.starts[place] ?? 0; at < end; at += 1) {
      const mention = this.mentions[at] ?? 0;
      const position = this.positions[rowOf(mention)] ?? 0;
      if (position > after && position <= until) visit(position, mention);
    }
  }
}

/** Where each of some parts begins whose lengths are given, and where the last one ends. */
function startsOf(counts: ArrayLike<number>): Uint32Array {
  const starts = new Uint32Array(counts.length + 1);
  for (let at = 0; at < counts.length; at += 1) starts[at + 1] = (starts[at] ?? 0) + (counts[at] ?? 0);
  return starts;
}

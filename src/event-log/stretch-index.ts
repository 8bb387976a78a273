import { crc32 } from 'node:zlib';
import type { PeerNumber, Position } from '../domain/ids.js';
import { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';
import { STRETCH_ROWS_MAX } from './event-log-limits.js';
import { NumberColumn, writeColumn } from './number-column.js';
import { isSubject, mentionsByPeer, rowOf, type StretchRows } from './stretch-mentions.js';

/** How the body of a packed index is written. */
export const STRETCH_CODEC = 1;
const CHECKSUM_BYTES = 4;
const BYTES_PER_ROW_EXPECTED = 16;

/** Positions behind `after`, up to and with `until`. */
export interface PositionRange {
  readonly after: Position;
  readonly until: Position;
}

interface Columns {
  /** Of the rows. */
  readonly positions: NumberColumn;
  readonly types: NumberColumn;
  /** Everybody who is named, ascending. */
  readonly peers: NumberColumn;
  /** Where the mentions of each begin among all, and where the last ones end. */
  readonly starts: NumberColumn;
  readonly mentions: NumberColumn;
}

/** Whom the rows of one stretch of a track name, by peer. Never changes. It is searched as it is stored, and takes no more memory. */
export class StretchIndex {
  private constructor(
    readonly body: Uint8Array,
    private readonly columns: Columns,
  ) {}

  /** @throws RangeError for more than `STRETCH_ROWS_MAX` rows. */
  static of(rows: StretchRows): StretchIndex {
    const { peers, starts, mentions } = mentionsByPeer(rows);
    const out = new ByteWriter(CHECKSUM_BYTES + BYTES_PER_ROW_EXPECTED * rows.positions.length);
    out.skip(CHECKSUM_BYTES);
    for (const { length } of [rows.positions, peers, mentions]) out.uint32(length);
    for (const column of [rows.positions, rows.types, peers, starts, mentions]) writeColumn(out, column);
    const body = out.finish();
    out.uint32At(0, crc32(body.subarray(CHECKSUM_BYTES)));
    return new StretchIndex(body, columnsIn(body));
  }

  /** @returns null for a body that is written in another way, or damaged. */
  static read(codec: number, body: Uint8Array): StretchIndex | null {
    try {
      const isWhole = codec === STRETCH_CODEC && new ByteReader(body).uint32() === crc32(body.subarray(CHECKSUM_BYTES));
      return isWhole ? new StretchIndex(body, columnsIn(body)) : null;
    } catch (error) {
      if (error instanceof RangeError) return null;
      throw error;
    }
  }

  get rowCount(): number {
    return this.columns.positions.length;
  }

  /** How many are named. */
  get peerCount(): number {
    return this.columns.peers.length;
  }

  /** Of the last row; 0 without any. */
  get last(): Position {
    return this.rowCount === 0 ? 0 : this.columns.positions.at(this.rowCount - 1);
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
    for (let place = 0; place < this.peerCount; place += 1) {
      const positions = this.#about(place, types, range);
      if (positions.length > 0) visit(this.columns.peers.at(place), positions);
    }
  }

  /** Rows of a type. */
  count(type: number, { after, until }: PositionRange): number {
    const { positions, types } = this.columns;
    const end = positions.placeIn(until + 1);
    let count = 0;
    for (let row = positions.placeIn(after + 1); row < end; row += 1) if (types.at(row) === type) count += 1;
    return count;
  }

  #placeOf(peer: PeerNumber): number | null {
    const { peers } = this.columns;
    const place = peers.placeIn(peer);
    return place < peers.length && peers.at(place) === peer ? place : null;
  }

  #about(place: number | null, types: readonly number[], range: PositionRange): Position[] {
    const found: Position[] = [];
    this.#eachMention(place, range, (position, mention) => {
      if (isSubject(mention) && types.includes(this.columns.types.at(rowOf(mention)))) found.push(position);
    });
    return found;
  }

  #eachMention(
    place: number | null,
    { after, until }: PositionRange,
    visit: (position: Position, mention: number) => void,
  ): void {
    if (place === null) return;
    const { positions, starts, mentions } = this.columns;
    const end = starts.at(place + 1);
    for (let at = starts.at(place); at < end; at += 1) {
      const mention = mentions.at(at);
      const position = positions.at(rowOf(mention));
      if (position > after && position <= until) visit(position, mention);
    }
  }
}

/** @throws RangeError when the body ends too early, or cannot be one. */
function columnsIn(body: Uint8Array): Columns {
  const reader = new ByteReader(body);
  reader.skip(CHECKSUM_BYTES);
  const [rowCount, peerCount, mentionCount] = [reader.uint32(), reader.uint32(), reader.uint32()];
  if (rowCount > STRETCH_ROWS_MAX) throw new RangeError(`${String(rowCount)} rows are too many for one stretch`);
  return {
    positions: new NumberColumn(reader, rowCount),
    types: new NumberColumn(reader, rowCount),
    peers: new NumberColumn(reader, peerCount),
    starts: new NumberColumn(reader, peerCount + 1),
    mentions: new NumberColumn(reader, mentionCount),
  };
}

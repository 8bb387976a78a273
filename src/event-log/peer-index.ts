import type Database from 'better-sqlite3';
import type { PeerNumber, Position } from '../domain/ids.js';
import { POSITIONS_PER_SCAN, STRETCH_ROWS_MAX } from './event-log-limits.js';
import { DECISION_CODES, DEPARTURE_CODES, ROWS_AT_AS_JSON } from './peer-queries.js';
import type { RecentlyUsed } from './recently-used.js';
import { pagesOf, type RowRange } from './row-range.js';
import { eventRowOfCells, type EventCells } from './stored-cells.js';
import { StretchIndex, type PositionRange } from './stretch-index.js';
import {
  ENDS_OF_ROWS,
  hasStretches,
  ROWS_TO_INDEX,
  STRETCH_AT,
  STRETCHES_BEHIND,
  stretchRowsOf,
  type RowsToIndexBinds,
  type RowsToIndexCells,
} from './stretch-queries.js';
import { typeCode, type TopologyRow } from './topology-row.js';

/** A range that is read whole. */
export type WholeRange = Omit<RowRange, 'limit'>;

/** The last decision about a peer in a range, and how many there were. */
export interface DecisionRow {
  readonly count: number;
  readonly row: TopologyRow;
}

/** An index in memory, which covers all rows of its stretch up to a position. */
export interface KnownIndex {
  readonly index: StretchIndex;
  readonly until: Position;
  readonly bytes: number;
}

/** Where a stretch begins and ends. */
interface Ends {
  readonly first: Position;
  readonly last: Position;
}

/** A part of a range, and an index that covers it. */
interface Look extends PositionRange {
  readonly index: StretchIndex;
}

/**
 * Finds the rows of a file that name some peer. Full stretches have packed indexes in the file; what is between and behind them, and all of a file that has
 * none, is indexed when somebody asks, by spans of positions. Both are kept in memory, because questions about one evening come together.
 */
export class PeerIndex {
  readonly #ends: Database.Statement<[{ readonly track_id: number }], [Position | null, Position | null]>;
  readonly #behind: Database.Statement<[number, Position], [string, string]> | null;
  readonly #stretchAt: Database.Statement<[number, Position], [number, Buffer]> | null;
  readonly #rowsToIndex: Database.Statement<RowsToIndexBinds, RowsToIndexCells>;
  readonly #rowsAt: Database.Statement<[string, number], string>;
  /** The packed stretches of each track, as far as they are known. */
  readonly #packed = new Map<number, Ends[]>();

  /** @param file names the database among others whose indexes are kept in the same place. */
  constructor(
    database: Database.Database,
    private readonly file: string,
    private readonly known: RecentlyUsed<KnownIndex>,
  ) {
    const isPacked = hasStretches(database);
    this.#ends = database.prepare<[{ track_id: number }], [Position | null, Position | null]>(ENDS_OF_ROWS).raw();
    this.#behind = isPacked ? database.prepare<[number, Position], [string, string]>(STRETCHES_BEHIND).raw() : null;
    this.#stretchAt = isPacked ? database.prepare<[number, Position], [number, Buffer]>(STRETCH_AT).raw() : null;
    this.#rowsToIndex = database.prepare<RowsToIndexBinds, RowsToIndexCells>(ROWS_TO_INDEX).raw();
    this.#rowsAt = database.prepare<[string, number], string>(ROWS_AT_AS_JSON).pluck();
  }

  /**
   * Rows that name a peer as themselves, as parent or as former parent, in order.
   *
   * @param untilGone those behind the row with which the peer went may be missing.
   */
  rowsNaming({ limit, ...range }: RowRange, peer: PeerNumber, untilGone: boolean): TopologyRow[] {
    const positions: Position[] = [];
    for (const look of this.#looksInto(range, peer)) {
      positions.push(...look.index.naming(peer, look));
      const isGone = untilGone && look.index.about(peer, DEPARTURE_CODES, look).length > 0;
      if (isGone || positions.length >= limit) break;
    }
    return this.#rowsOf(range.trackId, positions.slice(0, limit));
  }

  /** The row with which each of some peers went, for those who did; in no particular order. */
  departureRows(range: WholeRange, peers: readonly PeerNumber[]): TopologyRow[] {
    const found: Position[] = [];
    const add = (_: PeerNumber, positions: Position[]): void => void found.push(...positions);
    this.#eachAbout(range, peers, DEPARTURE_CODES, add, () => found.length >= peers.length);
    return this.#rowsOf(range.trackId, found);
  }

  /** For each of some peers about whom something was decided, in no particular order. */
  decisionRows(range: WholeRange, peers: readonly PeerNumber[]): DecisionRow[] {
    const counts = new Map<PeerNumber, number>();
    const last = new Map<PeerNumber, Position>();
    this.#eachAbout(range, peers, DECISION_CODES, (peer, positions) => {
      counts.set(peer, (counts.get(peer) ?? 0) + positions.length);
      last.set(peer, positions.at(-1) ?? 0);
    });
    const rows = this.#rowsOf(range.trackId, [...last.values()]);
    return rows.map((row) => ({ count: counts.get(row.peer ?? 0) ?? 0, row }));
  }

  /** Peers that joined in the range. */
  joinCount(range: WholeRange): number {
    let count = 0;
    for (const look of this.#looksInto(range, 0)) count += look.index.count(typeCode('PeerJoined'), look);
    return count;
  }

  /** Whether there is an event of a type about a peer. */
  hasEvent(trackId: number, peer: PeerNumber, type: number): boolean {
    const range = { trackId, after: 0, until: Number.MAX_SAFE_INTEGER };
    for (const look of this.#looksInto(range, peer)) if (look.index.about(peer, [type], look).length > 0) return true;
    return false;
  }

  /** Stretch by stretch, in order, until it is enough. */
  #eachAbout(
    range: WholeRange,
    peers: readonly PeerNumber[],
    types: readonly number[],
    visit: (peer: PeerNumber, positions: Position[]) => void,
    isEnough: () => boolean = () => false,
  ): void {
    const wanted = new Set(peers);
    const visitFound = (peer: PeerNumber, positions: Position[]): void => {
      if (positions.length > 0 && wanted.has(peer)) visit(peer, positions);
    };
    const oldest = peers.reduce((lowest, peer) => Math.min(lowest, peer), Infinity);
    for (const look of this.#looksInto(range, oldest)) {
      // Whichever are fewer are gone through.
      if (wanted.size > look.index.peerCount) look.index.aboutEverybody(types, look, visitFound);
      else for (const peer of wanted) visitFound(peer, look.index.about(peer, types, look));
      if (isEnough()) return;
    }
  }

  /** Indexes that cover a range, in order. No row names a peer before the one by which it joined, whose position is its number. */
  *#looksInto({ trackId, after, until }: WholeRange, peer: PeerNumber): Generator<Look, void> {
    const [first, last] = this.#ends.get({ track_id: trackId }) ?? [null, null];
    if (first === null || last === null) return;
    const end = Math.min(until, last);
    let next = Math.max(after + 1, peer, first);
    for (const stretch of this.#packedIn(trackId, next, end)) {
      yield* this.#scans(trackId, next, Math.min(stretch.first - 1, end));
      next = Math.max(next, stretch.first);
      const until = Math.min(stretch.last, end);
      const index = next > until ? null : this.#packedIndex(trackId, stretch.first);
      if (index === null) yield* this.#scans(trackId, next, until);
      else yield { index, after: next - 1, until };
      next = stretch.last + 1;
    }
    yield* this.#scans(trackId, next, end);
  }

  /** Those that hold a part of the range. What is known stays; only behind it may be more. */
  #packedIn(trackId: number, from: Position, until: Position): Ends[] {
    let known = this.#packed.get(trackId);
    if (known === undefined) this.#packed.set(trackId, (known = []));
    const end = known.at(-1)?.last ?? 0;
    if (this.#behind !== null && end < until) {
      const [firsts, lasts] = this.#behind.get(trackId, end) ?? ['[]', '[]'];
      const ends = JSON.parse(lasts) as Position[];
      (JSON.parse(firsts) as Position[]).forEach((first, index) => known.push({ first, last: ends[index] ?? first }));
    }
    return known.filter(({ first, last }) => first <= until && last >= from);
  }

  /** @returns null when it is not there any more, or cannot be read: then the rows themselves say the same. */
  #packedIndex(trackId: number, first: Position): StretchIndex | null {
    const key = `${this.file} ${String(trackId)} from ${String(first)}`;
    const known = this.known.get(key);
    if (known !== undefined) return known.index;
    const [codec, body] = this.#stretchAt?.get(trackId, first) ?? [0, Buffer.alloc(0)];
    const index = StretchIndex.read(codec, body);
    if (index !== null) this.known.set(key, { index, until: index.last, bytes: index.bytes });
    return index;
  }

  /** Indexes of rows that no packed one covers, span by span. */
  *#scans(trackId: number, from: Position, until: Position): Generator<Look, void> {
    for (let next = from; next <= until;) {
      const span = Math.floor((next - 1) / POSITIONS_PER_SCAN);
      const end = Math.min(until, (span + 1) * POSITIONS_PER_SCAN);
      yield { index: this.#scannedIndex(trackId, span, end), after: next - 1, until: end };
      next = end + 1;
    }
  }

  /** The whole span is read: the next question is likely to be about the rest of it. */
  #scannedIndex(trackId: number, span: number, until: Position): StretchIndex {
    const key = `${this.file} ${String(trackId)} span ${String(span)}`;
    const known = this.known.get(key);
    if (known !== undefined && known.until >= until) return known.index;
    const after = span * POSITIONS_PER_SCAN;
    const cells = this.#rowsToIndex.get(trackId, after, after + POSITIONS_PER_SCAN, STRETCH_ROWS_MAX);
    const index = StretchIndex.of(stretchRowsOf(cells));
    this.known.set(key, { index, until: Math.max(until, index.last), bytes: index.bytes });
    return index;
  }

  #rowsOf(trackId: number, positions: readonly Position[]): TopologyRow[] {
    const rows: TopologyRow[] = [];
    for (const page of pagesOf(positions)) {
      const cells = JSON.parse(this.#rowsAt.get(JSON.stringify(page), trackId) ?? '[]') as EventCells[];
      for (const row of cells) rows.push(eventRowOfCells(row));
    }
    return rows;
  }
}

import type Database from 'better-sqlite3';
import type { PeerNumber, Position } from '../domain/ids.js';
import { eventRowsOfColumns, type EventColumns } from './event-columns.js';
import { POSITIONS_PER_SCAN, STRETCH_ROWS_MAX } from './event-log-limits.js';
import { DECISION_CODES, DEPARTURE_CODES, EVENT_COLUMNS_AT } from './peer-queries.js';
import type { RecentlyUsed } from './recently-used.js';
import { pagesOf, type RowRange } from './row-range.js';
import { hasInSchema } from './segment-queries.js';
import { StretchIndex, type PositionRange } from './stretch-index.js';
import {
  ENDS_OF_ROWS,
  ROW_BEHIND,
  ROWS_TO_INDEX,
  STRETCH_AT,
  STRETCHES,
  STRETCHES_FROM,
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

/** Rows behind `after`, up to and with `until`, that are packed. */
type Packed = PositionRange;

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
  readonly #stretchesFrom: Database.Statement<[number, Position], [string, string]> | null;
  readonly #stretchAt: Database.Statement<[number, Position], [number, Buffer]> | null;
  readonly #rowsToIndex: Database.Statement<RowsToIndexBinds, RowsToIndexCells>;
  readonly #rowBehind: Database.Statement<[number, Position], Position | null>;
  readonly #rowsAt: Database.Statement<[string, number], EventColumns>;
  /** The packed stretches of each track, as far as they are known. */
  readonly #packed = new Map<number, Packed[]>();

  /** @param file names the database among others whose indexes are kept in the same place. */
  constructor(
    database: Database.Database,
    private readonly file: string,
    private readonly known: RecentlyUsed<KnownIndex>,
  ) {
    const isPacked = hasInSchema(database, STRETCHES);
    this.#ends = database.prepare<[{ track_id: number }], [Position | null, Position | null]>(ENDS_OF_ROWS).raw();
    this.#stretchesFrom = isPacked
      ? database.prepare<[number, Position], [string, string]>(STRETCHES_FROM).raw()
      : null;
    this.#stretchAt = isPacked ? database.prepare<[number, Position], [number, Buffer]>(STRETCH_AT).raw() : null;
    this.#rowsToIndex = database.prepare<RowsToIndexBinds, RowsToIndexCells>(ROWS_TO_INDEX).raw();
    this.#rowBehind = database.prepare<[number, Position], Position | null>(ROW_BEHIND).pluck();
    this.#rowsAt = database.prepare<[string, number], EventColumns>(EVENT_COLUMNS_AT).raw();
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
    const range = { after: Math.max(after, peer - 1, first - 1), until: Math.min(until, last) };
    // Behind which the rows begin that no packed index covers.
    let unpacked = first - 1;
    for (const packed of this.#packedIn(trackId, range.until)) {
      if (packed.until > range.after) {
        yield* this.#scans(trackId, unpacked, within(range, { after: unpacked, until: packed.after }));
        const index = this.#packedIndex(trackId, packed.after);
        const covered = within(range, packed);
        if (index === null) yield* this.#scans(trackId, packed.after, covered);
        else yield { index, ...covered };
      }
      unpacked = packed.until;
    }
    yield* this.#scans(trackId, unpacked, within(range, { after: unpacked, until: range.until }));
  }

  /** Those that begin before a position. What is known stays; only behind it may be more. */
  #packedIn(trackId: number, until: Position): Packed[] {
    let known = this.#packed.get(trackId);
    if (known === undefined) this.#packed.set(trackId, (known = []));
    const end = known.at(-1)?.until ?? 0;
    if (this.#stretchesFrom !== null && end < until) {
      const [afters, lasts] = this.#stretchesFrom.get(trackId, end) ?? ['[]', '[]'];
      const ends = JSON.parse(lasts) as Position[];
      (JSON.parse(afters) as Position[]).forEach((after, at) => known.push({ after, until: ends[at] ?? after }));
    }
    return known.filter(({ after }) => after < until);
  }

  /** @returns null when it is not there any more, or cannot be read: then the rows themselves say the same. */
  #packedIndex(trackId: number, after: Position): StretchIndex | null {
    const key = `${this.file} ${String(trackId)} packed ${String(after)}`;
    const known = this.known.get(key);
    if (known !== undefined) return known.index;
    const [codec, body] = this.#stretchAt?.get(trackId, after) ?? [0, Buffer.alloc(0)];
    const index = StretchIndex.read(codec, body);
    if (index !== null) this.known.set(key, { index, until: index.last, bytes: body.length });
    return index;
  }

  /** Indexes of rows in a range that no packed one covers, by spans of positions that are counted from where such rows begin. */
  *#scans(trackId: number, begin: Position, { after, until }: PositionRange): Generator<Look, void> {
    for (let next = after; next < until;) {
      const spanAfter = next - ((next - begin) % POSITIONS_PER_SCAN);
      const end = Math.min(until, spanAfter + POSITIONS_PER_SCAN);
      const index = this.#scannedIndex(trackId, spanAfter, end);
      if (index.rowCount > 0) yield { index, after: next, until: end };
      // Pulses alone may stand between two rows for days.
      next = index.rowCount > 0 ? end : (this.#rowBehind.get(trackId, end) ?? Infinity) - 1;
    }
  }

  /** The whole span is read: the next question is likely to be about the rest of it. */
  #scannedIndex(trackId: number, spanAfter: Position, until: Position): StretchIndex {
    const key = `${this.file} ${String(trackId)} span ${String(spanAfter)}`;
    const known = this.known.get(key);
    if (known !== undefined && known.until >= until) return known.index;
    const cells = this.#rowsToIndex.get(trackId, spanAfter, spanAfter + POSITIONS_PER_SCAN, STRETCH_ROWS_MAX);
    const index = StretchIndex.of(stretchRowsOf(cells));
    if (index.rowCount > 0)
      this.known.set(key, { index, until: Math.max(until, index.last), bytes: index.body.length });
    return index;
  }

  #rowsOf(trackId: number, positions: readonly Position[]): TopologyRow[] {
    const rows: TopologyRow[] = [];
    for (const page of pagesOf(positions)) {
      const columns = this.#rowsAt.get(JSON.stringify(page), trackId);
      if (columns !== undefined) for (const row of eventRowsOfColumns(columns)) rows.push(row);
    }
    return rows;
  }
}

function within(range: PositionRange, part: PositionRange): PositionRange {
  return { after: Math.max(range.after, part.after), until: Math.min(range.until, part.until) };
}

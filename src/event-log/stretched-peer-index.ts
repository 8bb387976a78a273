import type Database from 'better-sqlite3';
import type { PeerNumber, Position } from '../domain/ids.js';
import {
  DECISIONS_LOOKED_UP_MAX,
  DEPARTURES_LOOKED_UP_PER_STRETCH,
  POSITIONS_PER_SCAN,
  STRETCHES_LOOKED_INTO_AT_ONCE,
} from './event-log-limits.js';
import {
  decisionsOf,
  firstOf,
  rowsOf,
  type DecisionRow,
  type PeerIndex,
  type RangeBinds,
  type WholeRange,
} from './peer-index.js';
import { DEPARTURE_CODES, NAMING_COLUMNS, ROWS_AT_AS_JSON } from './peer-queries.js';
import type { RowRange } from './row-range.js';
import {
  DECISIONS_IN_RANGE_AS_JSON,
  DEPARTURES_IN_RANGE_AS_JSON,
  positionsNamingInStretchesAsJson,
  STRETCHED_DECISIONS_AS_JSON,
  STRETCHED_DEPARTURE_ROW_AS_JSON,
  STRETCHED_EVENT_OF_PEER,
  STRETCHED_JOIN_COUNT,
  STRETCHES_BEHIND_AS_JSON,
} from './stretch-queries.js';
import type { TopologyRow } from './topology-row.js';

/** The stretches to look into, as a JSON array of their beginnings. */
type Looks = RangeBinds & { readonly stretches: string };
type One = Looks & { readonly peer: PeerNumber };
type Naming = One & { readonly limit: number };
type Some = RangeBinds & { readonly peers: string };

/**
 * The indexes of a file that are cut by stretches. One peer costs a look into each stretch since it joined; for many at once it is cheaper to
 * look at every row of the range.
 */
export class StretchedPeerIndex implements PeerIndex {
  /** One for each column. */
  readonly #naming: readonly Database.Statement<[Naming], string>[];
  readonly #rowsAt: Database.Statement<[string, number], string>;
  readonly #behind: Database.Statement<[{ readonly track_id: number; readonly last: Position }], string>;
  /** Beginnings of the stretches of each track, as far as they are known. */
  readonly #stretches = new Map<number, Position[]>();
  readonly #departure: Database.Statement<[One], string>;
  readonly #decisions: Database.Statement<[One], string>;
  readonly #joins: Database.Statement<[Looks], number>;
  readonly #event: Database.Statement<[One & { readonly type: number }], number>;
  readonly #departuresInRange: Database.Statement<[Some], string>;
  readonly #decisionsInRange: Database.Statement<[Some], string>;

  constructor(database: Database.Database) {
    this.#naming = NAMING_COLUMNS.map((column) =>
      database.prepare<[Naming], string>(positionsNamingInStretchesAsJson(column)).pluck(),
    );
    this.#rowsAt = database.prepare<[string, number], string>(ROWS_AT_AS_JSON).pluck();
    this.#behind = database.prepare<[{ track_id: number; last: Position }], string>(STRETCHES_BEHIND_AS_JSON).pluck();
    this.#departure = database.prepare<[One], string>(STRETCHED_DEPARTURE_ROW_AS_JSON).pluck();
    this.#decisions = database.prepare<[One], string>(STRETCHED_DECISIONS_AS_JSON).pluck();
    this.#joins = database.prepare<[Looks], number>(STRETCHED_JOIN_COUNT).pluck();
    this.#event = database.prepare<[One & { type: number }], number>(STRETCHED_EVENT_OF_PEER).pluck();
    this.#departuresInRange = database.prepare<[Some], string>(DEPARTURES_IN_RANGE_AS_JSON).pluck();
    this.#decisionsInRange = database.prepare<[Some], string>(DECISIONS_IN_RANGE_AS_JSON).pluck();
  }

  /** Some stretches at a time: most peers are gone after a few. */
  rowsNaming({ trackId, after, until, limit }: RowRange, peer: PeerNumber, untilGone: boolean): TopologyRow[] {
    const stretches = this.#stretchesOf(trackId, Math.max(after + 1, peer), until);
    const found: TopologyRow[] = [];
    for (let at = 0; at < stretches.length; at += STRETCHES_LOOKED_INTO_AT_ONCE) {
      const part = JSON.stringify(stretches.slice(at, at + STRETCHES_LOOKED_INTO_AT_ONCE));
      const binds = { track_id: trackId, after, until, peer, stretches: part, limit: limit - found.length };
      const positions = firstOf(
        this.#naming.map((statement) => statement.get(binds)),
        binds.limit,
      );
      if (positions.length === 0) continue;
      const rows = rowsOf(this.#rowsAt.get(JSON.stringify(positions), trackId));
      for (const row of rows) found.push(row);
      if (found.length >= limit || (untilGone && rows.some((row) => row.peer === peer && isDeparture(row)))) break;
    }
    return found;
  }

  departureRows(range: WholeRange, peers: readonly PeerNumber[]): TopologyRow[] {
    const stretches = this.#stretchesOf(range.trackId, range.after + 1, range.until).length;
    if (peers.length <= DEPARTURES_LOOKED_UP_PER_STRETCH * stretches)
      return peers.flatMap((peer) => rowsOf(this.#departure.get(this.#bindsOf(range, peer))));
    return scansOf(range, peers).flatMap((binds) => rowsOf(this.#departuresInRange.get(binds)));
  }

  decisionRows(range: WholeRange, peers: readonly PeerNumber[]): DecisionRow[] {
    if (peers.length <= DECISIONS_LOOKED_UP_MAX)
      return peers.flatMap((peer) => decisionsOf(this.#decisions.get(this.#bindsOf(range, peer))));
    return scansOf(range, peers).flatMap((binds) => decisionsOf(this.#decisionsInRange.get(binds)));
  }

  joinCount({ trackId, after, until }: WholeRange): number {
    const stretches = JSON.stringify(this.#stretchesOf(trackId, after + 1, until));
    return this.#joins.get({ track_id: trackId, after, until, stretches }) ?? 0;
  }

  /** Where the stretches begin that can hold rows from `from` up to `until`. Those that are known stay; only behind them may be more. */
  #stretchesOf(trackId: number, from: Position, until: Position): Position[] {
    let known = this.#stretches.get(trackId);
    if (known === undefined) this.#stretches.set(trackId, (known = []));
    const last = known.at(-1) ?? -1;
    // Whatever begins behind the range is of no interest, so what is known may do.
    if (last <= until) {
      const behind = JSON.parse(this.#behind.get({ track_id: trackId, last }) ?? '[]') as Position[];
      for (const first of behind) known.push(first);
    }
    const begin = Math.max(
      0,
      known.findLastIndex((first) => first <= from),
    );
    return known.slice(begin).filter((first) => first <= until);
  }

  /** No row is about a peer before the one by which it joined, whose position is its number. */
  #bindsOf({ trackId, after, until }: WholeRange, peer: PeerNumber): One {
    const stretches = JSON.stringify(this.#stretchesOf(trackId, Math.max(after + 1, peer), until));
    return { track_id: trackId, after, until, peer, stretches };
  }

  hasEvent(trackId: number, peer: PeerNumber, type: number): boolean {
    const range = { trackId, after: 0, until: Number.MAX_SAFE_INTEGER };
    return this.#event.get({ ...this.#bindsOf(range, peer), type }) !== undefined;
  }
}

function isDeparture({ type }: TopologyRow): boolean {
  return DEPARTURE_CODES.includes(type);
}

/** A range in parts, each of them a short read transaction. */
function scansOf({ trackId, after, until }: WholeRange, peers: readonly PeerNumber[]): Some[] {
  const scans: Some[] = [];
  const wanted = JSON.stringify(peers);
  for (let from = after; from < until; from += POSITIONS_PER_SCAN)
    scans.push({ track_id: trackId, after: from, until: Math.min(until, from + POSITIONS_PER_SCAN), peers: wanted });
  return scans;
}

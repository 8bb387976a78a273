import type Database from 'better-sqlite3';
import type { PeerNumber } from '../domain/ids.js';
import {
  decisionsOf,
  firstOf,
  rowsOf,
  type DecisionRow,
  type PeerIndex,
  type RangeBinds,
  type WholeRange,
} from './peer-index.js';
import {
  DECISION_ROWS_AS_JSON,
  DEPARTURE_ROWS_AS_JSON,
  EVENT_OF_PEER,
  JOIN_COUNT,
  NAMING_COLUMNS,
  positionsNamingAsJson,
  ROWS_AT_AS_JSON,
} from './peer-queries.js';
import { pagesOf, type RowRange } from './row-range.js';
import type { TopologyRow } from './topology-row.js';

type Naming = RangeBinds & { readonly peer: PeerNumber; readonly limit: number };
type Some = RangeBinds & { readonly peers: string };

/** The indexes of a segment that was sealed before they were cut by stretches: each is one for the whole file. */
export class WholePeerIndex implements PeerIndex {
  /** One for each column. */
  readonly #naming: readonly Database.Statement<[Naming], string>[];
  readonly #rowsAt: Database.Statement<[string, number], string>;
  readonly #departures: Database.Statement<[Some], string>;
  readonly #decisions: Database.Statement<[Some], string>;
  readonly #joins: Database.Statement<[RangeBinds], number>;
  readonly #event: Database.Statement<[number, number, number], number>;

  constructor(database: Database.Database) {
    this.#naming = NAMING_COLUMNS.map((column) =>
      database.prepare<[Naming], string>(positionsNamingAsJson(column)).pluck(),
    );
    this.#rowsAt = database.prepare<[string, number], string>(ROWS_AT_AS_JSON).pluck();
    this.#departures = database.prepare<[Some], string>(DEPARTURE_ROWS_AS_JSON).pluck();
    this.#decisions = database.prepare<[Some], string>(DECISION_ROWS_AS_JSON).pluck();
    this.#joins = database.prepare<[RangeBinds], number>(JOIN_COUNT).pluck();
    this.#event = database.prepare<[number, number, number], number>(EVENT_OF_PEER).pluck();
  }

  rowsNaming({ trackId, ...range }: RowRange, peer: PeerNumber): TopologyRow[] {
    const binds = { track_id: trackId, peer, ...range };
    const positions = firstOf(
      this.#naming.map((statement) => statement.get(binds)),
      range.limit,
    );
    return positions.length === 0 ? [] : rowsOf(this.#rowsAt.get(JSON.stringify(positions), trackId));
  }

  departureRows({ trackId, after, until }: WholeRange, peers: readonly PeerNumber[]): TopologyRow[] {
    const range = { track_id: trackId, after, until };
    return [...pagesOf(peers)].flatMap((page) =>
      rowsOf(this.#departures.get({ ...range, peers: JSON.stringify(page) })),
    );
  }

  decisionRows({ trackId, after, until }: WholeRange, peers: readonly PeerNumber[]): DecisionRow[] {
    const range = { track_id: trackId, after, until };
    return [...pagesOf(peers)].flatMap((page) =>
      decisionsOf(this.#decisions.get({ ...range, peers: JSON.stringify(page) })),
    );
  }

  joinCount({ trackId, after, until }: WholeRange): number {
    return this.#joins.get({ track_id: trackId, after, until }) ?? 0;
  }

  hasEvent(trackId: number, peer: PeerNumber, type: number): boolean {
    return this.#event.get(trackId, peer, type) !== undefined;
  }
}

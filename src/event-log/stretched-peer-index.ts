import type Database from 'better-sqlite3';
import type { PeerNumber, Position } from '../domain/ids.js';
import { PEERS_LOOKED_UP_MAX, POSITIONS_PER_SCAN } from './event-log-limits.js';
import {
  decisionsOf,
  rowsOf,
  type DecisionRow,
  type PeerIndex,
  type RangeBinds,
  type WholeRange,
} from './peer-index.js';
import type { RowRange } from './row-range.js';
import {
  DECISIONS_IN_RANGE_AS_JSON,
  DEPARTURES_IN_RANGE_AS_JSON,
  STRETCHED_DECISIONS_AS_JSON,
  STRETCHED_DEPARTURE_ROW_AS_JSON,
  STRETCHED_EVENT_OF_PEER,
  STRETCHED_JOIN_COUNT,
  STRETCHED_ROWS_NAMING_PEER_AS_JSON,
} from './stretch-queries.js';
import type { TopologyRow } from './topology-row.js';

/** Stretches are looked into from `from` on. */
type One = RangeBinds & { readonly peer: PeerNumber; readonly from: Position };
type Some = RangeBinds & { readonly peers: string };

/**
 * The indexes of a file that are cut by stretches. One peer costs a look into each stretch since it joined; for many at once it is cheaper to
 * look at every row of the range.
 */
export class StretchedPeerIndex implements PeerIndex {
  readonly #naming: Database.Statement<[One & { readonly limit: number }], string>;
  readonly #departure: Database.Statement<[One], string>;
  readonly #decisions: Database.Statement<[One], string>;
  readonly #joins: Database.Statement<[RangeBinds & { readonly from: Position }], number>;
  readonly #event: Database.Statement<[One & { readonly type: number }], number>;
  readonly #departuresInRange: Database.Statement<[Some], string>;
  readonly #decisionsInRange: Database.Statement<[Some], string>;

  constructor(database: Database.Database) {
    this.#naming = database.prepare<[One & { limit: number }], string>(STRETCHED_ROWS_NAMING_PEER_AS_JSON).pluck();
    this.#departure = database.prepare<[One], string>(STRETCHED_DEPARTURE_ROW_AS_JSON).pluck();
    this.#decisions = database.prepare<[One], string>(STRETCHED_DECISIONS_AS_JSON).pluck();
    this.#joins = database.prepare<[RangeBinds & { from: Position }], number>(STRETCHED_JOIN_COUNT).pluck();
    this.#event = database.prepare<[One & { type: number }], number>(STRETCHED_EVENT_OF_PEER).pluck();
    this.#departuresInRange = database.prepare<[Some], string>(DEPARTURES_IN_RANGE_AS_JSON).pluck();
    this.#decisionsInRange = database.prepare<[Some], string>(DECISIONS_IN_RANGE_AS_JSON).pluck();
  }

  rowsNaming(range: RowRange, peer: PeerNumber): TopologyRow[] {
    return rowsOf(this.#naming.get({ ...bindsOf(range, peer), limit: range.limit }));
  }

  departureRows(range: WholeRange, peers: readonly PeerNumber[]): TopologyRow[] {
    if (peers.length <= PEERS_LOOKED_UP_MAX)
      return peers.flatMap((peer) => rowsOf(this.#departure.get(bindsOf(range, peer))));
    return scansOf(range, peers).flatMap((binds) => rowsOf(this.#departuresInRange.get(binds)));
  }

  decisionRows(range: WholeRange, peers: readonly PeerNumber[]): DecisionRow[] {
    if (peers.length <= PEERS_LOOKED_UP_MAX)
      return peers.flatMap((peer) => decisionsOf(this.#decisions.get(bindsOf(range, peer))));
    return scansOf(range, peers).flatMap((binds) => decisionsOf(this.#decisionsInRange.get(binds)));
  }

  joinCount({ trackId, after, until }: WholeRange): number {
    return this.#joins.get({ track_id: trackId, after, until, from: after + 1 }) ?? 0;
  }

  hasEvent(trackId: number, peer: PeerNumber, type: number): boolean {
    const range = { trackId, after: 0, until: Number.MAX_SAFE_INTEGER };
    return this.#event.get({ ...bindsOf(range, peer), type }) !== undefined;
  }
}

/** No row is about a peer before the one by which it joined, whose position is its number. */
function bindsOf({ trackId, after, until }: WholeRange, peer: PeerNumber): One {
  return { track_id: trackId, after, until, peer, from: Math.max(after + 1, peer) };
}

/** A range in parts, each of them a short read transaction. */
function scansOf({ trackId, after, until }: WholeRange, peers: readonly PeerNumber[]): Some[] {
  const scans: Some[] = [];
  const wanted = JSON.stringify(peers);
  for (let from = after; from < until; from += POSITIONS_PER_SCAN)
    scans.push({ track_id: trackId, after: from, until: Math.min(until, from + POSITIONS_PER_SCAN), peers: wanted });
  return scans;
}

import type Database from 'better-sqlite3';
import type { PeerNumber, Position } from '../domain/ids.js';
import {
  DECISION_ROWS_AS_JSON,
  DEPARTURE_ROWS_AS_JSON,
  HAS_INDEX_OF_TRACK_EVENTS,
  JOIN_COUNT,
  PULSE_BLOCK_HEADS,
  PULSE_BLOCKS_AT,
  ROWS_NAMING_PEER_AS_JSON,
  rowsOfTrackItselfAsJson,
} from './peer-queries.js';
import type { PulseBlockRow } from './pulse-codec.js';
import type { PulseBlockHeads } from './pulse-peers.js';
import type { RowRange } from './row-range.js';
import { blockOfCells, eventRowOfCells, type BlockCells, type EventCells } from './stored-cells.js';
import type { TopologyRow } from './topology-row.js';

type RangeBinds = [trackId: number, after: number, until: number, limit: number];
type NamedRange = Omit<RowRange, 'trackId' | 'limit'> & { readonly track_id: number };

/** Four JSON arrays, and bytes: null for no block. */
type BlockHeadsCells = [string, string, string, string, Buffer | null];
const NO_HEADS: BlockHeadsCells = ['[]', '[]', '[]', '[]', null];

/** The last decision about a peer in a range, and how many there were. */
export interface DecisionRow {
  readonly count: number;
  readonly row: TopologyRow;
}

/** Finds rows of one segment file by whom they are about. Every call is one short read transaction. */
export class SegmentFinder {
  readonly #naming: Database.Statement<[NamedRange & { readonly peer: PeerNumber; readonly limit: number }], string>;
  readonly #ofTrackItself: Database.Statement<RangeBinds, string>;
  readonly #departures: Database.Statement<[NamedRange & { readonly peers: string }], string>;
  readonly #decisions: Database.Statement<[NamedRange & { readonly peers: string }], string>;
  readonly #joinCount: Database.Statement<[number, number, number], number>;
  readonly #blockHeads: Database.Statement<[number, number, number], BlockHeadsCells>;
  readonly #blocksAt: Database.Statement<[string, number], BlockCells>;

  constructor(database: Database.Database) {
    const hasIndex = database.prepare<[], number>(HAS_INDEX_OF_TRACK_EVENTS).pluck().get() === 1;
    this.#naming = database.prepare<[NamedRange & { peer: PeerNumber; limit: number }], string>(
      ROWS_NAMING_PEER_AS_JSON,
    );
    this.#ofTrackItself = database.prepare<RangeBinds, string>(rowsOfTrackItselfAsJson(hasIndex));
    this.#departures = database.prepare<[NamedRange & { peers: string }], string>(DEPARTURE_ROWS_AS_JSON);
    this.#decisions = database.prepare<[NamedRange & { peers: string }], string>(DECISION_ROWS_AS_JSON);
    this.#joinCount = database.prepare<[number, number, number], number>(JOIN_COUNT);
    this.#blockHeads = database.prepare<[number, number, number], BlockHeadsCells>(PULSE_BLOCK_HEADS).raw();
    this.#blocksAt = database.prepare<[string, number], BlockCells>(PULSE_BLOCKS_AT).raw();
    for (const statement of [this.#naming, this.#ofTrackItself, this.#departures, this.#decisions, this.#joinCount])
      statement.pluck();
  }

  /** Rows that name a peer as themselves, as parent or as former parent, in order. */
  rowsNaming({ trackId, ...range }: RowRange, peer: PeerNumber): TopologyRow[] {
    return rowsOf(this.#naming.get({ track_id: trackId, peer, ...range }));
  }

  /** Rows that name no peer, in order. */
  rowsOfTrackItself({ trackId, after, until, limit }: RowRange): TopologyRow[] {
    return rowsOf(this.#ofTrackItself.get(trackId, after, until, limit));
  }

  /** The row with which each of some peers went, for those who did. */
  departureRows({ trackId, after, until }: Omit<RowRange, 'limit'>, peers: readonly PeerNumber[]): TopologyRow[] {
    return rowsOf(this.#departures.get({ track_id: trackId, after, until, peers: JSON.stringify(peers) }));
  }

  /** For each of some peers about whom something was decided. */
  decisionRows({ trackId, after, until }: Omit<RowRange, 'limit'>, peers: readonly PeerNumber[]): DecisionRow[] {
    const page = this.#decisions.get({ track_id: trackId, after, until, peers: JSON.stringify(peers) });
    const found = JSON.parse(page ?? '[]') as { readonly count: number; readonly last: EventCells }[];
    return found.map(({ count, last }) => ({ count, row: eventRowOfCells(last) }));
  }

  /** Peers that joined in the range. */
  joinCount({ trackId, after, until }: Omit<RowRange, 'limit'>): number {
    return this.#joinCount.get(trackId, after, until) ?? 0;
  }

  /** Of the pulse blocks that begin in the range no more than says whose pulses are in them. A range holds as many pulses at most as positions. */
  pulseBlockHeads({ trackId, after, until }: Omit<RowRange, 'limit'>): PulseBlockHeads {
    const [firstPositions, counts, codecs, lengths, bytes] = this.#blockHeads.get(trackId, after, until) ?? NO_HEADS;
    return {
      firstPositions: JSON.parse(firstPositions) as number[],
      counts: JSON.parse(counts) as number[],
      codecs: JSON.parse(codecs) as number[],
      lengths: JSON.parse(lengths) as number[],
      bytes: bytes ?? Buffer.alloc(0),
    };
  }

  /** Pulse blocks by their first positions, in order. */
  pulseBlocksAt(trackId: number, positions: readonly Position[]): PulseBlockRow[] {
    return this.#blocksAt.all(JSON.stringify(positions), trackId).map(blockOfCells);
  }
}

function rowsOf(page: string | undefined): TopologyRow[] {
  return (JSON.parse(page ?? '[]') as EventCells[]).map(eventRowOfCells);
}

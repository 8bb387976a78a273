import type Database from 'better-sqlite3';
import type { PeerNumber, Position } from '../domain/ids.js';
import { rowsOf, type DecisionRow, type PeerIndex, type WholeRange } from './peer-index.js';
import {
  HAS_INDEX_OF_TRACK_EVENTS,
  JOIN_COUNT,
  PULSE_BLOCK_HEADS,
  PULSE_BLOCKS_AT,
  rowsOfTrackItselfAsJson,
} from './peer-queries.js';
import type { PulseBlockHead, PulseBlockRow } from './pulse-codec.js';
import type { RowRange } from './row-range.js';
import { blockHeadOfCells, blockOfCells, type BlockCells, type BlockHeadCells } from './stored-cells.js';
import { HAS_STRETCHES } from './stretch-queries.js';
import { StretchedPeerIndex } from './stretched-peer-index.js';
import { typeCode, type TopologyRow } from './topology-row.js';
import { WholePeerIndex } from './whole-peer-index.js';

type Binds = [trackId: number, after: number, until: number, limit: number];

/** Finds rows of one segment file by whom they are about. Every call is one short read transaction. */
export class SegmentFinder {
  readonly #peers: PeerIndex;
  readonly #ofTrackItself: Database.Statement<Binds, string>;
  readonly #joinCount: Database.Statement<[number, number, number], number>;
  readonly #blockHeads: Database.Statement<Binds, BlockHeadCells>;
  readonly #blocksAt: Database.Statement<[string, number], BlockCells>;

  constructor(database: Database.Database) {
    const hasIndex = database.prepare<[], number>(HAS_INDEX_OF_TRACK_EVENTS).pluck().get() === 1;
    const isCut = database.prepare<[], number>(HAS_STRETCHES).pluck().get() === 1;
    this.#peers = isCut ? new StretchedPeerIndex(database) : new WholePeerIndex(database);
    this.#ofTrackItself = database.prepare<Binds, string>(rowsOfTrackItselfAsJson(hasIndex)).pluck();
    this.#joinCount = database.prepare<[number, number, number], number>(JOIN_COUNT).pluck();
    this.#blockHeads = database.prepare<Binds, BlockHeadCells>(PULSE_BLOCK_HEADS).raw();
    this.#blocksAt = database.prepare<[string, number], BlockCells>(PULSE_BLOCKS_AT).raw();
  }

  /** Rows that name a peer as themselves, as parent or as former parent, in order. */
  rowsNaming(range: RowRange, peer: PeerNumber): TopologyRow[] {
    return this.#peers.rowsNaming(range, peer);
  }

  /** Rows that name no peer, in order. */
  rowsOfTrackItself({ trackId, after, until, limit }: RowRange): TopologyRow[] {
    return rowsOf(this.#ofTrackItself.get(trackId, after, until, limit));
  }

  /** The row with which each of some peers went, for those who did. */
  departureRows(range: WholeRange, peers: readonly PeerNumber[]): TopologyRow[] {
    return this.#peers.departureRows(range, peers);
  }

  /** For each of some peers about whom something was decided. */
  decisionRows(range: WholeRange, peers: readonly PeerNumber[]): DecisionRow[] {
    return this.#peers.decisionRows(range, peers);
  }

  /** Whether a `PeerForgotten` of the peer stands here. */
  isForgotten(trackId: number, peer: PeerNumber): boolean {
    return this.#peers.hasEvent(trackId, peer, typeCode('PeerForgotten'));
  }

  /** Peers that joined in the range. */
  joinCount({ trackId, after, until }: WholeRange): number {
    return this.#joinCount.get(trackId, after, until) ?? 0;
  }

  /** Pulse blocks that begin in the range, of each no more than says whose pulses are in it. */
  pulseBlockHeads({ trackId, after, until, limit }: RowRange): PulseBlockHead[] {
    return this.#blockHeads.all(trackId, after, until, limit).map(blockHeadOfCells);
  }

  /** Pulse blocks by their first positions, in order. */
  pulseBlocksAt(trackId: number, positions: readonly Position[]): PulseBlockRow[] {
    return this.#blocksAt.all(JSON.stringify(positions), trackId).map(blockOfCells);
  }
}

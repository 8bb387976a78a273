import type Database from 'better-sqlite3';
import type { PeerNumber, Position } from '../domain/ids.js';
import { type DecisionRow, type KnownIndex, PeerIndex, type WholeRange } from './peer-index.js';
import {
  HAS_INDEX_OF_TRACK_EVENTS,
  PULSE_BLOCK_HEADS,
  PULSE_BLOCKS_AT,
  rowsOfTrackItselfAsJson,
} from './peer-queries.js';
import type { PulseBlockRow } from './pulse-codec.js';
import type { PulseBlockHeads } from './pulse-peers.js';
import type { RecentlyUsed } from './recently-used.js';
import type { RowRange } from './row-range.js';
import { blockOfCells, eventRowOfCells, type BlockCells, type EventCells } from './stored-cells.js';
import { typeCode, type TopologyRow } from './topology-row.js';

type Binds = [trackId: number, after: number, until: number, limit: number];

/** Four JSON arrays, and bytes: null for no block. */
type BlockHeadsCells = [string, string, string, string, Buffer | null];
const NO_HEADS: BlockHeadsCells = ['[]', '[]', '[]', '[]', null];

/** Finds rows of one segment file by whom they are about, in short read transactions. */
export class SegmentFinder {
  readonly #peers: PeerIndex;
  readonly #ofTrackItself: Database.Statement<Binds, string>;
  readonly #blockHeads: Database.Statement<[number, number, number], BlockHeadsCells>;
  readonly #blocksAt: Database.Statement<[string, number], BlockCells>;

  constructor(database: Database.Database, file: string, known: RecentlyUsed<KnownIndex>) {
    const hasIndex = database.prepare<[], number>(HAS_INDEX_OF_TRACK_EVENTS).pluck().get() === 1;
    this.#peers = new PeerIndex(database, file, known);
    this.#ofTrackItself = database.prepare<Binds, string>(rowsOfTrackItselfAsJson(hasIndex)).pluck();
    this.#blockHeads = database.prepare<[number, number, number], BlockHeadsCells>(PULSE_BLOCK_HEADS).raw();
    this.#blocksAt = database.prepare<[string, number], BlockCells>(PULSE_BLOCKS_AT).raw();
  }

  /** Rows that name a peer as themselves, as parent or as former parent, in order; those after it went may be missing if `untilGone`. */
  rowsNaming(range: RowRange, peer: PeerNumber, untilGone: boolean): TopologyRow[] {
    return this.#peers.rowsNaming(range, peer, untilGone);
  }

  /** Rows that name no peer, in order. */
  rowsOfTrackItself({ trackId, after, until, limit }: RowRange): TopologyRow[] {
    const page = this.#ofTrackItself.get(trackId, after, until, limit);
    return (JSON.parse(page ?? '[]') as EventCells[]).map(eventRowOfCells);
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
  joinCount(range: WholeRange): number {
    return this.#peers.joinCount(range);
  }

  /** Of the pulse blocks that begin in the range no more than says whose pulses are in them. A range holds as many pulses at most as positions. */
  pulseBlockHeads({ trackId, after, until }: WholeRange): PulseBlockHeads {
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

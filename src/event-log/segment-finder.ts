import type Database from 'better-sqlite3';
import type { Position } from '../domain/ids.js';
import { eventRowsOfColumns, type EventColumns } from './event-columns.js';
import { type KnownIndex, PeerIndex, type WholeRange } from './peer-index.js';
import {
  eventColumnsOfTrackItself,
  INDEX_OF_TRACK_EVENTS,
  PULSE_BLOCK_HEADS,
  PULSE_BLOCKS_AT,
} from './peer-queries.js';
import type { PulseBlockRow } from './pulse-codec.js';
import type { PulseBlockHeads } from './pulse-peers.js';
import type { RecentlyUsed } from './recently-used.js';
import type { RowRange } from './row-range.js';
import { hasInSchema } from './segment-queries.js';
import { blockOfCells, type BlockCells } from './stored-cells.js';
import type { TopologyRow } from './topology-row.js';

type Binds = [trackId: number, after: number, until: number, limit: number];

/** Four JSON arrays, and bytes: null for no block. */
type BlockHeadsCells = [string, string, string, string, Buffer | null];
const NO_HEADS: BlockHeadsCells = ['[]', '[]', '[]', '[]', null];

/** Finds rows of one segment file by whom they are about, in short read transactions. */
export class SegmentFinder {
  readonly peers: PeerIndex;
  readonly #ofTrackItself: Database.Statement<Binds, EventColumns>;
  readonly #blockHeads: Database.Statement<[number, number, number], BlockHeadsCells>;
  readonly #blocksAt: Database.Statement<[string, number], BlockCells>;

  constructor(database: Database.Database, file: string, known: RecentlyUsed<KnownIndex>) {
    const hasIndex = hasInSchema(database, INDEX_OF_TRACK_EVENTS);
    this.peers = new PeerIndex(database, file, known);
    this.#ofTrackItself = database.prepare<Binds, EventColumns>(eventColumnsOfTrackItself(hasIndex)).raw();
    this.#blockHeads = database.prepare<[number, number, number], BlockHeadsCells>(PULSE_BLOCK_HEADS).raw();
    this.#blocksAt = database.prepare<[string, number], BlockCells>(PULSE_BLOCKS_AT).raw();
  }

  /** Rows that name no peer, in order. */
  rowsOfTrackItself({ trackId, after, until, limit }: RowRange): TopologyRow[] {
    const columns = this.#ofTrackItself.get(trackId, after, until, limit);
    return columns === undefined ? [] : eventRowsOfColumns(columns);
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

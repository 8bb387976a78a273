import type Database from 'better-sqlite3';
import { CorruptLogError } from '../domain/errors.js';
import type { PeerNumber, Position } from '../domain/ids.js';
import type { CommitHeader } from './chain.js';
import { DamagedLogFileError } from './event-log-errors.js';
import { headOfCells, type HeadCells, type HeadRow } from './head-row.js';
import { openForReading } from './log-file.js';
import {
  ALL_HEADS,
  BLOCK_AT_OR_BEFORE,
  COMMITS_AFTER_SEQUENCE,
  COMMITS_OF_TRACK,
  COMMIT_AT_OR_BEFORE,
  HEAD_OF_TRACK,
  NAMES,
  NUMBERS_OF_PEER_ID,
  PULSE_BLOCKS,
  TOPOLOGY_ROWS,
  TRACK_ID,
} from './log-queries.js';
import type { PulseBlockRow } from './pulse-codec.js';
import { isDamage } from './sqlite-code.js';
import type { TopologyRow } from './topology-row.js';

/** A log as the files it consists of, oldest first; the last one is live. */
export interface SegmentedLog {
  readonly segments: readonly SegmentReader[];
}

/** A row of `commit`. */
export interface CommitRow extends CommitHeader {
  readonly hash: Uint8Array;
}

/** A row of `commit` with its track, as a follower of the whole log reads it. */
export interface TrackCommitRow extends Omit<CommitRow, 'codec'> {
  /** Null when the row of `track` is missing. */
  readonly track: string | null;
  readonly trackId: number;
}

/** A row of `peer_name`. */
export interface NameRow {
  readonly peer: PeerNumber;
  readonly peerId: string;
  readonly resumeHash: string | null;
  readonly salt: Uint8Array;
}

/** Rows of one track behind `after`, up to and with `until`, at most `limit`. */
export interface RowRange {
  readonly trackId: number;
  readonly after: Position;
  readonly until: Position;
  readonly limit: number;
}

type RangeBinds = [trackId: number, after: number, until: number, limit: number];
type CommitCells = [number, number, number, number, number, number, Buffer];
type TrackCommitCells = [number, string | null, number, number, number, number, number, Buffer];
type BlockCells = [number, number, number, number, number, Buffer];
type NameCells = [number, string, string | null, Buffer];
type TopologyCells = [
  number,
  number,
  number,
  number,
  number,
  number | null,
  number | null,
  number | null,
  number | null,
  number | null,
  number | null,
  number | null,
  Buffer | null,
  string | null,
];

/**
 * The rows of one segment file, page by page. Every call is one short read transaction: a reader that stays in one
 * makes the WAL grow without end. Throws DamagedLogFileError when SQLite cannot read the file.
 */
export class SegmentReader {
  readonly file: string;
  readonly database: Database.Database;
  readonly #statements: ReadStatements;

  constructor(file: string, database = openForReading(file)) {
    this.file = file;
    this.database = database;
    this.#statements = this.read(() => prepareStatements(database));
  }

  trackId(track: string): number | null {
    return this.read(() => this.#statements.trackId.get(track)) ?? null;
  }

  heads(): HeadRow[] {
    return this.read(() => this.#statements.allHeads.all()).map(headOfCells);
  }

  head(track: string): HeadRow | null {
    const cells = this.read(() => this.#statements.headOfTrack.get(track));
    return cells === undefined ? null : headOfCells(cells);
  }

  topologyRows(range: RowRange): TopologyRow[] {
    return this.read(() => this.#statements.topologyRows.all(...bindsOf(range))).map(topologyRowOfCells);
  }

  pulseBlocks(range: RowRange): PulseBlockRow[] {
    return this.read(() => this.#statements.pulseBlocks.all(...bindsOf(range))).map(blockOfCells);
  }

  /** First position of the block that holds `position`; null when no block does. */
  blockAt(trackId: number, position: Position): Position | null {
    const cells = this.read(() => this.#statements.blockAtOrBefore.get(trackId, position));
    if (cells === undefined) return null;
    const [firstPosition, count] = cells;
    return firstPosition + count > position ? firstPosition : null;
  }

  /** Names of the peers that joined in the range. */
  names(range: RowRange): NameRow[] {
    return this.read(() => this.#statements.names.all(...bindsOf(range))).map(nameOfCells);
  }

  /** Numbers a peer_id has had, ascending. */
  peerNumbers(trackId: number, peerId: string): PeerNumber[] {
    return this.read(() => this.#statements.numbersOfPeerId.all(trackId, peerId));
  }

  /** Commits of a track that begin behind `after`. */
  commits(trackId: number, after: Position, limit: number): CommitRow[] {
    return this.read(() => this.#statements.commitsOfTrack.all(trackId, after, limit)).map(commitOfCells);
  }

  /** The commit that begins at `position` or last before it. */
  commitAtOrBefore(trackId: number, position: Position): CommitRow | null {
    const cells = this.read(() => this.#statements.commitAtOrBefore.get(trackId, position));
    return cells === undefined ? null : commitOfCells(cells);
  }

  /** Commits of all tracks behind a sequence. */
  commitsAfter(sequence: number, limit: number): TrackCommitRow[] {
    return this.read(() => this.#statements.commitsAfterSequence.all(sequence, limit)).map(trackCommitOfCells);
  }

  /** Runs a read and names the file when SQLite finds it broken. */
  read<Value>(work: () => Value): Value {
    try {
      return work();
    } catch (error) {
      throw isDamage(error) ? new DamagedLogFileError(this.file, error.message) : error;
    }
  }

  close(): void {
    this.database.close();
  }
}

interface ReadStatements {
  readonly trackId: Database.Statement<[string], number>;
  readonly allHeads: Database.Statement<[], HeadCells>;
  readonly headOfTrack: Database.Statement<[string], HeadCells>;
  readonly topologyRows: Database.Statement<RangeBinds, TopologyCells>;
  readonly pulseBlocks: Database.Statement<RangeBinds, BlockCells>;
  readonly blockAtOrBefore: Database.Statement<[number, number], [number, number]>;
  readonly names: Database.Statement<RangeBinds, NameCells>;
  readonly numbersOfPeerId: Database.Statement<[number, string], number>;
  readonly commitsOfTrack: Database.Statement<[number, number, number], CommitCells>;
  readonly commitAtOrBefore: Database.Statement<[number, number], CommitCells>;
  readonly commitsAfterSequence: Database.Statement<[number, number], TrackCommitCells>;
}

function prepareStatements(database: Database.Database): ReadStatements {
  return {
    trackId: database.prepare<[string], number>(TRACK_ID).pluck(),
    allHeads: database.prepare<[], HeadCells>(ALL_HEADS).raw(),
    headOfTrack: database.prepare<[string], HeadCells>(HEAD_OF_TRACK).raw(),
    topologyRows: database.prepare<RangeBinds, TopologyCells>(TOPOLOGY_ROWS).raw(),
    pulseBlocks: database.prepare<RangeBinds, BlockCells>(PULSE_BLOCKS).raw(),
    blockAtOrBefore: database.prepare<[number, number], [number, number]>(BLOCK_AT_OR_BEFORE).raw(),
    names: database.prepare<RangeBinds, NameCells>(NAMES).raw(),
    numbersOfPeerId: database.prepare<[number, string], number>(NUMBERS_OF_PEER_ID).pluck(),
    commitsOfTrack: database.prepare<[number, number, number], CommitCells>(COMMITS_OF_TRACK).raw(),
    commitAtOrBefore: database.prepare<[number, number], CommitCells>(COMMIT_AT_OR_BEFORE).raw(),
    commitsAfterSequence: database.prepare<[number, number], TrackCommitCells>(COMMITS_AFTER_SEQUENCE).raw(),
  };
}

function bindsOf({ trackId, after, until, limit }: RowRange): RangeBinds {
  return [trackId, after, until, limit];
}

function topologyRowOfCells(cells: TopologyCells): TopologyRow {
  return {
    position: cells[0],
    recordedAt: cells[1],
    type: cells[2],
    version: cells[3],
    codec: cells[4],
    peer: cells[5],
    parent: cells[6],
    formerParent: cells[7],
    causedBy: cells[8],
    cause: cells[9],
    amount: cells[10],
    depth: cells[11],
    nameDigest: cells[12],
    detail: cells[13],
  };
}

function blockOfCells(cells: BlockCells): PulseBlockRow {
  const [firstPosition, count, firstRecordedAt, lastRecordedAt, codec, body] = cells;
  return { firstPosition, count, firstRecordedAt, lastRecordedAt, codec, body };
}

function nameOfCells([peer, peerId, resumeHash, salt]: NameCells): NameRow {
  return { peer, peerId, resumeHash, salt };
}

function commitOfCells(cells: CommitCells): CommitRow {
  const [sequence, firstPosition, lastPosition, recordedAt, open, codec, hash] = cells;
  return { sequence, firstPosition, lastPosition, recordedAt, open: flagOf(open, firstPosition), codec, hash };
}

function trackCommitOfCells(cells: TrackCommitCells): TrackCommitRow {
  const [sequence, track, trackId, firstPosition, lastPosition, recordedAt, open, hash] = cells;
  return { sequence, track, trackId, firstPosition, lastPosition, recordedAt, open: flagOf(open, firstPosition), hash };
}

function flagOf(cell: number, position: Position): boolean {
  if (cell !== 0 && cell !== 1) throw new CorruptLogError(position, `open ${String(cell)} is neither 0 nor 1`);
  return cell === 1;
}

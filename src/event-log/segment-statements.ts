import type Database from 'better-sqlite3';
import type { EventColumns } from './event-columns.js';
import type { HeadCells } from './head-row.js';
import {
  ALL_HEADS,
  BLOCK_AT_OR_BEFORE,
  COMMITS_AFTER_SEQUENCE,
  COMMITS_OF_TRACK,
  COMMIT_AT_OR_BEFORE,
  ENDS_OF_TRACK,
  HEAD_OF_TRACK,
  LAST_COMMIT,
  LAST_RECORDED_AT,
  NAMES,
  NUMBERS_OF_PEER_ID,
  OPEN_HEADS,
  PULSE_BLOCKS,
  TOPOLOGY_ROWS,
  TRACK_ID,
} from './log-queries.js';
import { EVENT_COLUMNS_OF_PAGE, IDENTITY_COLUMNS_IN_RANGE, IDENTITY_COLUMNS_OF_PEERS } from './page-queries.js';
import type { RowRange } from './row-range.js';
import { ALL_OPENINGS, hasInSchema, OPENING_OF_TRACK, OPENINGS, SEGMENT_START } from './segment-queries.js';
import { hasNamesByStretch, NUMBERS_OF_PEER_ID_BY_STRETCH } from './stretch-queries.js';
import type {
  IdentityColumns,
  BlockCells,
  CommitCells,
  EndsOfTrack,
  NameCells,
  TopologyCells,
  TrackCommitCells,
} from './stored-cells.js';

/** A page of one track: behind `after`, up to and with `until`. */
export type RangeBinds = [trackId: number, after: number, until: number, limit: number];

/** About what a segment begins with. */
export interface OpeningStatements {
  readonly opening: Database.Statement<[number], HeadCells>;
  readonly openings: Database.Statement<[], HeadCells>;
  readonly start: Database.Statement<[], { last_sequence: number; digest: Buffer }>;
}

/** @returns null for a file that is older than segments, which begins with nothing. */
export function prepareOpenings(database: Database.Database): OpeningStatements | null {
  if (!hasInSchema(database, OPENINGS)) return null;
  return {
    opening: database.prepare<[number], HeadCells>(OPENING_OF_TRACK).raw(),
    openings: database.prepare<[], HeadCells>(ALL_OPENINGS).raw(),
    start: database.prepare<[], { last_sequence: number; digest: Buffer }>(SEGMENT_START),
  };
}

/** About the rows of a segment. */
export interface ReadStatements {
  readonly trackId: Database.Statement<[string], number>;
  readonly allHeads: Database.Statement<[], HeadCells>;
  readonly openHeads: Database.Statement<[], HeadCells>;
  readonly headOfTrack: Database.Statement<[string], HeadCells>;
  readonly topologyRows: Database.Statement<RangeBinds, TopologyCells>;
  readonly eventColumns: Database.Statement<[RowRange], EventColumns>;
  readonly identityColumns: Database.Statement<[string, number], IdentityColumns>;
  readonly identityColumnsInRange: Database.Statement<[RowRange], IdentityColumns>;
  readonly endsOfTrack: Database.Statement<[{ track_id: number }], EndsOfTrack>;
  readonly lastRecordedAt: Database.Statement<[], number>;
  readonly anyName: Database.Statement<[], number>;
  readonly pulseBlocks: Database.Statement<RangeBinds, BlockCells>;
  readonly blockAtOrBefore: Database.Statement<[number, number], [number, number]>;
  readonly names: Database.Statement<RangeBinds, NameCells>;
  readonly numbersOfPeerId: Database.Statement<[{ track_id: number; peer_id: string }], number>;
  readonly commitsOfTrack: Database.Statement<[number, number, number], CommitCells>;
  readonly commitAtOrBefore: Database.Statement<[number, number], CommitCells>;
  readonly lastCommit: Database.Statement<[], TrackCommitCells>;
  readonly commitsAfterSequence: Database.Statement<[number, number], TrackCommitCells>;
}

/** Prepared once for each time that the file is opened. */
export function prepareStatements(database: Database.Database): ReadStatements {
  return {
    trackId: database.prepare<[string], number>(TRACK_ID).pluck(),
    allHeads: database.prepare<[], HeadCells>(ALL_HEADS).raw(),
    openHeads: database.prepare<[], HeadCells>(OPEN_HEADS).raw(),
    headOfTrack: database.prepare<[string], HeadCells>(HEAD_OF_TRACK).raw(),
    topologyRows: database.prepare<RangeBinds, TopologyCells>(TOPOLOGY_ROWS).raw(),
    eventColumns: database.prepare<[RowRange], EventColumns>(EVENT_COLUMNS_OF_PAGE).raw(),
    identityColumns: database.prepare<[string, number], IdentityColumns>(IDENTITY_COLUMNS_OF_PEERS).raw(),
    identityColumnsInRange: database.prepare<[RowRange], IdentityColumns>(IDENTITY_COLUMNS_IN_RANGE).raw(),
    anyName: database.prepare<[], number>('SELECT 1 FROM peer_name LIMIT 1').pluck(),
    endsOfTrack: database.prepare<[{ track_id: number }], EndsOfTrack>(ENDS_OF_TRACK),
    lastRecordedAt: database.prepare<[], number>(LAST_RECORDED_AT).pluck(),
    pulseBlocks: database.prepare<RangeBinds, BlockCells>(PULSE_BLOCKS).raw(),
    blockAtOrBefore: database.prepare<[number, number], [number, number]>(BLOCK_AT_OR_BEFORE).raw(),
    names: database.prepare<RangeBinds, NameCells>(NAMES).raw(),
    numbersOfPeerId: database
      .prepare<[{ track_id: number; peer_id: string }], number>(
        hasNamesByStretch(database) ? NUMBERS_OF_PEER_ID_BY_STRETCH : NUMBERS_OF_PEER_ID,
      )
      .pluck(),
    commitsOfTrack: database.prepare<[number, number, number], CommitCells>(COMMITS_OF_TRACK).raw(),
    commitAtOrBefore: database.prepare<[number, number], CommitCells>(COMMIT_AT_OR_BEFORE).raw(),
    lastCommit: database.prepare<[], TrackCommitCells>(LAST_COMMIT).raw(),
    commitsAfterSequence: database.prepare<[number, number], TrackCommitCells>(COMMITS_AFTER_SEQUENCE).raw(),
  };
}

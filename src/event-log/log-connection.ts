import type { Hash } from 'node:crypto';
import type Database from 'better-sqlite3';
import { ByteReader } from './byte-reader.js';
import { readCanonicalBlock } from './canonical-bytes.js';
import { CHAIN_CODEC, beginCommitHash, genesisHash, type CommitHeader } from './chain.js';
import { AppendFailedError } from './event-log.js';
import { HEADS_CACHED_MAX, LOG_PAGE_BYTES } from './event-log-limits.js';
import { forgetOldest } from './forget-oldest.js';
import { headOfCells, type HeadCells, type HeadRow } from './head-row.js';
import { TOPOLOGY_RUN, readAppendHeader, readBatchHeader, type EncodedAppend } from './log-batch-codec.js';
import {
  HEAD_OF_TRACK,
  INSERT_COMMIT,
  INSERT_PULSE_BLOCK,
  INSERT_TRACK,
  INSERT_TRACK_HEAD,
  LAST_SEQUENCE,
  LAST_TRACK_ID,
  LOG_META,
  MOVE_TRACK_HEAD,
  OPEN_HEADS,
  TURN_TRACK_HEAD,
} from './log-queries.js';
import type { SegmentLimits } from './segment-limits.js';
import { TopologyRunWriter } from './topology-run-writer.js';

/** The writer's connection: its prepared statements, and what it remembers of the log. Dropped whole after a failure that leaves doubt. */
export class LogConnection {
  readonly database: Database.Database;
  readonly #statements: WriteStatements;
  readonly #heads = new Map<string, HeadRow>();
  readonly #topology: TopologyRunWriter;
  #lastSequence: number;
  #lastTrackId: number;
  readonly #createdAt: number;
  #lastRecordedAt = 0;

  constructor(database: Database.Database) {
    this.database = database;
    this.#statements = prepareStatements(database);
    this.#topology = new TopologyRunWriter(database);
    this.#lastSequence = database.prepare<[], number>(LAST_SEQUENCE).pluck().get() ?? 0;
    this.#lastTrackId = database.prepare<[], number>(LAST_TRACK_ID).pluck().get() ?? 0;
    this.#createdAt = database.prepare<[], { created_at: number }>(LOG_META).get()?.created_at ?? 0;
  }

  /** Of the newest event committed on this connection, epoch milliseconds; 0 before the first. */
  get lastRecordedAt(): number {
    return this.#lastRecordedAt;
  }

  /** Whether the file has grown large or old enough to be left. A file without events is neither. */
  isDueForCut({ bytesMax, ageMsMax }: SegmentLimits): boolean {
    if (this.#lastRecordedAt === 0) return false;
    if (this.#lastRecordedAt - this.#createdAt >= ageMsMax) return true;
    return bytesMax < Infinity && (this.#statements.pageCount.get() ?? 0) * LOG_PAGE_BYTES >= bytesMax;
  }

  /**
   * Writes a batch inside the open transaction.
   *
   * @returns what to call once the transaction is committed.
   */
  write(encoded: Uint8Array): () => void {
    const reader = new ByteReader(encoded);
    const heads: HeadRow[] = [];
    const previousTrackId = this.#lastTrackId;
    let sequence = this.#lastSequence;
    try {
      for (let appends = readBatchHeader(reader); appends > 0; appends -= 1) {
        sequence += 1;
        heads.push(this.#writeAppend(reader, sequence));
      }
      this.#topology.finish();
    } catch (error) {
      this.#lastTrackId = previousTrackId;
      throw error;
    }
    return () => {
      this.#lastSequence = sequence;
      for (const head of heads) {
        this.#remember(head);
        this.#lastRecordedAt = Math.max(this.#lastRecordedAt, head.recordedAt);
      }
    };
  }

  /** Forgets every head and what was written of it, so that the next read goes to the file. */
  forgetHeads(): void {
    this.#heads.clear();
    this.#topology.forget();
    this.#lastTrackId = this.database.prepare<[], number>(LAST_TRACK_ID).pluck().get() ?? 0;
  }

  head(track: string): HeadRow | null {
    const known = this.#heads.get(track);
    if (known !== undefined) return known;
    const cells = this.#statements.headOfTrack.get(track);
    if (cells === undefined) return null;
    const head = headOfCells(cells);
    this.#remember(head);
    return head;
  }

  openHeads(): HeadRow[] {
    return this.#statements.openHeads.all().map(headOfCells);
  }

  close(): void {
    this.database.close();
  }

  #writeAppend(reader: ByteReader, sequence: number): HeadRow {
    const append = readAppendHeader(reader);
    const before = this.head(append.track);
    refuseMismatch(append, before);
    const trackId = before?.trackId ?? this.#insertTrack(append.track);
    const commit: CommitHeader = {
      sequence,
      firstPosition: append.previousPosition + 1,
      lastPosition: append.lastPosition,
      recordedAt: append.lastRecordedAt,
      open: append.open,
      codec: CHAIN_CODEC,
    };
    const hash = beginCommitHash(before?.hash ?? genesisHash(append.track), append.track, commit);
    for (let runs = append.runCount; runs > 0; runs -= 1) {
      if (reader.uint32() === TOPOLOGY_RUN) this.#topology.write(reader, trackId, hash);
      else this.#writePulseBlock(reader, trackId, hash);
    }
    return this.#writeCommit(append.track, trackId, commit, hash.digest(), before);
  }

  #insertTrack(track: string): number {
    this.#lastTrackId += 1;
    this.#statements.insertTrack.run(this.#lastTrackId, track);
    return this.#lastTrackId;
  }

  #writePulseBlock(reader: ByteReader, trackId: number, hash: Hash): void {
    const start = reader.offset;
    const block = readCanonicalBlock(reader);
    this.#statements.insertPulseBlock.run(
      trackId,
      block.firstPosition,
      block.count,
      block.firstRecordedAt,
      block.lastRecordedAt,
      block.codec,
      block.body,
    );
    hash.update(reader.bytes.subarray(start, reader.offset));
  }

  #writeCommit(
    track: string,
    trackId: number,
    commit: CommitHeader,
    hash: Uint8Array,
    before: HeadRow | null,
  ): HeadRow {
    const { sequence, firstPosition, lastPosition, recordedAt, open, codec } = commit;
    const openCell = open ? 1 : 0;
    this.#statements.insertCommit.run(
      sequence,
      trackId,
      firstPosition,
      lastPosition,
      recordedAt,
      openCell,
      codec,
      hash,
    );
    const { insertTrackHead, moveTrackHead, turnTrackHead } = this.#statements;
    if (before === null) insertTrackHead.run(lastPosition, recordedAt, hash, openCell, trackId);
    else if (before.open === open) moveTrackHead.run(lastPosition, recordedAt, hash, trackId);
    else turnTrackHead.run(lastPosition, recordedAt, hash, openCell, trackId);
    return { trackId, track, position: lastPosition, recordedAt, hash, open };
  }

  #remember(head: HeadRow): void {
    forgetOldest(this.#heads, head.track, HEADS_CACHED_MAX);
    this.#heads.set(head.track, head);
  }
}

function refuseMismatch(append: EncodedAppend, before: HeadRow | null): void {
  const headPosition = before?.position ?? 0;
  if (append.previousPosition !== headPosition) {
    throw new AppendFailedError(
      `track ${append.track}: the append builds on position ${String(append.previousPosition)}, but the log ends at ${String(headPosition)}`,
    );
  }
  if (before !== null && append.firstRecordedAt < before.recordedAt) {
    throw new AppendFailedError(
      `track ${append.track}: recorded_at ${String(append.firstRecordedAt)} is before the head's ${String(before.recordedAt)}`,
    );
  }
}

interface WriteStatements {
  readonly insertTrack: Database.Statement;
  readonly insertCommit: Database.Statement;
  readonly insertPulseBlock: Database.Statement;
  readonly insertTrackHead: Database.Statement;
  readonly moveTrackHead: Database.Statement;
  readonly turnTrackHead: Database.Statement;
  readonly headOfTrack: Database.Statement<[string], HeadCells>;
  readonly openHeads: Database.Statement<[], HeadCells>;
  readonly pageCount: Database.Statement<[], number>;
}

function prepareStatements(database: Database.Database): WriteStatements {
  return {
    insertTrack: database.prepare(INSERT_TRACK),
    insertCommit: database.prepare(INSERT_COMMIT),
    insertPulseBlock: database.prepare(INSERT_PULSE_BLOCK),
    insertTrackHead: database.prepare(INSERT_TRACK_HEAD),
    moveTrackHead: database.prepare(MOVE_TRACK_HEAD),
    turnTrackHead: database.prepare(TURN_TRACK_HEAD),
    headOfTrack: database.prepare<[string], HeadCells>(HEAD_OF_TRACK).raw(),
    openHeads: database.prepare<[], HeadCells>(OPEN_HEADS).raw(),
    pageCount: database.prepare<[], number>('PRAGMA page_count').pluck(),
  };
}

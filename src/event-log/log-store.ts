import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import type Database from 'better-sqlite3';
import { cutSegment } from './cut-segment.js';
import { segmentFiles } from './data-directory.js';
import { AppendFailedError, AppendOutcomeUnknownError, type LogGauges, type TrackHead } from './event-log.js';
import { DamagedLogFileError } from './event-log-errors.js';
import { trackHeadOf } from './head-row.js';
import { LogConnection } from './log-connection.js';
import { openForWriting, type Durability } from './log-file.js';
import { moveNamesOut } from './seal-segment.js';
import { NO_SEGMENT_LIMITS, type SegmentLimits } from './segment-limits.js';
import { isDamage } from './sqlite-code.js';

const COMMITS_BETWEEN_CUT_ATTEMPTS = 256;

/**
 * The log of one data directory, synchronous: what runs in the thread or on the worker alike. The caller holds the
 * directory's lock and has called `createOrMigrateLog`. After a failure it goes on as soon as the storage does.
 */
export class LogStore {
  #file: string;
  readonly #durability: Durability;
  readonly #limits: SegmentLimits;
  readonly #open: (file: string) => Database.Database;
  /** Which file it is, whatever stands under its name later. */
  #identity: string;
  #connection: LogConnection | null;
  /** Commits to wait for until a cut that failed is tried again. */
  #commitsUntilCut = 0;

  /** @param open opens the file; called again after a failure that the connection did not survive. */
  constructor(
    file: string,
    durability: Durability,
    open = (live: string): Database.Database => openForWriting(live, durability),
    limits: SegmentLimits = NO_SEGMENT_LIMITS,
  ) {
    this.#file = file;
    this.#durability = durability;
    this.#limits = limits;
    this.#open = open;
    this.#identity = identityOf(file);
    this.#connection = new LogConnection(open(file));
  }

  /**
   * Commits an encoded batch in one transaction; durable on return. Fills in the name digests inside `encoded`.
   *
   * @throws AppendFailedError when nothing was kept; AppendOutcomeUnknownError when that is not known;
   * DamagedLogFileError when the file is broken, and nothing was kept.
   */
  applyEncodedBatch(encoded: Uint8Array): void {
    const connection = this.#begin();
    let remember: () => void;
    try {
      remember = connection.write(encoded);
    } catch (error) {
      this.#undo(connection);
      throw this.#failure(error);
    }
    try {
      connection.database.exec('COMMIT');
    } catch (error) {
      throw this.#settle(connection, error);
    }
    remember();
  }

  /**
   * Cuts a new segment when the live one is large or old enough; to be called between commits.
   *
   * @returns whether there is a segment to seal now. A cut that fails leaves the log as it was and is tried again later.
   */
  cutIfDue(): boolean {
    if (this.#commitsUntilCut > 0) {
      this.#commitsUntilCut -= 1;
      return false;
    }
    const connection = this.#connection;
    if (connection === null || !connection.isDueForCut(this.#limits)) return false;
    try {
      this.cut(connection.lastRecordedAt);
      return true;
    } catch {
      this.#commitsUntilCut = COMMITS_BETWEEN_CUT_ATTEMPTS;
      return false;
    }
  }

  /** Cuts a new segment now. @param createdAt epoch milliseconds. */
  cut(createdAt: number): void {
    const next = cutSegment(this.#file, this.#durability, createdAt);
    this.#drop();
    this.#file = next;
    this.#identity = identityOf(next);
    this.#connection = new LogConnection(this.#open(next));
  }

  /** Moves the names of the live segment to where they can be erased. @returns false when a reader kept the WAL from being emptied. */
  moveNamesOut(): boolean {
    return moveNamesOut(dirname(this.#file), this.#connected().database);
  }

  /** Head of one track, or null. Throws as the storage does. */
  head(track: string): TrackHead | null {
    const head = this.#connected().head(track);
    return head === null ? null : trackHeadOf(head);
  }

  /** Heads of the open tracks, by name. */
  openHeads(): TrackHead[] {
    return this.#connected().openHeads().map(trackHeadOf);
  }

  gauges(): LogGauges {
    let logBytes = 0;
    for (const file of segmentFiles(dirname(this.#file))) logBytes += bytesOf(file);
    return { walBytes: bytesOf(`${this.#file}-wal`), logBytes };
  }

  close(): void {
    this.#drop();
  }

  #connected(): LogConnection {
    if (this.#connection !== null) return this.#connection;
    this.#refuseOtherFile();
    this.#connection = new LogConnection(this.#open(this.#file));
    return this.#connection;
  }

  /** SQLite goes on writing to a file that somebody has removed, and all of it is lost with the process. */
  #refuseOtherFile(): void {
    if (identityOf(this.#file) === this.#identity) return;
    throw new AppendFailedError(
      `${this.#file} was removed or replaced while the service was running: put it back, and restart the service`,
    );
  }

  #begin(): LogConnection {
    try {
      this.#refuseOtherFile();
      const connection = this.#connected();
      connection.database.exec('BEGIN IMMEDIATE');
      return connection;
    } catch (error) {
      this.#drop();
      throw this.#failure(error);
    }
  }

  /** COMMIT was never tried, so nothing can be kept, whether or not the rollback works. */
  #undo(connection: LogConnection): void {
    try {
      // SQLite has rolled back by itself after some errors, such as a full disk.
      if (connection.database.inTransaction) connection.database.exec('ROLLBACK');
      connection.forgetHeads();
    } catch {
      this.#drop();
    }
  }

  /**
   * COMMIT failed. SQLite takes it back, but the last frame may already stand in the WAL, where a recovery after a
   * crash would find it. Only an emptied WAL proves that the batch will never appear.
   */
  #settle(connection: LogConnection, error: unknown): Error {
    try {
      if (connection.database.inTransaction) connection.database.exec('ROLLBACK');
      connection.database.pragma('busy_timeout = 0');
      const result = connection.database.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[];
      if (result[0]?.busy === 0) return this.#failure(error);
      return unknownOutcome(error);
    } catch {
      return unknownOutcome(error);
    } finally {
      this.#drop();
    }
  }

  #drop(): void {
    const connection = this.#connection;
    this.#connection = null;
    try {
      connection?.close();
    } catch {
      // The storage is failing; the next call opens the file anew and reports what it finds.
    }
  }

  #failure(error: unknown): Error {
    if (error instanceof AppendFailedError || error instanceof DamagedLogFileError) return error;
    if (isDamage(error)) return new DamagedLogFileError(this.#file, error.message);
    return new AppendFailedError(messageOf(error), { cause: error });
  }
}

function unknownOutcome(error: unknown): AppendOutcomeUnknownError {
  return new AppendOutcomeUnknownError(`COMMIT failed: ${messageOf(error)}`, { cause: error });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Device and number of the file of this name; empty when there is none. */
function identityOf(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false });
  return found === undefined ? '' : `${String(found.dev)}:${String(found.ino)}`;
}

function bytesOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

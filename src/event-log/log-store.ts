import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import type Database from 'better-sqlite3';
import { segmentFiles } from './data-directory.js';
import { AppendFailedError, AppendOutcomeUnknownError, type LogGauges, type TrackHead } from './event-log.js';
import { DamagedLogFileError } from './event-log-errors.js';
import { trackHeadOf } from './head-row.js';
import { LogConnection } from './log-connection.js';
import { openForWriting, type Durability } from './log-file.js';
import { isDamage } from './sqlite-code.js';

/**
 * The log of one data directory, synchronous: what runs in the thread or on the worker alike. The caller holds the
 * directory's lock and has called `createOrMigrateLog`. After a failure it goes on as soon as the storage does.
 */
export class LogStore {
  readonly #file: string;
  readonly #open: () => Database.Database;
  /** Which file it is, whatever stands under its name later. */
  readonly #identity: string;
  #connection: LogConnection | null;

  /** @param open opens the file; called again after a failure that the connection did not survive. */
  constructor(file: string, durability: Durability, open = () => openForWriting(file, durability)) {
    this.#file = file;
    this.#open = open;
    this.#identity = identityOf(file);
    this.#connection = new LogConnection(open());
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
    this.#connection = new LogConnection(this.#open());
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

import { createOrMigrateLog } from './create-log.js';
import { lockDataDirectory, withDataDirectory, type DataDirectoryLock } from './data-directory.js';
import type { EventLog, LogBatch, LogGauges, TrackHead } from './event-log.js';
import { encodeBatch } from './log-batch-codec.js';
import type { Durability } from './log-file.js';
import { LogStore } from './log-store.js';
import { withSalvage } from './salvage.js';
import { sealSegment, unsealedSegments } from './seal-segment.js';
import type { SegmentLimits } from './segment-limits.js';

export interface EventLogOptions {
  readonly dataDir: string;
  /** Default `full`. */
  readonly durability?: Durability;
  /** Epoch milliseconds; becomes `created_at` of a new log. */
  readonly nowMs: number;
  /** When a new segment is cut; never unless given. */
  readonly segments?: SegmentLimits;
}

/** The log, committing in the calling thread: for tests, tools and the simulator. A service uses WorkerEventLog. */
export class SqliteEventLog implements EventLog {
  readonly #dataDir: string;
  readonly #store: LogStore;
  readonly #lock: DataDirectoryLock;

  private constructor(dataDir: string, store: LogStore, lock: DataDirectoryLock) {
    this.#dataDir = dataDir;
    this.#store = store;
    this.#lock = lock;
  }

  /**
   * Opens the log of a data directory for writing; creates both when they are missing.
   *
   * @throws DataDirectoryLockedError, DataDirectoryUnusableError, LogFormatTooNewError, DamagedLogFileError, UnsafeSqliteError.
   */
  static async open(options: EventLogOptions): Promise<SqliteEventLog> {
    const { dataDir, durability = 'full', nowMs, segments } = options;
    const lock = lockDataDirectory(dataDir);
    try {
      const file = await createOrMigrateLog(dataDir, durability, nowMs);
      const log = new SqliteEventLog(dataDir, new LogStore(file, durability, undefined, segments), lock);
      log.#sealAll();
      return log;
    } catch (error) {
      lock.release();
      throw withSalvage(withDataDirectory(error, dataDir));
    }
  }

  append(batch: LogBatch): Promise<void> {
    return settled(() => {
      this.#store.applyEncodedBatch(encodeBatch(batch));
      if (this.#store.cutIfDue()) this.#sealAll();
    });
  }

  /** Cuts a new segment now and seals the one before. @param createdAt epoch milliseconds. */
  cut(createdAt: number): Promise<void> {
    return settled(() => {
      this.#store.cut(createdAt);
      this.#sealAll();
    });
  }

  moveNamesOut(): Promise<boolean> {
    return settled(() => this.#store.moveNamesOut());
  }

  openHeads(): Promise<TrackHead[]> {
    return settled(() => this.#store.openHeads());
  }

  head(track: string): Promise<TrackHead | null> {
    return settled(() => this.#store.head(track));
  }

  gauges(): Promise<LogGauges> {
    return settled(() => this.#store.gauges());
  }

  close(): Promise<void> {
    return settled(() => {
      this.#store.close();
      this.#lock.release();
    });
  }

  /** A segment that somebody reads is sealed the next time. */
  #sealAll(): void {
    for (const file of unsealedSegments(this.#dataDir)) sealSegment(this.#dataDir, file);
  }
}

/** Does the work now; what it throws rejects. */
function settled<Value>(work: () => Value): Promise<Value> {
  return new Promise((resolve) => {
    resolve(work());
  });
}

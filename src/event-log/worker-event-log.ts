import { Worker } from 'node:worker_threads';
import { createOrMigrateLog } from './create-log.js';
import { segmentFiles, lockDataDirectory, withDataDirectory, type DataDirectoryLock } from './data-directory.js';
import {
  AppendOutcomeUnknownError,
  type EventLog,
  type LogBatch,
  type LogGauges,
  type TrackHead,
} from './event-log.js';
import { WORKER_ANSWER_MS_MAX } from './event-log-limits.js';
import { encodeBatch } from './log-batch-codec.js';
import {
  SEGMENT_CUT,
  errorOf,
  type LogAnswer,
  type LogReply,
  type LogRequest,
  type LogWorkerData,
} from './log-worker-protocol.js';
import { withSalvage } from './salvage.js';
import { unsealedSegments } from './seal-segment.js';
import { NO_SEGMENT_LIMITS } from './segment-limits.js';
import type { EventLogOptions } from './sqlite-event-log.js';

export interface WorkerEventLogOptions extends EventLogOptions {
  /** The compiled worker; default is the one beside this file. */
  readonly workerUrl?: URL;
  /** Calls `onLate` after so many milliseconds unless the returned function is called first. Without it a silent worker is waited for. */
  readonly startTimer?: (ms: number, onLate: () => void) => () => void;
  /** Told when a new segment was cut: whoever reads the one before lets go of it, so that it can be sealed. */
  readonly onCut?: () => void;
  /** Told when a segment cannot be sealed because it is held open, each time that was tried: whoever reads lets go of it. */
  readonly onHeld?: () => void;
  /** Nothing is sealed before `startSealing`: a start needs both processors for itself. */
  readonly sealsLater?: boolean;
  /** Told why a segment could not be sealed; it is tried again at the next cut. */
  readonly onSealFailed?: (error: Error) => void;
}

/** A request without its number. */
type Question = LogRequest extends infer Request ? (Request extends LogRequest ? Omit<Request, 'id'> : never) : never;

interface Pending {
  readonly kind: LogRequest['kind'];
  readonly resolve: (answer: LogAnswer) => void;
  readonly reject: (error: Error) => void;
  /** Undefined without a timer. */
  cancelTimer: (() => void) | undefined;
}

/**
 * The log, committing on a worker thread, so that the thread that serves sockets never waits for a disk. A worker that
 * dies or falls silent is replaced at the next call; the directory's lock stays with this thread meanwhile.
 */
export class WorkerEventLog implements EventLog {
  readonly #options: WorkerEventLogOptions;
  readonly #workerData: LogWorkerData;
  #sealer: Worker | null = null;
  #sealsAgain = false;
  #maySeal: boolean;
  readonly #lock: DataDirectoryLock;
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | null = null;
  #lastWorkerGone: Promise<unknown> = Promise.resolve();
  #lastRequest = 0;
  #closed = false;

  private constructor(options: WorkerEventLogOptions, workerData: LogWorkerData, lock: DataDirectoryLock) {
    this.#options = options;
    this.#workerData = workerData;
    this.#lock = lock;
    this.#maySeal = options.sealsLater !== true;
  }

  /**
   * Opens the log of a data directory for writing; creates both when they are missing. Resolves when the worker answers.
   *
   * @throws DataDirectoryLockedError, DataDirectoryUnusableError, LogFormatTooNewError, DamagedLogFileError, UnsafeSqliteError.
   */
  static async open(options: WorkerEventLogOptions): Promise<WorkerEventLog> {
    const { dataDir, durability = 'full', nowMs, segments = NO_SEGMENT_LIMITS } = options;
    const lock = lockDataDirectory(dataDir);
    try {
      const file = await createOrMigrateLog(dataDir, durability, nowMs);
      const log = new WorkerEventLog(options, { file, durability, segments }, lock);
      await log.gauges();
      if (log.#maySeal) log.startSealing();
      return log;
    } catch (error) {
      lock.release();
      throw withSalvage(withDataDirectory(error, dataDir));
    }
  }

  async append(batch: LogBatch): Promise<void> {
    const encoded = encodeBatch(batch);
    await this.#ask({ kind: 'append', batch: encoded }, [encoded.buffer]);
  }

  async openHeads(): Promise<TrackHead[]> {
    return (await this.#ask({ kind: 'openHeads' })) as TrackHead[];
  }

  async head(track: string): Promise<TrackHead | null> {
    return (await this.#ask({ kind: 'head', track })) as TrackHead | null;
  }

  async gauges(): Promise<LogGauges> {
    return (await this.#ask({ kind: 'gauges' })) as LogGauges;
  }

  async moveNamesOut(): Promise<boolean> {
    return (await this.#ask({ kind: 'moveNamesOut' })) as boolean;
  }

  /** From now on what was cut off is sealed, now or before. */
  startSealing(): void {
    this.#maySeal = true;
    if (unsealedSegments(this.#options.dataDir).length > 0) this.#seal();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    // Sealing may end at any instant; the next start goes on with it.
    await this.#sealer?.terminate();
    try {
      if (this.#worker !== null) await this.#ask({ kind: 'close' });
      await this.#worker?.terminate();
    } finally {
      this.#closed = true;
      this.#lock.release();
    }
  }

  async #ask(question: Question, transfer: ArrayBuffer[] = []): Promise<LogAnswer> {
    // A lost worker may be in the middle of a commit; only when it is gone does the file tell what became of it.
    await this.#lastWorkerGone;
    if (this.#closed) throw new Error('the event log is closed');
    this.#worker ??= this.#start();
    const worker = this.#worker;
    this.#lastRequest += 1;
    const id = this.#lastRequest;
    return new Promise((resolve, reject) => {
      const pending: Pending = { kind: question.kind, resolve, reject, cancelTimer: undefined };
      this.#pending.set(id, pending);
      worker.postMessage({ ...question, id }, transfer);
      pending.cancelTimer = this.#options.startTimer?.(WORKER_ANSWER_MS_MAX, () => {
        this.#giveUp(worker, `the log's worker has not answered for ${String(WORKER_ANSWER_MS_MAX)} ms`);
      });
    });
  }

  #start(): Worker {
    // A worker that was lost may have cut a segment that nobody was told of.
    const file = segmentFiles(this.#options.dataDir).at(-1) ?? this.#workerData.file;
    const worker = new Worker(this.#options.workerUrl ?? new URL('./log-worker.js', import.meta.url), {
      workerData: { ...this.#workerData, file },
    });
    worker.on('message', (reply: LogReply | typeof SEGMENT_CUT) => {
      if (reply === SEGMENT_CUT) this.#cut();
      else this.#settle(reply);
    });
    worker.on('error', (error) => {
      this.#giveUp(worker, `the log's worker died: ${error.message}`);
    });
    worker.on('exit', (code) => {
      this.#giveUp(worker, `the log's worker ended with code ${String(code)}`);
    });
    return worker;
  }

  #cut(): void {
    this.#options.onCut?.();
    this.#seal();
  }

  /** One thread at a time; it looks for all that is to be sealed. */
  #seal(): void {
    if (!this.#maySeal) return;
    if (this.#sealer !== null) {
      this.#sealsAgain = true;
      return;
    }
    this.#sealsAgain = false;
    const { workerUrl, dataDir } = this.#options;
    const sealer = new Worker(new URL('./seal-worker.js', workerUrl ?? import.meta.url), { workerData: { dataDir } });
    sealer.unref();
    sealer.on('error', (error) => {
      this.#options.onSealFailed?.(error);
    });
    sealer.on('message', () => {
      this.#options.onHeld?.();
    });
    sealer.on('exit', () => {
      this.#sealer = null;
      if (this.#sealsAgain && !this.#closed) this.#seal();
    });
    this.#sealer = sealer;
  }

  #settle(reply: LogReply): void {
    const pending = this.#pending.get(reply.id);
    if (pending === undefined) return;
    this.#pending.delete(reply.id);
    pending.cancelTimer?.();
    if (reply.ok) pending.resolve(reply.answer);
    else pending.reject(errorOf(reply.error));
  }

  /** Whatever was asked of a lost worker may or may not have been done. The next call starts another one. */
  #giveUp(worker: Worker, reason: string): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    this.#lastWorkerGone = worker.terminate();
    const lost = [...this.#pending.values()];
    this.#pending.clear();
    for (const { kind, reject, cancelTimer } of lost) {
      cancelTimer?.();
      reject(kind === 'append' ? new AppendOutcomeUnknownError(reason) : new Error(reason));
    }
  }
}

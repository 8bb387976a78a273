import { Worker } from 'node:worker_threads';
import { SNAPSHOT_YOUNG_MB_MAX } from './event-log-limits.js';
import { errorOf } from './log-worker-protocol.js';
import type { SnapshotTotals } from './snapshot-files.js';
import type { SnapshotAnswer, SnapshotReply, SnapshotRequest } from './snapshot-worker-protocol.js';
import type { SnapshotMoment, TakenSnapshot } from './take-snapshot.js';

/** Whoever takes snapshots of the log's tracks. */
export interface SnapshotTaker {
  /**
   * Keeps the state of a track at its head, or where its live segment begins. Resolves when the snapshot is in its place, with null
   * when there is one already, or no such place.
   *
   * @throws when the track's log cannot be folded, or the snapshot not be written; the log is not concerned.
   */
  take(track: string, at: SnapshotMoment): Promise<TakenSnapshot | null>;
  /** What there is of snapshots. */
  totals(): Promise<SnapshotTotals>;
  close(): Promise<void>;
}

type Question = SnapshotRequest extends infer Request
  ? Request extends SnapshotRequest
    ? Omit<Request, 'id'>
    : never
  : never;

interface Asked {
  readonly resolve: (answer: SnapshotAnswer) => void;
  readonly reject: (error: Error) => void;
}

/** Takes snapshots on a thread of its own, because folding and writing a large tree would keep the sockets waiting. */
export class SnapshotThread implements SnapshotTaker {
  #worker: Worker | null = null;
  #lastId = 0;
  readonly #asked = new Map<number, Asked>();

  /** @param workerUrl the compiled worker; default is the one beside this file. */
  constructor(
    private readonly dataDir: string,
    private readonly workerUrl = new URL('./snapshot-worker.js', import.meta.url),
  ) {}

  async take(track: string, at: SnapshotMoment): Promise<TakenSnapshot | null> {
    return (await this.#ask({ kind: 'take', track, at })) as TakenSnapshot | null;
  }

  async totals(): Promise<SnapshotTotals> {
    return (await this.#ask({ kind: 'totals' })) as SnapshotTotals;
  }

  /** Whatever is under way is abandoned: an unfinished snapshot is never read. */
  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    this.#failAll('the thread was closed');
    await worker?.terminate();
  }

  #ask(question: Question): Promise<SnapshotAnswer> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      this.#running().postMessage({ ...question, id });
    });
  }

  #running(): Worker {
    if (this.#worker !== null) return this.#worker;
    const worker = new Worker(this.workerUrl, {
      workerData: { dataDir: this.dataDir },
      // What it folds lives until the snapshot is written, so room for what dies young would only be kept for nothing.
      resourceLimits: { maxYoungGenerationSizeMb: SNAPSHOT_YOUNG_MB_MAX },
    });
    worker.on('message', (reply: SnapshotReply) => {
      this.#settle(reply);
    });
    worker.on('error', (error) => {
      if (this.#worker === worker) this.#worker = null;
      this.#failAll(`the thread that takes snapshots died: ${error.message}`);
    });
    worker.unref();
    this.#worker = worker;
    return worker;
  }

  #settle(reply: SnapshotReply): void {
    const asked = this.#asked.get(reply.id);
    this.#asked.delete(reply.id);
    if (reply.ok) asked?.resolve(reply.answer);
    else asked?.reject(errorOf(reply.error));
  }

  #failAll(reason: string): void {
    for (const { reject } of this.#asked.values()) reject(new Error(reason));
    this.#asked.clear();
  }
}

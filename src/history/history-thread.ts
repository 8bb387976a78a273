import { type ResourceLimits, Worker } from 'node:worker_threads';
import { HistoryFault, type HistoryFaultCode, type HistoryRequest } from './history-request.js';

/** MiB of heap after which a question is ended, before it takes the memory of the service. */
const THREAD_HEAP_MIB_MAX = 1_024;

/**
 * MiB for what has just been made. The tree of an answer is some megabytes that are garbage when it was given: with the 16 MiB of a thread that
 * nobody says anything about, most of each tree was copied to the old ones first, which took longer than all else.
 */
const THREAD_YOUNG_HEAP_MIB_MAX = 96;

/** What a thread that answers questions about the past may take of memory. */
export const HISTORY_THREAD_LIMITS: ResourceLimits = {
  maxOldGenerationSizeMb: THREAD_HEAP_MIB_MAX,
  maxYoungGenerationSizeMb: THREAD_YOUNG_HEAP_MIB_MAX,
};

/** What a history thread is started with. */
export interface HistoryWorkerData {
  readonly dataDir: string;
  /** Events one question may read. */
  readonly costMax: number;
}

/** What a history thread answers with. */
export type HistoryReply = Readonly<{ answer: unknown } | { code: HistoryFaultCode; reason: string }>;

/** Said to a history thread instead of a question: it lets go of every file, and answers nothing. */
export const RELEASE_FILES = 'release-files';

interface Asked {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (fault: Error) => void;
}

/**
 * One thread that answers one question at a time, on read-only connections of its own. A question that has to be ended is ended
 * with its thread; the next one starts another.
 */
export class HistoryThread {
  #worker: Worker | null = null;
  #asked: Asked | null = null;

  constructor(private readonly workerData: HistoryWorkerData) {}

  get isIdle(): boolean {
    return this.#asked === null;
  }

  /**
   * To be called while idle.
   *
   * @throws HistoryFault with its code.
   */
  ask(request: HistoryRequest): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#running().postMessage(request);
      this.#asked = { resolve, reject };
    });
  }

  /** Lets go of every file, behind the question that runs. */
  release(): void {
    this.#worker?.postMessage(RELEASE_FILES);
  }

  /** Ends what runs, at once; whoever asked is told why. */
  end(fault: HistoryFault): void {
    const worker = this.#worker;
    this.#worker = null;
    // The thread may be inside a read of the file; nobody has to wait for the end of it.
    void worker?.terminate();
    this.#settle((asked) => {
      asked.reject(fault);
    });
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.end(new HistoryFault('shutting_down', 'the service is shutting down'));
    await worker?.terminate();
  }

  #running(): Worker {
    if (this.#worker !== null) return this.#worker;
    const worker = new Worker(new URL('./history-worker.js', import.meta.url), {
      workerData: this.workerData,
      resourceLimits: HISTORY_THREAD_LIMITS,
    });
    worker.on('message', (reply: HistoryReply) => {
      if (worker === this.#worker) this.#answered(reply);
    });
    worker.on('error', (error: Error & { code?: string }) => {
      if (worker === this.#worker) this.#died(error);
    });
    worker.unref();
    this.#worker = worker;
    return worker;
  }

  #answered(reply: HistoryReply): void {
    this.#settle(({ resolve, reject }) => {
      if ('answer' in reply) resolve(reply.answer);
      else reject(new HistoryFault(reply.code, reply.reason));
    });
  }

  #died(error: Error & { code?: string }): void {
    this.#worker = null;
    const fault =
      error.code === 'ERR_WORKER_OUT_OF_MEMORY'
        ? new HistoryFault('query_too_costly', 'the question needs more memory than one question may take')
        : new HistoryFault('history_failed', error.message);
    this.#settle(({ reject }) => {
      reject(fault);
    });
  }

  #settle(tell: (asked: Asked) => void): void {
    const asked = this.#asked;
    this.#asked = null;
    if (asked !== null) tell(asked);
  }
}

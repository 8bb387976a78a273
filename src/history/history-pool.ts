import { HistoryFault, type HistoryAnswers, type HistoryRequest } from './history-request.js';
import { HistoryThread } from './history-thread.js';

/** Threads for questions that may read much of a log. */
export const FOLDING_THREADS = 2;
/** Questions of each kind that may wait for a thread; one more is answered `busy`. */
export const HISTORY_REQUESTS_MAX = 64;

export interface HistoryPoolOptions {
  readonly dataDir: string;
  /** How long one question may take, and as long again wait for its turn; milliseconds. */
  readonly timeLimitMs: number;
  /** Events one question may read. */
  readonly costMax: number;
  /** Calls `onLate` after so many milliseconds unless the returned function is called first. */
  readonly startTimer: (ms: number, onLate: () => void) => () => void;
}

/** Questions that read a bounded stretch each. They have a thread of their own, so that no long one is ever in front of them. */
const PAGED: ReadonlySet<HistoryRequest['kind']> = new Set(['heads', 'events', 'stream-start', 'stream']);

/**
 * Asks the history on threads of its own, so that no question about the past delays a heartbeat of today, and none harms another: each
 * thread has one question at a time, and a question that takes too long is ended with its thread.
 */
export class HistoryPool {
  readonly #pages: Lane;
  readonly #folds: Lane;

  constructor(options: HistoryPoolOptions) {
    this.#pages = new Lane(options, 1);
    this.#folds = new Lane(options, FOLDING_THREADS);
  }

  /**
   * @throws HistoryFault with its code: what was asked for is not there, the log is damaged, the question took too long
   * (`query_timeout`) or read too much (`query_too_costly`), or too many ask (`busy`).
   */
  async ask<Kind extends HistoryRequest['kind']>(
    request: Extract<HistoryRequest, { kind: Kind }>,
  ): Promise<HistoryAnswers[Kind]> {
    const lane = PAGED.has(request.kind) ? this.#pages : this.#folds;
    return (await lane.ask(request)) as HistoryAnswers[Kind];
  }

  /** Questions that run, that wait for a thread, and that were not answered for want of one (`busy`), since the start. */
  get load(): HistoryLoad {
    const lanes = [this.#pages, this.#folds];
    const sum = (of: (lane: Lane) => number): number => lanes.reduce((total, lane) => total + of(lane), 0);
    return {
      running: sum((lane) => lane.running),
      waiting: sum((lane) => lane.waiting),
      refused: sum((lane) => lane.refused),
    };
  }

  /** Lets go of every file between two questions, so that a segment can be sealed; the next question opens what it needs. */
  release(): void {
    this.#pages.release();
    this.#folds.release();
  }

  async close(): Promise<void> {
    await Promise.all([this.#pages.close(), this.#folds.close()]);
  }
}

/** What the threads of the history have to do. */
export interface HistoryLoad {
  readonly running: number;
  readonly waiting: number;
  readonly refused: number;
}

interface Waiting {
  readonly request: HistoryRequest;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (fault: unknown) => void;
  readonly cancelTimer: () => void;
}

/** A few threads, and the questions that wait for one of them in order of asking. */
class Lane {
  /** Questions answered `busy` so far. */
  refused = 0;
  readonly #threads: readonly HistoryThread[];
  readonly #waiting = new Set<Waiting>();
  #isClosed = false;

  constructor(
    private readonly options: HistoryPoolOptions,
    size: number,
  ) {
    const { dataDir, costMax } = options;
    this.#threads = Array.from({ length: size }, () => new HistoryThread({ dataDir, costMax }));
  }

  get running(): number {
    return this.#threads.filter(({ isIdle }) => !isIdle).length;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  ask(request: HistoryRequest): Promise<unknown> {
    if (this.#isClosed) return Promise.reject(new HistoryFault('shutting_down', 'the service is shutting down'));
    if (this.#waiting.size >= HISTORY_REQUESTS_MAX) return Promise.reject(this.#refusal());
    return new Promise((resolve, reject) => {
      const cancelTimer = this.options.startTimer(this.options.timeLimitMs, () => {
        this.#waiting.delete(waiting);
        reject(this.#refusal());
      });
      const waiting = { request, resolve, reject, cancelTimer };
      this.#waiting.add(waiting);
      this.#dispatch();
    });
  }

  release(): void {
    for (const thread of this.#threads) thread.release();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { cancelTimer, reject } of this.#waiting) {
      cancelTimer();
      reject(new HistoryFault('shutting_down', 'the service is shutting down'));
    }
    this.#waiting.clear();
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }

  #refusal(): HistoryFault {
    this.refused += 1;
    return new HistoryFault('busy', 'too many questions about the past are waiting; try again');
  }

  #dispatch(): void {
    const thread = this.#threads.find((candidate) => candidate.isIdle);
    const [next] = this.#waiting;
    if (thread === undefined || next === undefined) return;
    this.#waiting.delete(next);
    next.cancelTimer();
    void this.#run(thread, next);
  }

  async #run(thread: HistoryThread, { request, resolve, reject }: Waiting): Promise<void> {
    const { timeLimitMs, startTimer } = this.options;
    const cancelTimer = startTimer(timeLimitMs, () => {
      thread.end(
        new HistoryFault(
          'query_timeout',
          `the answer took longer than ${String(timeLimitMs)} ms: ask for less, or use the command line`,
        ),
      );
    });
    try {
      resolve(await thread.ask(request));
    } catch (fault) {
      reject(fault);
    }
    cancelTimer();
    this.#dispatch();
  }
}

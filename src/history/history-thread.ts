import { Worker } from 'node:worker_threads';
import {
  HISTORY_REQUESTS_MAX,
  type HistoryAnswers,
  HistoryFault,
  type HistoryFaultCode,
  type HistoryRequest,
} from './history-request.js';

type Reply = Readonly<{ id: number; answer: unknown } | { id: number; code: HistoryFaultCode; reason: string }>;

interface Asked {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (fault: Error) => void;
}

/** Asks the history on a thread of its own, so that no question about the past delays a heartbeat of today. */
export class HistoryThread {
  #worker: Worker | null = null;
  #lastId = 0;
  readonly #asked = new Map<number, Asked>();

  constructor(private readonly dataDir: string) {}

  /** @throws HistoryFault with its code: what was asked for is not there, the log is damaged, or too many ask. */
  ask<Kind extends HistoryRequest['kind']>(
    request: Extract<HistoryRequest, { kind: Kind }>,
  ): Promise<HistoryAnswers[Kind]> {
    if (this.#asked.size >= HISTORY_REQUESTS_MAX) {
      return Promise.reject(new HistoryFault('busy', 'too many questions about the past are waiting; try again'));
    }
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve: resolve as (answer: unknown) => void, reject });
      this.#running().postMessage({ id, request });
    });
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
    this.#failAll('the service is shutting down');
  }

  #running(): Worker {
    if (this.#worker !== null) return this.#worker;
    const worker = new Worker(new URL('./history-worker.js', import.meta.url), {
      workerData: { dataDir: this.dataDir },
    });
    worker.on('message', (reply: Reply) => {
      this.#settle(reply);
    });
    worker.on('error', (error) => {
      this.#worker = null;
      this.#failAll(error.message);
    });
    worker.unref();
    this.#worker = worker;
    return worker;
  }

  #settle(reply: Reply): void {
    const asked = this.#asked.get(reply.id);
    this.#asked.delete(reply.id);
    if ('answer' in reply) asked?.resolve(reply.answer);
    else asked?.reject(new HistoryFault(reply.code, reply.reason));
  }

  #failAll(reason: string): void {
    for (const { reject } of this.#asked.values()) reject(new HistoryFault('history_failed', reason));
    this.#asked.clear();
  }
}

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { HISTORY_THREAD_LIMITS } from '../../src/history/history-thread.js';
import type { PastQuestion } from './past-reader.js';

/** Asks a question, and resolves when its answer is made. */
export type AskPast = (question: PastQuestion) => Promise<void>;

/** Runs `work` with a thread that reads a log as a history thread does, with the same memory. */
export async function withPastThread<Result>(
  dataDir: string,
  work: (ask: AskPast) => Promise<Result>,
): Promise<Result> {
  const worker = new Worker(new URL('./past-reader.js', import.meta.url), {
    workerData: dataDir,
    resourceLimits: HISTORY_THREAD_LIMITS,
  });
  try {
    return await work(async (question) => {
      // Rejects when the thread fails.
      const answered = once(worker, 'message');
      worker.postMessage(question);
      await answered;
    });
  } finally {
    const ended = once(worker, 'exit');
    worker.postMessage(null);
    await ended;
  }
}

import { parentPort, workerData } from 'node:worker_threads';
import { CorruptLogError } from '../domain/errors.js';
import { HistoryUnavailableError } from '../event-log/event-log-errors.js';
import { openEventLogReader } from '../event-log/sqlite-event-log-reader.js';
import { HistoryAnswerer } from './answer-history.js';
import { HistoryFault, type HistoryFaultCode, type HistoryRequest } from './history-request.js';

/** Entry of the history thread: one question after the other, on read-only connections of its own. */
const answerer = new HistoryAnswerer(openEventLogReader((workerData as { dataDir: string }).dataDir));

parentPort?.on('message', ({ id, request }: { id: number; request: HistoryRequest }) => {
  try {
    parentPort?.postMessage({ id, answer: answerer.answer(request) });
  } catch (error) {
    parentPort?.postMessage({
      id,
      code: codeOf(error),
      reason: error instanceof Error ? error.message : String(error),
    });
  }
});

function codeOf(error: unknown): HistoryFaultCode {
  if (error instanceof HistoryFault) return error.code;
  if (error instanceof HistoryUnavailableError) return error.code;
  return error instanceof CorruptLogError ? 'damaged_log' : 'history_failed';
}

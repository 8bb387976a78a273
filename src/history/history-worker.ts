import { parentPort, workerData } from 'node:worker_threads';
import { CorruptLogError } from '../domain/errors.js';
import { openEventLogReader } from '../event-log/sqlite-event-log-reader.js';
import { HistoryAnswerer } from './answer-history.js';
import { HistoryFault, type HistoryFaultCode, type HistoryRequest } from './history-request.js';
import type { HistoryReply, HistoryWorkerData } from './history-thread.js';
import { MeteredReader } from './metered-reader.js';

/** Entry of a history thread: one question after the other, each with its own budget of events. */
const { dataDir, costMax } = workerData as HistoryWorkerData;
const reader = new MeteredReader(openEventLogReader(dataDir), costMax);
const answerer = new HistoryAnswerer(reader);

parentPort?.on('message', (request: HistoryRequest) => {
  parentPort?.postMessage(replyTo(request));
});

function replyTo(request: HistoryRequest): HistoryReply {
  try {
    reader.begin();
    return { answer: answerer.answer(request) };
  } catch (error) {
    return { code: codeOf(error), reason: error instanceof Error ? error.message : String(error) };
  }
}

function codeOf(error: unknown): HistoryFaultCode {
  if (error instanceof HistoryFault) return error.code;
  return error instanceof CorruptLogError ? 'damaged_log' : 'history_failed';
}

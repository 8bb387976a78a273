import { parentPort, workerData } from 'node:worker_threads';
import { CorruptLogError } from '../domain/errors.js';
import { HistoryUnavailableError } from '../event-log/event-log-errors.js';
import { openEventLogReader } from '../event-log/sqlite-event-log-reader.js';
import { yieldToServing } from '../event-log/yield-to-serving.js';
import { HistoryAnswerer } from './answer-history.js';
import { type HistoryDocument, HistoryFault, type HistoryFaultCode, type HistoryRequest } from './history-request.js';
import { type HistoryReply, type HistoryWorkerData, RELEASE_FILES } from './history-thread.js';
import { metered, ReadMeter } from './metered-reader.js';

/** Where all processors are busy, a question about the past waits rather than a heartbeat. */
const STEPS_BACK = 5;

/** Entry of a history thread: one question after the other, each with its own budget of events. */
const { dataDir, costMax } = workerData as HistoryWorkerData;
const meter = new ReadMeter(costMax);
const reader = openEventLogReader(dataDir);
const answerer = new HistoryAnswerer(metered(reader, meter));

yieldToServing(STEPS_BACK);
parentPort?.on('message', (request: HistoryRequest | typeof RELEASE_FILES) => {
  if (request === RELEASE_FILES) {
    reader.release();
    return;
  }
  const reply = replyTo(request);
  parentPort?.postMessage(reply, 'answer' in reply ? transferred(reply.answer) : []);
});

function replyTo(request: HistoryRequest): HistoryReply {
  try {
    meter.begin();
    return { answer: answerer.answer(request) };
  } catch (error) {
    return { code: codeOf(error), reason: error instanceof Error ? error.message : String(error) };
  }
}

/** A document of some megabytes changes hands without a copy. */
function transferred(answer: unknown): ArrayBuffer[] {
  const body = (answer as Partial<HistoryDocument>).body;
  return body === undefined ? [] : [body.buffer];
}

function codeOf(error: unknown): HistoryFaultCode {
  if (error instanceof HistoryFault) return error.code;
  if (error instanceof HistoryUnavailableError) return error.code;
  return error instanceof CorruptLogError ? 'damaged_log' : 'history_failed';
}

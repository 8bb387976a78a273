import { parentPort, workerData } from 'node:worker_threads';
import {
  SEGMENT_CUT,
  describeError,
  type LogAnswer,
  type LogReply,
  type LogRequest,
  type LogWorkerData,
} from './log-worker-protocol.js';
import { LogStore } from './log-store.js';

/** The thread that commits. It knows nothing but the store; whoever started it holds the directory's lock. */
const port = parentPort;
if (port === null) throw new Error('log-worker runs as a worker thread only');

const { file, durability, segments } = workerData as LogWorkerData;
let store: LogStore | null = null;

port.on('message', (request: LogRequest) => {
  port.postMessage(reply(request));
  // Behind the answer: who waits for a commit does not wait for a cut.
  if (request.kind === 'append' && store?.cutIfDue() === true) port.postMessage(SEGMENT_CUT);
  if (request.kind === 'close') port.close();
});

function reply(request: LogRequest): LogReply {
  try {
    return { id: request.id, ok: true, answer: answer(request) };
  } catch (error) {
    return { id: request.id, ok: false, error: describeError(error) };
  }
}

function answer(request: LogRequest): LogAnswer {
  if (request.kind === 'close') {
    store?.close();
    return null;
  }
  // Opened by the first request, so that a store that cannot be opened is an answer and not a dead thread.
  store ??= new LogStore(file, durability, undefined, segments);
  switch (request.kind) {
    case 'append':
      store.applyEncodedBatch(request.batch);
      return null;
    case 'head':
      return store.head(request.track);
    case 'openHeads':
      return store.openHeads();
    case 'gauges':
      return store.gauges();
    case 'moveNamesOut':
      return store.moveNamesOut();
  }
}

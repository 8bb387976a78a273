import { parentPort, workerData } from 'node:worker_threads';
import { describeError } from './log-worker-protocol.js';
import { SnapshotFiles } from './snapshot-files.js';
import type { SnapshotAnswer, SnapshotReply, SnapshotRequest, SnapshotWorkerData } from './snapshot-worker-protocol.js';
import { openEventLogReader, type SqliteEventLogReader } from './sqlite-event-log-reader.js';
import { takeSnapshot } from './take-snapshot.js';
import { cutPosition } from './track-parts.js';
import { yieldToServing } from './yield-to-serving.js';

/** Where all processors are busy, a snapshot comes later rather than a commit. */
const STEPS_BACK = 10;

/** The thread that follows the log to keep snapshots: it folds what is committed for itself, on read-only connections of its own. */
const port = parentPort;
if (port === null) throw new Error('snapshot-worker runs as a worker thread only');

const { dataDir } = workerData as SnapshotWorkerData;
const files = new SnapshotFiles(dataDir);
yieldToServing(STEPS_BACK);

port.on('message', (request: SnapshotRequest) => {
  port.postMessage(reply(request));
});

function reply(request: SnapshotRequest): SnapshotReply {
  try {
    return { id: request.id, ok: true, answer: answer(request) };
  } catch (error) {
    return { id: request.id, ok: false, error: describeError(error) };
  }
}

function answer(request: SnapshotRequest): SnapshotAnswer {
  if (request.kind === 'totals') return files.totals();
  const reader: SqliteEventLogReader = openEventLogReader(dataDir);
  try {
    const { track, at } = request;
    return takeSnapshot(reader, files, track, at === 'cut' ? cutPosition(reader, track) : undefined);
  } finally {
    // Held open it would know the files of the log only as they were then.
    reader.close();
  }
}

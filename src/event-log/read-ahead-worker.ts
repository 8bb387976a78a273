import { parentPort, workerData } from 'node:worker_threads';
import { nearestSnapshot } from './replay-start.js';
import type { ReadAhead, ReadAheadWorkerData } from './snapshots-read-ahead.js';
import { SnapshotFiles } from './snapshot-files.js';
import { openEventLogReader } from './sqlite-event-log-reader.js';

/** The thread that reads the newest snapshot of every open track, with the names of its peers, and ends. */
const port = parentPort;
if (port === null) throw new Error('read-ahead-worker runs as a worker thread only');

const { dataDir } = workerData as ReadAheadWorkerData;
const files = new SnapshotFiles(dataDir);
const reader = openEventLogReader(dataDir);
const post = (read: ReadAhead, transferred: ArrayBuffer[] = []): void => port.postMessage(read, transferred);
try {
  for (const { track, position } of reader.openHeads()) {
    const snapshot = nearestSnapshot(files, reader, track, position);
    if (snapshot === null) continue;
    const peers = [...snapshot.peers];
    const { header, columns } = snapshot.parts;
    post({ kind: 'snapshot', parts: { header, columns } }, buffersOf(columns));
    for (const page of reader.identityColumns(track, peers)) post({ kind: 'names', page });
    const liveness = snapshot.livenessParts();
    post({ kind: 'complete', liveness }, [...buffersOf(liveness.columns), ...buffersOf([liveness.judgements])]);
  }
} finally {
  reader.close();
}

function buffersOf(columns: object): ArrayBuffer[] {
  return (Object.values(columns) as Uint8Array<ArrayBuffer>[]).map(({ buffer }) => buffer);
}

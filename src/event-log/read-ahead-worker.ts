import { parentPort, workerData } from 'node:worker_threads';
import { namesOf, nearestSnapshot } from './replay-start.js';
import type { ReadAheadSnapshot, ReadAheadWorkerData } from './snapshots-read-ahead.js';
import { SnapshotFiles } from './snapshot-files.js';
import { openEventLogReader } from './sqlite-event-log-reader.js';

/** The thread that reads the newest snapshot of every open track, with the names of its peers, and ends. */
const port = parentPort;
if (port === null) throw new Error('read-ahead-worker runs as a worker thread only');

const { dataDir } = workerData as ReadAheadWorkerData;
const files = new SnapshotFiles(dataDir);
const reader = openEventLogReader(dataDir);
try {
  for (const { track, position } of reader.openHeads()) {
    const snapshot = nearestSnapshot(files, reader, track, position);
    if (snapshot === null) continue;
    const names = namesOf(snapshot, reader);
    const read: ReadAheadSnapshot = {
      parts: snapshot.parts,
      peerIds: names.map((name) => name?.peerId ?? null),
      resumeHashes: names.map((name) => name?.resumeHash ?? null),
    };
    port.postMessage(
      read,
      Object.values(read.parts.columns).map((column: Float64Array<ArrayBuffer>) => column.buffer),
    );
  }
} finally {
  reader.close();
}

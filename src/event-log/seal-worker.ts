import { parentPort, workerData } from 'node:worker_threads';
import { SEAL_ATTEMPTS_MAX, SEAL_RETRY_MS } from './event-log-limits.js';
import { SEGMENT_HELD } from './log-worker-protocol.js';
import { sealSegment, unsealedSegments } from './seal-segment.js';

/**
 * The thread that seals what the writer has left: no commit waits for it. While somebody holds a segment open it says so, and tries again
 * for a while; then the segment is left to the next cut or the next start.
 */
const { dataDir } = workerData as { dataDir: string };
const pause = new Int32Array(new SharedArrayBuffer(4));

for (let attempt = 0; attempt < SEAL_ATTEMPTS_MAX; attempt += 1) {
  const inUse = unsealedSegments(dataDir).filter((file) => sealSegment(dataDir, file) === 'in_use');
  if (inUse.length === 0) break;
  parentPort?.postMessage(SEGMENT_HELD);
  Atomics.wait(pause, 0, 0, SEAL_RETRY_MS);
}

import { Worker } from 'node:worker_threads';
import type { PeerIdentity } from '../domain/events.js';
import type { Position } from '../domain/ids.js';
import type { SnapshotSource } from './replay-start.js';
import { Snapshot, type SnapshotFault, type SnapshotParts } from './snapshot-codec.js';
import { SnapshotFiles } from './snapshot-files.js';

/** What the thread is started with. */
export interface ReadAheadWorkerData {
  readonly dataDir: string;
}

/** A snapshot as it comes from the thread. Names in two columns: an object for each would be copied property by property. */
export interface ReadAheadSnapshot {
  readonly parts: SnapshotParts;
  readonly peerIds: readonly (string | null)[];
  readonly resumeHashes: readonly (string | null)[];
}

/**
 * The snapshots that a start will need, read on a thread of their own while this one still loads the service. Whatever was not read
 * ahead, or could not be, is read when it is asked for: nothing depends on it but time.
 */
export class SnapshotsReadAhead implements SnapshotSource {
  readonly #files: SnapshotFiles;
  /** By track. */
  readonly #read = new Map<string, Snapshot>();
  readonly #worker: Worker;
  /** Resolves when there is nothing more to come; never rejects. */
  readonly done: Promise<void>;

  /**
   * Begins to read. Only for the holder of the directory's lock, so that nobody erases a name meanwhile.
   *
   * @param workerUrl the compiled worker; default is the one beside this file.
   */
  constructor(dataDir: string, workerUrl = new URL('./read-ahead-worker.js', import.meta.url)) {
    this.#files = new SnapshotFiles(dataDir);
    const workerData: ReadAheadWorkerData = { dataDir };
    this.#worker = new Worker(workerUrl, { workerData });
    this.#worker.on('message', (read: ReadAheadSnapshot) => {
      const snapshot = new Snapshot(read.parts, namesIn(read));
      this.#read.set(snapshot.place.track, snapshot);
    });
    this.done = new Promise((resolve) => {
      // A fault of the log is met again, and told, where the log itself is read.
      this.#worker.on('error', () => resolve());
      this.#worker.on('exit', () => resolve());
    });
  }

  positions(track: string): Position[] {
    return this.#files.positions(track);
  }

  /** Hands out what was read ahead once: it is large, and later reads want later snapshots. */
  read(track: string, position: Position): Snapshot | SnapshotFault | null {
    const ahead = this.#read.get(track);
    if (ahead?.place.position !== position) return this.#files.read(track, position);
    this.#read.delete(track);
    return ahead;
  }

  /** Lets go of all that nobody asked for. */
  async close(): Promise<void> {
    await this.#worker.terminate();
    this.#read.clear();
  }
}

function namesIn({ peerIds, resumeHashes }: ReadAheadSnapshot): (PeerIdentity | null)[] {
  return peerIds.map((peerId, index) => (peerId === null ? null : { peerId, resumeHash: resumeHashes[index] ?? null }));
}

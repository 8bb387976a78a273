import { Worker } from 'node:worker_threads';
import type { PeerIdentity } from '../domain/events.js';
import type { PeerNumber, Position } from '../domain/ids.js';
import type { SnapshotSource } from './replay-start.js';
import { Snapshot, type SnapshotFault, type SnapshotParts } from './snapshot-codec.js';
import type { LivenessParts } from './snapshot-columns.js';
import { SnapshotFiles } from './snapshot-files.js';
import type { IdentityColumns } from './stored-cells.js';

/** What the thread is started with. */
export interface ReadAheadWorkerData {
  readonly dataDir: string;
}

/**
 * What the thread says, track after track: a snapshot, the names of its peers page by page, and, while those are made objects of, who
 * of them was heard when.
 */
export type ReadAhead =
  | { readonly kind: 'snapshot'; readonly parts: Omit<SnapshotParts, 'liveness'> }
  | { readonly kind: 'names'; readonly page: IdentityColumns }
  | { readonly kind: 'complete'; readonly liveness: LivenessParts };

/**
 * The snapshots that a start will need, read on a thread of their own while this one still loads the service. Whatever was not read
 * ahead, or could not be, is read when it is asked for: nothing depends on it but time.
 */
export class SnapshotsReadAhead implements SnapshotSource {
  readonly #files: SnapshotFiles;
  /** By track. */
  readonly #read = new Map<string, Snapshot>();
  #arriving: ArrivingSnapshot | null = null;
  readonly #worker: Worker;
  /** Resolves when there is nothing more to come; never rejects. */
  readonly done: Promise<void>;

  /**
   * Begins to read. The lock of the directory need not be held yet: what is read counts only when the log, once it is open, passes through
   * the same commit, and a name that is erased meanwhile belongs to somebody whom the log then sends away.
   *
   * @param workerUrl the compiled worker; default is the one beside this file.
   */
  constructor(dataDir: string, workerUrl = new URL('./read-ahead-worker.js', import.meta.url)) {
    this.#files = new SnapshotFiles(dataDir);
    const workerData: ReadAheadWorkerData = { dataDir };
    this.#worker = new Worker(workerUrl, { workerData });
    this.#worker.on('message', (read: ReadAhead) => {
      this.#take(read);
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

  #take(read: ReadAhead): void {
    switch (read.kind) {
      case 'snapshot':
        this.#arriving = new ArrivingSnapshot(read.parts);
        return;
      case 'names':
        this.#arriving?.name(read.page);
        return;
      case 'complete': {
        const snapshot = this.#arriving?.whole(read.liveness) ?? null;
        this.#arriving = null;
        if (snapshot !== null) this.#read.set(snapshot.place.track, snapshot);
      }
    }
  }
}

/** A snapshot whose names are still on their way. */
class ArrivingSnapshot {
  readonly #parts: Omit<SnapshotParts, 'liveness'>;
  readonly #names: (PeerIdentity | null)[];
  /** Whose name came last, and where it stands, or would stand. */
  #last: PeerNumber = 0;
  #place = 0;
  #isDamaged = false;

  constructor(parts: Omit<SnapshotParts, 'liveness'>) {
    this.#parts = parts;
    this.#names = new Array<PeerIdentity | null>(parts.columns.numbers.length).fill(null);
  }

  name(page: IdentityColumns): void {
    try {
      const columns = [page[0], page[1], page[2]];
      const [peers, peerIds, resumeHashes] = columns.map((column) => JSON.parse(column) as unknown[]);
      (peers as PeerNumber[]).forEach((peer, index) => {
        const place = this.#placeOf(peer);
        if (place === null) return;
        this.#names[place] = { peerId: peerIds?.[index] as string, resumeHash: resumeHashes?.[index] as string | null };
      });
    } catch {
      // Text that is no UTF-8: whoever reads the log itself names the file.
      this.#isDamaged = true;
    }
  }

  /** Null when it cannot be used. */
  whole(liveness: LivenessParts): Snapshot | null {
    return this.#isDamaged ? null : new Snapshot({ ...this.#parts, liveness }, this.#names);
  }

  /** Names come in the order of their peers, so the place of one is that of the last or a little further; another source begins anew. */
  #placeOf(peer: PeerNumber): number | null {
    const { numbers } = this.#parts.columns;
    if (peer < this.#last) this.#place = 0;
    this.#last = peer;
    while ((numbers[this.#place] ?? Infinity) < peer) this.#place += 1;
    return numbers[this.#place] === peer ? this.#place : null;
  }
}

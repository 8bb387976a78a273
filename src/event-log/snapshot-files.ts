import { createHash } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Position } from '../domain/ids.js';
import { SNAPSHOT_BYTES_PER_TRACK_MAX, SNAPSHOTS_PER_TRACK_MAX } from './event-log-limits.js';
import { decodeSnapshot, type Snapshot, type SnapshotFault } from './snapshot-codec.js';

/** Folder of the snapshots in a data directory. */
export const SNAPSHOT_FOLDER = 'snapshots';
const SNAPSHOT_FILE = /^(\d{16})\.snapshot$/;
const UNFINISHED = '.unfinished';
/** Hex digits of a track's folder: names of tracks hold slashes and may differ in nothing but case. */
const FOLDER_DIGITS = 32;
/** The newest snapshots of a track are never thinned: should one turn out damaged, a start has the other. */
const NEWEST_KEPT = 2;

/**
 * The snapshots of a data directory, one file for each track and position. They are a cache: any of them, or the whole folder, may be
 * removed at any time, and nothing but speed is lost. Files of others, and unfinished ones, are never read.
 */
export class SnapshotFiles {
  readonly #folder: string;

  constructor(dataDir: string) {
    this.#folder = join(dataDir, SNAPSHOT_FOLDER);
  }

  /** Positions with a snapshot of the track, ascending; usable or not. */
  positions(track: string): Position[] {
    return positionsIn(this.#folderOf(track));
  }

  /** @returns null when it is gone. */
  read(track: string, position: Position): Snapshot | SnapshotFault | null {
    const bytes = readOrNull(this.#fileOf(track, position));
    if (bytes === null) return null;
    const snapshot = decodeSnapshot(bytes);
    if (typeof snapshot === 'string') return snapshot;
    const { place } = snapshot;
    return place.track === track && place.position === position ? snapshot : 'damaged';
  }

  /**
   * Keeps a snapshot: whole or not at all, whenever the process or the machine may end. Then thins those of the track.
   *
   * @param head of the track's log; what lies behind it is removed.
   * @throws what the file system throws, such as for a full disk; nothing is kept then.
   */
  write(track: string, position: Position, bytes: Uint8Array, head = position): void {
    const folder = this.#folderOf(track);
    mkdirSync(folder, { recursive: true });
    const file = this.#fileOf(track, position);
    try {
      writeFlushed(file + UNFINISHED, bytes);
      renameSync(file + UNFINISHED, file);
    } catch (error) {
      rmSync(file + UNFINISHED, { force: true });
      throw error;
    }
    this.#thin(track, head);
  }

  remove(track: string, position: Position): void {
    rmSync(this.#fileOf(track, position), { force: true });
  }

  /** How many there are, their bytes, and when the last one was written (epoch milliseconds, null when there is none). Looks at every file. */
  totals(): SnapshotTotals {
    let [count, bytes, newestAt] = [0, 0, 0];
    for (const folder of listed(this.#folder)) {
      for (const name of listed(join(this.#folder, folder))) {
        const file = statSync(join(this.#folder, folder, name), { throwIfNoEntry: false });
        if (file === undefined || !SNAPSHOT_FILE.test(name)) continue;
        count += 1;
        bytes += file.size;
        newestAt = Math.max(newestAt, file.mtimeMs);
      }
    }
    return { count, bytes, newestAt: newestAt === 0 ? null : Math.round(newestAt) };
  }

  /**
   * Whatever lies behind `head` is of another history of the track, such as that before a backup was put back. Of the others the one
   * goes whose neighbours are closest, until the track has no more than its share.
   */
  #thin(track: string, head: Position): void {
    const folder = this.#folderOf(track);
    for (const name of listed(folder)) if (name.endsWith(UNFINISHED)) rmSync(join(folder, name), { force: true });
    const kept = positionsIn(folder).filter((position) => {
      if (position > head) this.remove(track, position);
      return position <= head;
    });
    const sizes = new Map(kept.map((position) => [position, this.#bytesOf(track, position)]));
    let total = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
    while (
      kept.length > NEWEST_KEPT &&
      (kept.length > SNAPSHOTS_PER_TRACK_MAX || total > SNAPSHOT_BYTES_PER_TRACK_MAX)
    ) {
      const [spare] = kept.splice(leastMissed(kept), 1);
      if (spare === undefined) return;
      total -= sizes.get(spare) ?? 0;
      this.remove(track, spare);
    }
  }

  #bytesOf(track: string, position: Position): number {
    return statSync(this.#fileOf(track, position), { throwIfNoEntry: false })?.size ?? 0;
  }

  #folderOf(track: string): string {
    return join(this.#folder, createHash('sha256').update(track).digest('hex').slice(0, FOLDER_DIGITS));
  }

  #fileOf(track: string, position: Position): string {
    return join(this.#folderOf(track), `${String(position).padStart(16, '0')}.snapshot`);
  }
}

/** What there is of snapshots. */
export interface SnapshotTotals {
  readonly count: number;
  readonly bytes: number;
  readonly newestAt: number | null;
}

/** @returns the place in `positions` that leaves the smallest hole; none of the newest. */
function leastMissed(positions: readonly Position[]): number {
  let [least, hole] = [0, Infinity];
  for (let index = 0; index < positions.length - NEWEST_KEPT; index += 1) {
    const left = (positions[index + 1] ?? 0) - (positions[index - 1] ?? 0);
    if (left < hole) [least, hole] = [index, left];
  }
  return least;
}

function positionsIn(folder: string): Position[] {
  const positions: Position[] = [];
  for (const name of listed(folder)) {
    const digits = SNAPSHOT_FILE.exec(name)?.[1];
    if (digits !== undefined) positions.push(Number(digits));
  }
  return positions.sort((one, other) => one - other);
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // No folder, or none that can be read: there are no snapshots, and a replay from the first event needs none.
    return [];
  }
}

function readOrNull(file: string): Buffer | null {
  try {
    return readFileSync(file);
  } catch {
    return null;
  }
}

function writeFlushed(file: string, bytes: Uint8Array): void {
  const descriptor = openSync(file, 'w');
  try {
    for (let written = 0; written < bytes.length;) written += writeSync(descriptor, bytes, written);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

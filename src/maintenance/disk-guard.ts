import { statfs } from 'node:fs/promises';
import type { Clock } from '../clock.js';
import { type Rejection, rejection } from '../domain/commands.js';

/** From plenty to nearly nothing: each level also means what the ones before it mean. */
export const DISK_LEVELS = ['ample', 'low', 'refuses_tracks', 'refuses_commands'] as const;
export type DiskLevel = (typeof DISK_LEVELS)[number];

/** Free bytes below which a level begins; 0 switches it off. */
export interface DiskThresholds {
  readonly warnBytes: number;
  readonly refuseTracksBytes: number;
  readonly refuseCommandsBytes: number;
}

/** What a file system says of itself. */
export interface DiskSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

export interface DiskGuardParts {
  readonly clock: Clock;
  readonly thresholds: DiskThresholds;
  readonly measure: () => Promise<DiskSpace>;
  readonly onChange?: (level: DiskLevel, space: DiskSpace) => void;
}

/** How often the disk is looked at, milliseconds. */
const LOOK_EVERY_MS = 2_000;
/** A threshold is never more than this share of a small disk: percent, in the order of the levels. */
const SHARES_MAX = [10, 5, 2] as const;

/** Watches the free space of the data directory, so that the service stops taking work before the disk is full, and says so. */
export class DiskGuard {
  #level: DiskLevel = 'ample';
  #space: DiskSpace = { freeBytes: 0, totalBytes: 0 };
  #cancel: (() => void) | null = null;
  #isStopped = false;

  constructor(private readonly parts: DiskGuardParts) {}

  get level(): DiskLevel {
    return this.#level;
  }

  /** As last measured; zeros before the first look. */
  get space(): DiskSpace {
    return this.#space;
  }

  /** Looks once, and then again and again until `stop`. */
  async start(): Promise<void> {
    await this.look();
    this.#schedule();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
  }

  /** A disk that cannot be measured keeps its level: appending to it will tell. */
  async look(): Promise<void> {
    let space: DiskSpace;
    try {
      space = await this.parts.measure();
    } catch {
      return;
    }
    this.#space = space;
    const level = levelOf(space, this.parts.thresholds);
    if (level === this.#level) return;
    this.#level = level;
    this.parts.onChange?.(level, space);
  }

  /** Why nothing may be appended now; null when it may. */
  refusalOfCommands(): string | null {
    return this.#level === 'refuses_commands' ? `the disk has only ${String(this.#space.freeBytes)} bytes free` : null;
  }

  /** Why no track may be opened now; null when one may. */
  refusalOfTracks(): Rejection | null {
    if (this.#level !== 'refuses_tracks' && this.#level !== 'refuses_commands') return null;
    return rejection('storage_unavailable', 'the disk is nearly full, so no new track is opened');
  }

  #schedule(): void {
    if (this.#isStopped) return;
    this.#cancel = this.parts.clock.after(LOOK_EVERY_MS, () => {
      void this.look().finally(() => {
        this.#schedule();
      });
    });
  }
}

/** Free space for this user of the file system a directory is on. */
export async function diskSpaceOf(directory: string): Promise<DiskSpace> {
  const { bavail, blocks, bsize } = await statfs(directory);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}

function levelOf({ freeBytes, totalBytes }: DiskSpace, thresholds: DiskThresholds): DiskLevel {
  const { warnBytes, refuseTracksBytes, refuseCommandsBytes } = thresholds;
  const isBelow = (bytes: number, share: number): boolean => freeBytes < Math.min(bytes, (totalBytes * share) / 100);
  if (isBelow(refuseCommandsBytes, SHARES_MAX[2])) return 'refuses_commands';
  if (isBelow(refuseTracksBytes, SHARES_MAX[1])) return 'refuses_tracks';
  return isBelow(warnBytes, SHARES_MAX[0]) ? 'low' : 'ample';
}

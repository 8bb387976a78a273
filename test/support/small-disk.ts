import { execFileSync } from 'node:child_process';
import { appendFileSync, closeSync, fsyncSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const CHUNK_BYTES = 64 * 1024;

/** A disk of a few megabytes with a file system of its own. Needs the right to mount; without it, it says so and throws. */
export class SmallDisk {
  /** @param path where it is mounted. */
  private constructor(readonly path: string) {}

  static async mount(megabytes: number): Promise<SmallDisk> {
    const path = await mkdtemp(join(tmpdir(), 'meshledger-disk-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${String(megabytes)}m`, 'tmpfs', path], { stdio: 'pipe' });
    } catch (error) {
      await rm(path, { recursive: true });
      throw new Error(`a full disk cannot be staged here, because mounting is refused: ${String(error)}`, {
        cause: error,
      });
    }
    return new SmallDisk(path);
  }

  get ballast(): string {
    return join(this.path, 'ballast');
  }

  /** Somebody else fills the disk to the last byte. */
  fill(): void {
    const file = openSync(this.ballast, 'a');
    try {
      for (let bytes = CHUNK_BYTES; bytes >= 1;) if (!isWritten(file, bytes)) bytes = Math.floor(bytes / 2);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  }

  /** Somebody else takes space until so many bytes are free. */
  fillTo(freeBytes: number): void {
    const { bavail, bsize } = statfsSync(this.path);
    appendFileSync(this.ballast, Buffer.alloc(Math.max(0, bavail * bsize - freeBytes)));
  }

  /** Somebody makes room. */
  empty(): void {
    rmSync(this.ballast, { force: true });
  }

  async unmount(): Promise<void> {
    execFileSync('umount', ['-l', this.path]);
    await rm(this.path, { recursive: true });
  }
}

function isWritten(file: number, bytes: number): boolean {
  try {
    return writeSync(file, Buffer.alloc(bytes)) > 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false;
    throw error;
  }
}

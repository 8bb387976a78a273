import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import Database from 'better-sqlite3';
import { namesFile, openingFile, openingNumbers, segmentFiles } from './data-directory.js';
import { DamagedLogFileError } from './event-log-errors.js';
import { COPY_PAGES_PER_STEP, LOCK_WAIT_MS_MAX } from './event-log-limits.js';
import { rollBackHotJournal } from './hot-journal.js';
import { flush } from './opening-file.js';
import { isSealed } from './seal-segment.js';
import { isDamage } from './sqlite-code.js';

/** Hears how far a copy has come: of which file, and how many of how many bytes (of pages for a file that is in use). */
export type OnCopied = (file: string, done: number, total: number) => void;

/** Files of a finished copy, by name. */
export interface LogCopy {
  readonly files: readonly string[];
}

/**
 * Copies the log of a data directory as it stands at one moment, while a service may be writing it: sealed segments as plain files, those
 * in use from one read transaction each. Oldest first and names last, so that no name is missed that moves meanwhile. The copy gets its
 * name when it is whole: after a crash there is none, or all of it.
 *
 * @param target must not exist, or be empty.
 * @throws DamagedLogFileError; whatever the file system throws, such as for a full disk.
 */
export async function copyLog(dataDir: string, target: string, onCopied: OnCopied = () => undefined): Promise<LogCopy> {
  const unfinished = `${resolve(target)}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  const files: string[] = [];
  for (const number of openingNumbers(dataDir)) files.push(openingFile(dataDir, number));
  files.push(...segmentFiles(dataDir));
  for (const file of files) await copyOne(file, join(unfinished, basename(file)), onCopied);
  const names = namesFile(dataDir);
  if (existsSync(names)) {
    await copyInUse(names, join(unfinished, basename(names)), onCopied);
    files.push(names);
  }
  flush(unfinished);
  renameSync(unfinished, resolve(target));
  flush(dirname(resolve(target)));
  return { files: files.map((file) => basename(file)) };
}

async function copyOne(file: string, target: string, onCopied: OnCopied): Promise<void> {
  if (!isSealed(file)) {
    await copyInUse(file, target, onCopied);
    return;
  }
  onCopied(file, 0, 1);
  await copyFile(file, target);
  flush(target);
  onCopied(file, 1, 1);
}

/** A read transaction that stays open holds the moment: without it the copy would begin anew with every commit. */
async function copyInUse(file: string, target: string, onCopied: OnCopied): Promise<void> {
  rollBackHotJournal(file);
  const source = new Database(file, { readonly: true, timeout: LOCK_WAIT_MS_MAX });
  try {
    source.exec('BEGIN');
    source.prepare('SELECT count(*) FROM sqlite_schema').get();
    await source.backup(target, {
      progress: ({ totalPages, remainingPages }) => {
        onCopied(file, totalPages - remainingPages, totalPages);
        return COPY_PAGES_PER_STEP;
      },
    });
    source.exec('COMMIT');
  } catch (error) {
    throw isDamage(error) ? new DamagedLogFileError(file, error.message) : error;
  } finally {
    source.close();
  }
  flush(target);
}

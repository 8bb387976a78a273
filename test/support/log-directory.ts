import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.js';
import { type RecordedTrack, STARTED_AT } from './recorded-track.js';

/** A data directory under the system's temporary one. @returns its path, and how to remove it. */
export async function temporaryDataDir(): Promise<{ dataDir: string; remove: () => Promise<void> }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'meshledger-test-'));
  return { dataDir, remove: () => rm(dataDir, { recursive: true, force: true }) };
}

/** Appends whole tracks to the log of a data directory, as a service would that is gone by now. */
export async function writeLog(dataDir: string, ...tracks: readonly RecordedTrack[]): Promise<void> {
  const log = await SqliteEventLog.open({ dataDir, nowMs: STARTED_AT });
  try {
    for (const track of tracks) await log.append([track.append()]);
  } finally {
    await log.close();
  }
}

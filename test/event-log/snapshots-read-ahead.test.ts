import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Snapshot } from '../../src/event-log/snapshot-codec.js';
import { SNAPSHOT_FOLDER, SnapshotFiles } from '../../src/event-log/snapshot-files.js';
import { SnapshotsReadAhead } from '../../src/event-log/snapshots-read-ahead.js';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.js';
import { openEventLogReader, type SqliteEventLogReader } from '../../src/event-log/sqlite-event-log-reader.js';
import { stateAt } from '../../src/event-log/state-at.js';
import { takeSnapshot } from '../../src/event-log/take-snapshot.js';
import { forgetPeer } from '../../src/maintenance/forget-peer.js';
import { openKeeper } from '../../src/maintenance/open-keeper.js';
import { RecordedTrack } from '../support/recorded-track.js';
import { fingerprintOf } from '../support/state-fingerprint.js';
import { builtWorkerUrl } from './built-worker.js';
import { newDataDir, NOW, removeDataDirs } from './sample-log.js';

const WORKER = new URL('./read-ahead-worker.js', builtWorkerUrl());
const NAMES = ['anna', 'bert', 'cleo'];

let ahead: SnapshotsReadAhead;

afterEach(async () => {
  await ahead.close();
  removeDataDirs();
});

/** A log of open tracks, each with a snapshot, an event behind it, and one track more that has none. */
async function evening(): Promise<string> {
  const dataDir = newDataDir();
  const log = await SqliteEventLog.open({ dataDir, durability: 'normal', nowMs: NOW });
  for (const name of ['live/one', 'live/two', 'live/bare']) {
    const track = new RecordedTrack(name);
    for (const peer of NAMES) track.join(peer);
    await log.append([track.append()]);
    if (name !== 'live/bare') reading(dataDir, (reader) => takeSnapshot(reader, new SnapshotFiles(dataDir), name));
    const after = track.events.length;
    track.join('late');
    await log.append([track.append(after)]);
  }
  await log.close();
  return dataDir;
}

function reading<Answer>(dataDir: string, look: (reader: SqliteEventLogReader) => Answer, from?: SnapshotsReadAhead) {
  const reader = openEventLogReader(dataDir, from === undefined ? {} : { snapshots: from });
  try {
    return look(reader);
  } finally {
    reader.close();
  }
}

async function readAhead(dataDir: string): Promise<void> {
  ahead = new SnapshotsReadAhead(dataDir, WORKER);
  await ahead.done;
}

function spoilSnapshots(dataDir: string): void {
  const folder = join(dataDir, SNAPSHOT_FOLDER);
  for (const name of readdirSync(folder, { recursive: true }) as string[])
    if (name.endsWith('.snapshot')) writeFileSync(join(folder, name), 'spoiled');
}

function stateOf(reader: SqliteEventLogReader, track: string): ReturnType<typeof stateAt> {
  return stateAt(reader, track, reader.head(track)?.position ?? 0);
}

describe('snapshots read ahead', () => {
  it.each(['live/one', 'live/two', 'live/bare'])('give the same state of %s as the files do', async (track) => {
    const dataDir = await evening();
    await readAhead(dataDir);
    const expected = reading(dataDir, (reader) => stateOf(reader, track));
    spoilSnapshots(dataDir);
    const state = reading(dataDir, (reader) => stateOf(reader, track), ahead);
    expect(fingerprintOf(state)).toEqual(fingerprintOf(expected));
    expect(state.startedAt).toBe(expected.startedAt);
    expect([...state.tree.peers()].map((peer) => peer.identity?.peerId)).toEqual([...NAMES, 'late']);
  });

  it('are handed out once, because the next one to ask wants what the files hold then', async () => {
    const dataDir = await evening();
    await readAhead(dataDir);
    reading(dataDir, (reader) => stateOf(reader, 'live/one'), ahead);
    spoilSnapshots(dataDir);
    expect(reading(dataDir, (reader) => stateOf(reader, 'live/one'), ahead).startedAt).toBe(0);
  });

  it('hold no name of somebody who was forgotten', async () => {
    const dataDir = await evening();
    const keeper = await openKeeper(dataDir);
    await forgetPeer(dataDir, 'bert', ['live/one'], keeper);
    await keeper.close();
    await readAhead(dataDir);
    const [position = 0] = ahead.positions('live/one');
    const snapshot = ahead.read('live/one', position) as Snapshot;
    expect(snapshot.names?.map((name) => name?.peerId ?? null)).toEqual(['anna', null, 'cleo']);
  });

  it('are simply missing when there is no log', async () => {
    const dataDir = newDataDir();
    await readAhead(dataDir);
    expect(ahead.positions('live/one')).toEqual([]);
    expect(ahead.read('live/one', 1)).toBeNull();
  });
});

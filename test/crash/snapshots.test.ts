import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SNAPSHOT_FOLDER } from '../../src/event-log/snapshot-files.js';
import type { TreeJson } from '../../src/history/tree-json.js';
import { CrashStage, treePath } from '../support/crash-stage.js';
import { largeTrackName, writeLargeLog } from '../support/large-log.js';
import type { ServiceProcess } from '../support/service-process.js';

const TRACK = largeTrackName(0);

let stage: CrashStage;
beforeEach(async () => {
  stage = await CrashStage.set();
  await writeLargeLog(stage.dataDir, { tracks: 2, peersPerTrack: 400, eventsPerTrack: 2_000 });
});
afterEach(async () => {
  await stage.clear();
});

interface Recovered {
  readonly tracks: number;
  readonly fromSnapshot: number;
  readonly topologyEvents: number;
  readonly pulses: number;
  readonly stoppedTracks: number;
}

function recoveredBy(service: ServiceProcess): Recovered {
  const line = service.stderr.split('\n').find((text) => text.includes('"recovered"'));
  return JSON.parse(line ?? '{}') as Recovered;
}

async function hashOf(service: ServiceProcess): Promise<string> {
  return (await service.get<TreeJson>(treePath(TRACK))).body.state_hash;
}

function snapshotFiles(): string[] {
  return readdirSync(join(stage.dataDir, SNAPSHOT_FOLDER), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Long enough for everybody to be there at the next start. */
const PATIENT = ['--heartbeat-timeout-ms', '600000'];

describe('a service that was asked to end', () => {
  it('starts from the snapshots it left: nothing of the log is replayed, and the tree is the same', async () => {
    const first = await stage.serve(...PATIENT);
    expect(recoveredBy(first)).toMatchObject({ tracks: 2, fromSnapshot: 0 });
    const before = await hashOf(first);
    expect(await first.terminate()).toBe(0);
    expect(snapshotFiles()).toHaveLength(2);
    const second = await stage.serve(...PATIENT);
    expect(recoveredBy(second)).toMatchObject({ tracks: 2, fromSnapshot: 2, topologyEvents: 0, pulses: 0 });
    expect(await hashOf(second)).toBe(before);
    await second.kill();
    // One event of each track, the restart before, is behind the snapshot.
    const third = await stage.serve(...PATIENT);
    expect(recoveredBy(third)).toMatchObject({ tracks: 2, fromSnapshot: 2, topologyEvents: 2, pulses: 0 });
    expect(await hashOf(third)).toBe(before);
    expect(await third.terminate()).toBe(0);
    expect(await stage.verify()).toMatchObject({ exitCode: 0 });
  });

  it('starts without them too, and with damaged ones: a snapshot is never more than a shorter way', async () => {
    const first = await stage.serve(...PATIENT);
    const before = await hashOf(first);
    await first.terminate();
    for (const file of snapshotFiles()) {
      const bytes = readFileSync(file);
      bytes[Math.floor(bytes.length / 2)]! ^= 1;
      writeFileSync(file, bytes);
    }
    const second = await stage.serve(...PATIENT);
    expect(recoveredBy(second)).toMatchObject({ tracks: 2, fromSnapshot: 0, stoppedTracks: 0 });
    expect(await hashOf(second)).toBe(before);
    await second.kill();
    rmSync(join(stage.dataDir, SNAPSHOT_FOLDER), { recursive: true });
    const third = await stage.serve(...PATIENT);
    expect(await hashOf(third)).toBe(before);
    await third.terminate();
  });

  it('shows in its metrics what there is of snapshots', async () => {
    const first = await stage.serve(...PATIENT);
    await first.terminate();
    const second = await stage.serve(...PATIENT);
    const text = await (await fetch(`${second.url}/metrics`)).text();
    expect(text).toMatch(/^meshledger_snapshots 2$/m);
    expect(text).toMatch(/^meshledger_snapshot_bytes [1-9]\d+$/m);
    expect(text).toMatch(/^meshledger_snapshot_newest_timestamp_seconds 1[\d.]+$/m);
    expect(text).toMatch(/^meshledger_snapshot_failures_total 0$/m);
    expect(text).toMatch(/^meshledger_snapshot_tail_seconds /m);
    await second.terminate();
  });
});

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SNAPSHOT_FOLDER } from '../../src/event-log/snapshot-files.js';
import type { TreeJson } from '../../src/history/tree-json.js';
import { CrashStage, treePath } from '../support/crash-stage.js';
import { largeTrackName, writeLargeLog } from '../support/large-log.js';
import type { ServiceProcess } from '../support/service-process.js';

const TRACK = largeTrackName(0);

/** One data directory over all the lives of its service: each test goes on where the one before has ended. */
let stage: CrashStage;
beforeAll(async () => {
  stage = await CrashStage.set();
  await writeLargeLog(stage.dataDir, { tracks: 2, peersPerTrack: 400, eventsPerTrack: 2_000 });
});
afterAll(async () => {
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
  let hash: string;

  it('leaves a snapshot of each track', async () => {
    const service = await stage.serve(...PATIENT);
    expect(recoveredBy(service)).toMatchObject({ tracks: 2, fromSnapshot: 0 });
    hash = await hashOf(service);
    expect(await service.terminate()).toBe(0);
    expect(snapshotFiles()).toHaveLength(2);
  });

  it('starts from them: nothing of the log is replayed, the tree is the same, and the metrics show what there is', async () => {
    const service = await stage.serve(...PATIENT);
    expect(recoveredBy(service)).toMatchObject({ tracks: 2, fromSnapshot: 2, topologyEvents: 0, pulses: 0 });
    expect(await hashOf(service)).toBe(hash);
    const text = await (await fetch(`${service.url}/metrics`)).text();
    expect(text).toMatch(/^meshledger_snapshots 2$/m);
    expect(text).toMatch(/^meshledger_snapshot_bytes [1-9]\d+$/m);
    expect(text).toMatch(/^meshledger_snapshot_newest_timestamp_seconds 1[\d.]+$/m);
    expect(text).toMatch(/^meshledger_snapshot_failures_total 0$/m);
    expect(text).toMatch(/^meshledger_snapshot_tail_seconds /m);
    await service.kill();
  });

  it('replays what came behind them after a kill: one event of each track, the restart before', async () => {
    const service = await stage.serve(...PATIENT);
    expect(recoveredBy(service)).toMatchObject({ tracks: 2, fromSnapshot: 2, topologyEvents: 2, pulses: 0 });
    expect(await hashOf(service)).toBe(hash);
    expect(await service.terminate()).toBe(0);
  });

  it('starts without them too, and with damaged ones: a snapshot is never more than a shorter way', async () => {
    for (const file of snapshotFiles()) {
      const bytes = readFileSync(file);
      bytes[Math.floor(bytes.length / 2)]! ^= 1;
      writeFileSync(file, bytes);
    }
    const damaged = await stage.serve(...PATIENT);
    expect(recoveredBy(damaged)).toMatchObject({ tracks: 2, fromSnapshot: 0, stoppedTracks: 0 });
    expect(await hashOf(damaged)).toBe(hash);
    await damaged.kill();
    rmSync(join(stage.dataDir, SNAPSHOT_FOLDER), { recursive: true });
    const without = await stage.serve(...PATIENT);
    expect(await hashOf(without)).toBe(hash);
    expect(await without.terminate()).toBe(0);
    expect(await stage.verify()).toMatchObject({ exitCode: 0 });
  });
});

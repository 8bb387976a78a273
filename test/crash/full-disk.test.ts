import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { eventsOfType, faultsAroundAbsences } from '../support/absence-rules.js';
import { CrashStage, QUICK_HEARTBEATS, QUICK_TIMEOUT_MS } from '../support/crash-stage.js';
import { eventually, passed } from '../support/eventually.js';
import { MeshClient } from '../support/mesh-client.js';
import type { ServiceProcess } from '../support/service-process.js';
import { SmallDisk } from '../support/small-disk.js';

const DISK_MEGABYTES = 12;
const CHURNING = 'live/churning';
/** Nobody leaves this one, so whoever is timed out in it is wronged. */
const STEADY = 'live/steady';
const PEERS = 60;
/** At most; the audiences are sent home when enough was seen. */
const AUDIENCE_SECONDS = 90;
const CAME_MS_MAX = 30_000;
/** A third of it, unless the machine is busy with something else. */
const RUN_MS_MAX = 120_000;
/** Longer than the timeout: whoever is blamed for the outage is timed out by it. */
const OUTAGE_MS = QUICK_TIMEOUT_MS + 1_000;
const BACK_MS_MAX = 15_000;

let disk: SmallDisk;
let stage: CrashStage;
beforeEach(async () => {
  disk = await SmallDisk.mount(DISK_MEGABYTES);
  stage = await CrashStage.set(join(disk.path, 'data'));
});
afterEach(async () => {
  await stage.clear();
  await disk.unmount();
});

it(
  'a full disk: commands are refused, nothing acknowledged is lost, and the service goes on once there is room',
  async () => {
    const service = await stage.serve(...QUICK_HEARTBEATS);
    const watching = [CHURNING, STEADY].map((track, seed) =>
      stage.audience({ track, seed, peers: PEERS, seconds: AUDIENCE_SECONDS, churn: track === CHURNING }),
    );
    await eventually('the audiences are in', CAME_MS_MAX, () => (joined(STEADY) && joined(CHURNING) ? true : null));
    const client = await MeshClient.connect(service.url);
    disk.fill();
    await eventually('the service notices', 10_000, () => isReady(service, 503));
    expect((await service.get('/healthz')).status).toBe(200);
    expect((await service.readiness()).body).toMatchObject({ log_writable: false, stopped_tracks: [] });
    expect(await client.request('register', { peer_id: 'late', track: CHURNING })).toMatchObject({
      ok: false,
      code: 'storage_unavailable',
    });
    await passed(OUTAGE_MS);
    expect((await service.get('/healthz')).status).toBe(200);
    disk.empty();
    await eventually('the service goes on by itself', BACK_MS_MAX, () => isReady(service, 200));
    expect(await client.request('register', { peer_id: 'late', track: CHURNING })).toMatchObject({ ok: true });
    client.close();
    for (const track of [CHURNING, STEADY]) expectGapRecorded(track);
    await passed(2 * QUICK_TIMEOUT_MS);
    expect(stage.readLog((reader) => eventsOfType(reader, STEADY, 'PeerTimedOut'))).toEqual([]);
    for (const audience of watching) audience.stop();
    for (const audience of watching) {
      const { exitCode, summary, stderr } = await audience.end();
      expect(summary?.first_violations ?? stderr).toEqual([]);
      expect(summary?.positions).toMatchObject({ missing: 0, wrong: 0, moves_unexplained: 0 });
      expect(summary?.rejections_expected).toHaveProperty('storage_unavailable');
      expect(exitCode).toBe(0);
    }
    expect(await service.terminate()).toBe(0);
    expect(await stage.verify()).toMatchObject({ exitCode: 0 });
    expect(stage.readLog((reader) => faultsAroundAbsences(reader, CHURNING, QUICK_TIMEOUT_MS))).toEqual([]);
  },
  RUN_MS_MAX,
);

async function isReady(service: ServiceProcess, status: number): Promise<true | null> {
  return (await service.readiness()).status === status ? true : null;
}

function joined(track: string): boolean {
  return stage.readLog((reader) => eventsOfType(reader, track, 'PeerJoined').length >= PEERS);
}

function expectGapRecorded(track: string): void {
  const recoveries = stage.readLog((reader) => eventsOfType(reader, track, 'ServiceRecovered'));
  const storage = recoveries.filter(({ reason }) => reason === 'storage');
  expect(storage.length).toBeGreaterThan(0);
  expect(Math.max(...storage.map(({ gapMs }) => gapMs))).toBeGreaterThanOrEqual(OUTAGE_MS);
}

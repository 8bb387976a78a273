import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { CrashStage } from '../support/crash-stage.js';
import { eventually } from '../support/eventually.js';
import { MeshClient } from '../support/mesh-client.js';
import type { ServiceProcess } from '../support/service-process.js';
import { SmallDisk } from '../support/small-disk.js';

const MIB = 1024 * 1024;
const DISK_MEGABYTES = 40;
const SEEN_MS_MAX = 15_000;

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

it('a service stops opening tracks, and then taking commands, before the disk is full', async () => {
  const limits = [
    '--disk-warn-bytes',
    String(4 * MIB),
    '--disk-refuse-tracks-bytes',
    String(2 * MIB),
    '--disk-refuse-commands-bytes',
    String(700 * 1024),
  ];
  const service = await stage.serve(...limits);
  const [one, other] = [await MeshClient.connect(service.url), await MeshClient.connect(service.url)];
  expect(await one.request('register', { peer_id: 'one', track: 'live/open' })).toMatchObject({ ok: true });
  const sizes: [string, number][] = [
    ['refuses_tracks', 1.4 * MIB],
    ['refuses_commands', 300 * 1024],
  ];
  for (const [level, bytes] of sizes) {
    await fill(service, bytes, level);
    const [readiness, joined, opened] = [
      await service.readiness(),
      await one.request('heartbeat', {}),
      await other.request('register', { peer_id: 'other', track: 'live/new' }),
    ];
    const takes = level === 'refuses_tracks';
    expect(readiness.status).toBe(takes ? 200 : 503);
    expect(joined).toMatchObject(takes ? { ok: true } : { ok: false, code: 'storage_unavailable' });
    expect(opened).toMatchObject({ ok: false, code: 'storage_unavailable' });
  }
  disk.empty();
  await eventually('the service goes on by itself', SEEN_MS_MAX, async () =>
    (await service.readiness()).status === 200 ? true : null,
  );
  expect(await other.request('register', { peer_id: 'other', track: 'live/new' })).toMatchObject({ ok: true });
  one.close();
  other.close();
  expect(await service.terminate()).toBe(0);
  expect(await stage.verify()).toMatchObject({ exitCode: 0 });
}, 90_000);

/** Somebody else takes space until so much is left. */
async function fill(service: ServiceProcess, bytes: number, level: string): Promise<void> {
  disk.fillTo(bytes);
  await eventually(`the disk is ${level}`, SEEN_MS_MAX, async () => {
    const { body } = await service.get<{ disk: { level: string } }>('/readyz');
    return body.disk.level === level ? true : null;
  });
}

import { rename, rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CrashStage } from '../support/crash-stage.js';
import { eventually } from '../support/eventually.js';
import { logFile } from '../support/log-damage.js';
import { MeshClient } from '../support/mesh-client.js';
import type { ServiceProcess } from '../support/service-process.js';

const TRACK = 'live/removed';
const REFUSED = { ok: false, code: 'storage_unavailable' };

let stage: CrashStage;
let service: ServiceProcess;
let client: MeshClient;
beforeEach(async () => {
  stage = await CrashStage.set();
  service = await stage.serve();
  client = await MeshClient.connect(service.url);
  await client.register('first', TRACK);
});
afterEach(async () => {
  client.close();
  await stage.clear();
});

describe('a log that somebody removes from under a running service', () => {
  it('is not written any more: what would be lost with the process is not acknowledged', async () => {
    await rm(stage.dataDir, { recursive: true });
    expect(await client.request('heartbeat', {})).toMatchObject(REFUSED);
    expect(await client.request('leave', {})).toMatchObject(REFUSED);
    expect((await service.get('/healthz')).status).toBe(200);
    expect((await service.readiness()).status).toBe(503);
    expect(service.stderr).toContain(`${logFile(stage.dataDir)} was removed or replaced`);
    expect(await service.terminate()).toBe(0);
  });

  it('is gone on with when the same file is put back, with the gap recorded', async () => {
    await rename(stage.dataDir, `${stage.dataDir}-elsewhere`);
    expect(await client.request('heartbeat', {})).toMatchObject(REFUSED);
    await rename(`${stage.dataDir}-elsewhere`, stage.dataDir);
    await eventually('the service goes on', 15_000, async () =>
      (await service.readiness()).status === 200 ? true : null,
    );
    expect(await client.request('heartbeat', {})).toMatchObject({ ok: true });
    expect(await service.terminate()).toBe(0);
    expect(await stage.verify()).toMatchObject({ exitCode: 0 });
  });
});

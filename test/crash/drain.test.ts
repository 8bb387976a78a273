import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventsOfType, faultsAroundAbsences } from '../support/absence-rules.js';
import { CrashStage, QUICK_HEARTBEATS, QUICK_TIMEOUT_MS } from '../support/crash-stage.js';
import { eventually } from '../support/eventually.js';
import { MeshClient } from '../support/mesh-client.js';

const TRACK = 'live/drained';
const PEERS = 100;
const CAME_MS_MAX = 30_000;
/** A fifth of it, unless the machine is busy with something else. */
const RUN_MS_MAX = 120_000;

let stage: CrashStage;
beforeEach(async () => {
  stage = await CrashStage.set();
});
afterEach(async () => {
  await stage.clear();
});

describe('a service asked to end by SIGTERM', () => {
  it(
    'ends with 0 under load, keeps all it acknowledged, and its audience comes back to its places',
    async () => {
      const drained = await stage.serve(...QUICK_HEARTBEATS);
      const watching = stage.audience({ track: TRACK, peers: PEERS, seconds: 50, seed: 7, churn: true });
      await eventually('half of the peers are in', CAME_MS_MAX, () => seen('PeerJoined', PEERS / 2));
      expect(await drained.terminate()).toBe(0);
      expect(drained.stderr).toContain('"msg":"stopped"');
      const restarted = await stage.serve(...QUICK_HEARTBEATS);
      await eventually('a quarter of the peers is back', CAME_MS_MAX, () => seen('PeerResumed', PEERS / 4));
      watching.stop();
      const { exitCode, summary, stderr } = await watching.end();
      expect(summary?.first_violations ?? stderr).toEqual([]);
      expect(exitCode).toBe(0);
      expect(await restarted.terminate()).toBe(0);
      expect(await stage.verify()).toMatchObject({ exitCode: 0 });
      expect(stage.readLog((reader) => faultsAroundAbsences(reader, TRACK, QUICK_TIMEOUT_MS))).toEqual([]);
    },
    RUN_MS_MAX,
  );

  it('sends every client away, waits for none that is gone, and makes durable the heartbeats that still lingered', async () => {
    const service = await stage.serve('--pulse-linger-ms', '5000');
    await leaveLongPolling(service.url);
    const client = await MeshClient.connect(service.url);
    await client.register('lingering', TRACK);
    const beat = client.request('heartbeat', {});
    await client.request('capacity', { capacity: -1 });
    const ending = service.terminate();
    expect(await beat).toMatchObject({ ok: true });
    expect(await client.disconnected).not.toBe('');
    expect(await ending).toBe(0);
    const position = Number((await beat)['position']);
    const types = stage.readLog((reader) => [...reader.events({ track: TRACK, afterPosition: position - 1 })]);
    expect(types[0]).toMatchObject({ type: 'HeartbeatReceived', position });
  });
});

/** A client on long polling that never asks again for what the service has to say, so it cannot be told that it is to go. */
async function leaveLongPolling(url: string): Promise<void> {
  const polling = `${url}/socket.io/?EIO=4&transport=polling`;
  const opened = await (await fetch(polling)).text();
  const { sid } = JSON.parse(opened.slice(1)) as { sid: string };
  await fetch(`${polling}&sid=${sid}`, { method: 'POST', body: '40/mesh,' });
  expect(await (await fetch(`${polling}&sid=${sid}`)).text()).toMatch(/^40\/mesh,/);
}

function seen(type: 'PeerJoined' | 'PeerResumed', count: number): true | null {
  return stage.readLog((reader) => (eventsOfType(reader, TRACK, type).length >= count ? true : null));
}

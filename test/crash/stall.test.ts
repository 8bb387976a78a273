import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { eventsOfType, faultsAroundAbsences } from '../support/absence-rules.js';
import { CrashStage, QUICK_HEARTBEATS, QUICK_TIMEOUT_MS } from '../support/crash-stage.js';
import { eventually, passed } from '../support/eventually.js';

const TRACK = 'live/stalled';
const PEERS = 100;
/** Longer than the timeout, shorter than clients wait for an answer. */
const STALL_MS = 2 * QUICK_TIMEOUT_MS;
const CAME_MS_MAX = 30_000;
/** A third of it, unless the machine is busy with something else. */
const RUN_MS_MAX = 120_000;

let stage: CrashStage;
beforeEach(async () => {
  stage = await CrashStage.set();
});
afterEach(async () => {
  await stage.clear();
});

it(
  'a service that stood still for twice the timeout blames itself and times nobody out',
  async () => {
    const service = await stage.serve(...QUICK_HEARTBEATS);
    const watching = stage.audience({ track: TRACK, peers: PEERS, seconds: 80, seed: 11, churn: false });
    await eventually('the audience is in', CAME_MS_MAX, () => seen('PeerJoined', PEERS));
    service.signal('SIGSTOP');
    await passed(STALL_MS);
    service.signal('SIGCONT');
    await eventually('the stall is recorded', CAME_MS_MAX, () => seen('ServiceRecovered', 1));
    await passed(2 * QUICK_TIMEOUT_MS);
    expect(stage.readLog((reader) => eventsOfType(reader, TRACK, 'PeerTimedOut'))).toEqual([]);
    const [recovery] = stage.readLog((reader) => eventsOfType(reader, TRACK, 'ServiceRecovered'));
    expect(recovery).toMatchObject({ reason: 'stall' });
    expect(recovery?.gapMs).toBeGreaterThanOrEqual(STALL_MS - 1_000);
    expect(service.stderr).toContain(
      '"msg":"the service was away; all deadlines restart, and nobody is timed out for it"',
    );
    watching.stop();
    const { exitCode, summary, stderr } = await watching.end();
    expect(summary?.first_violations ?? stderr).toEqual([]);
    expect(exitCode).toBe(0);
    expect(await service.terminate()).toBe(0);
    expect(stage.readLog((reader) => faultsAroundAbsences(reader, TRACK, QUICK_TIMEOUT_MS))).toEqual([]);
  },
  RUN_MS_MAX,
);

function seen(type: 'PeerJoined' | 'ServiceRecovered', count: number): true | null {
  return stage.readLog((reader) => (eventsOfType(reader, TRACK, type).length >= count ? true : null));
}

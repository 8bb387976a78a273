import { expect, it } from '@jest/globals';
import { runAudience } from '../../src/cli/audience/run-audience.js';
import { planViewer } from '../../src/cli/audience/viewer-plan.js';
import { FakeService } from '../cli/audience/fake-service.js';

const PEERS = 60;
const TWICE_AT_LEAST = 3;

/**
 * Found on a full disk: a register sent twice was refused twice; one was taken when there was room again, heartbeats followed,
 * and only then came the other one through, answered with the same position as the contract wants.
 */
it('an audience does not blame a service for answering a late repeat of a register as it answered the first', async () => {
  const first = new Map<string, unknown>();
  const refused = new Set<string>();
  const answer = (kind: string, told: Record<string, unknown>): unknown => {
    if (kind !== 'register') return told;
    const { peer_id: peerId } = told['assignment'] as { peer_id: string };
    if (!first.has(peerId)) first.set(peerId, told['position']);
    else if (!refused.has(peerId)) {
      refused.add(peerId);
      return { ok: false, code: 'storage_unavailable', reason: 'the disk is full' };
    }
    return { ...told, position: first.get(peerId) };
  };
  const service = await new FakeService({ heartbeatIntervalMs: 10, faults: { answer } }).start();
  try {
    const outcome = await runAudience(settings(service.url), new AbortController().signal, () => undefined);
    expect(refused.size).toBeGreaterThanOrEqual(TWICE_AT_LEAST);
    expect(outcome).toMatchObject({ kind: 'finished', summary: { first_violations: [] } });
  } finally {
    await service.stop();
  }
});

function settings(url: string): Parameters<typeof runAudience>[0] {
  return {
    url,
    track: 'live/x',
    peers: PEERS,
    churn: false,
    seconds: 2,
    seed: seedOfRepeaters(),
    joinRatePerSecond: 500,
    token: null,
    adminToken: null,
    leaveAtEnd: false,
    checkLog: true,
    ackTimeoutMs: 5_000,
    reachTimeoutMs: 5_000,
  };
}

/** Few viewers send their register twice; the same seed makes the same ones do it. */
function seedOfRepeaters(): number {
  for (let seed = 1; ; seed += 1) {
    const plans = Array.from({ length: PEERS }, (_, viewer) => planViewer(seed, viewer, false, 2));
    if (plans.filter(({ registersTwice }) => registersTwice).length >= TWICE_AT_LEAST) return seed;
  }
}

import { expect } from '@jest/globals';
import type { TreeJson } from '../../src/history/tree-json.js';
import { CrashStage, treePath } from './crash-stage.js';
import { eventually, passed } from './eventually.js';
import { MixedCrowd } from './mixed-crowd.js';
import type { Ended } from './run-meshledger.js';
import type { ServiceProcess } from './service-process.js';

const TRACK = 'live/mixed';
const SETTLED_MS_MAX = 60_000;
const GONE_MS_MAX = 30_000;

export interface ChurnPlan {
  readonly seed: number;
  /** Viewers over each wire. */
  readonly perWire: number;
  readonly churnMs: number;
  /** How long a silent peer may stay: the more viewers, the later their heartbeats come on a busy machine. */
  readonly heartbeatTimeoutMs: number;
}

export interface ChurnFindings {
  /** Parent by peer_id: as the durable tree has it, and as the viewers were told. */
  readonly tree: ReadonlyMap<string, string | null>;
  readonly told: ReadonlyMap<string, string | null>;
  readonly wronglyFed: readonly string[];
  readonly arrivals: number;
  /** When everybody has gone. */
  readonly connectionsLeft: number;
  readonly sessionsLeft: number;
  readonly handlerFaults: number;
  readonly verified: Ended;
}

/** Lets viewers of both wires come and go, kills the service in the middle, and compares what they were told with the tree. */
export async function mixedChurn({ seed, perWire, churnMs, heartbeatTimeoutMs }: ChurnPlan): Promise<ChurnFindings> {
  const stage = await CrashStage.set();
  let crowd: MixedCrowd | null = null;
  try {
    const timeout = ['--heartbeat-timeout-ms', String(heartbeatTimeoutMs), '--recovery-window-ms', '5000'];
    const flags = [...timeout, '--root-peer-count', '5'];
    const killed = await stage.serve(...flags);
    crowd = new MixedCrowd(killed.url, TRACK, perWire, seed);
    const lives = crowd.live();
    await passed(churnMs / 2);
    await killed.kill();
    const service = await stage.serve(...flags);
    await passed(churnMs / 2);
    crowd.stay();
    const agreed = await agreement(service, crowd);
    crowd.disperse();
    await lives;
    const left = await eventually('every session has ended', GONE_MS_MAX, () => sessionsLeft(service));
    await service.terminate();
    const arrivals = crowd.people.reduce((sum, regular) => sum + regular.arrivals, 0);
    return { ...agreed, ...left, arrivals, verified: await stage.verify() };
  } finally {
    crowd?.disperse();
    await stage.clear();
  }
}

/** Waits until nobody comes or goes any more, and everybody believes to stand where the tree has them. */
function agreement(
  service: ServiceProcess,
  crowd: MixedCrowd,
): Promise<Pick<ChurnFindings, 'tree' | 'told' | 'wronglyFed'>> {
  let sight: Pick<ChurnFindings, 'tree' | 'told' | 'wronglyFed'> | null = null;
  return eventually('viewers and tree agree', SETTLED_MS_MAX, async () => {
    const { body } = await service.get<TreeJson>(treePath(TRACK));
    const told = crowd.beliefs();
    const tree = new Map(body.peers.map(({ peer_id, parent_id }) => [peer_id, parent_id]));
    sight = { tree, told, wronglyFed: crowd.wronglyFed() };
    const agrees = tree.size === told.size && [...told].every(([peer, parent]) => tree.get(peer) === parent);
    return agrees && told.size === crowd.people.length && sight.wronglyFed.length === 0 ? sight : null;
  }).catch((error: unknown) => {
    // What they disagree in says more than that they do.
    if (sight === null) throw error;
    return sight;
  });
}

async function sessionsLeft(
  service: ServiceProcess,
): Promise<Pick<ChurnFindings, 'connectionsLeft' | 'sessionsLeft' | 'handlerFaults'> | null> {
  const text = await (await fetch(`${service.url}/metrics`)).text();
  const valueOf = (name: string): number => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? NaN);
  const found = {
    connectionsLeft: valueOf('meshledger_connections'),
    sessionsLeft: valueOf('meshledger_sessions'),
    handlerFaults: valueOf('meshledger_handler_faults_total'),
  };
  return found.connectionsLeft === 0 && found.sessionsLeft === 0 ? found : null;
}

/** What must hold after any churn. */
export function expectChurnSurvived(findings: ChurnFindings, perWire: number): void {
  expect(findings.told.size).toBe(perWire * 2);
  expect(findings.told).toEqual(findings.tree);
  expect(findings.wronglyFed).toEqual([]);
  expect(findings).toMatchObject({ connectionsLeft: 0, sessionsLeft: 0, handlerFaults: 0 });
  expect(findings.verified).toMatchObject({ exitCode: 0, stderr: '' });
  // Everybody came again after the kill, and most in between.
  expect(findings.arrivals).toBeGreaterThan(perWire * 3);
}

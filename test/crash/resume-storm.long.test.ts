import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { TreeJson } from '../../src/history/tree-json.js';
import { eventsOfType } from '../support/absence-rules.js';
import { CrashStage, treePath } from '../support/crash-stage.js';
import { eventually, passed } from '../support/eventually.js';
import type { ServiceProcess } from '../support/service-process.js';
import { ViewerCrowd } from '../support/viewer-crowd.js';

const TRACK = 'live/storm';
const PEERS = 5_000;
const HEARTBEAT_INTERVAL_MS = 3_000;
const HEARTBEAT_TIMEOUT_MS = 10_000;
const JOINS_PER_SECOND = 250;
const RESUMES_PER_SECOND = 100;
/** The window closes one timeout after the last resume; whoever was wrongly overdue is timed out within another. */
const AFTERMATH_MS = 2 * HEARTBEAT_TIMEOUT_MS + 5_000;

let stage: CrashStage;
let crowd: ViewerCrowd | null = null;
beforeEach(async () => {
  stage = await CrashStage.set();
});
afterEach(async () => {
  crowd?.close();
  await stage.clear();
});

it('5,000 peers that come back at 100 a second after a kill all keep their places, and nobody is timed out', async () => {
  // The operator's limits have room for all of them; everything else is as it comes.
  const flags = ['--root-peer-count', '200', '--max-depth', '12'];
  const killed = await stage.serve(...flags);
  crowd = new ViewerCrowd(killed.url, TRACK, PEERS, HEARTBEAT_INTERVAL_MS);
  await crowd.come(JOINS_PER_SECOND);
  const before = await treeOf(killed);
  expect(crowd.mishaps).toEqual([]);
  expect(before).toMatchObject({ peer_count: PEERS, waiting_count: 0 });
  await killed.kill();
  await eventually('everybody has noticed', 30_000, () => (crowd?.connected === 0 ? true : null));
  const service = await stage.serve(...flags);
  await crowd.come(RESUMES_PER_SECOND);
  await passed(AFTERMATH_MS);
  expect(crowd.mishaps).toEqual([]);
  expect(crowd.connected).toBe(PEERS);
  const after = await treeOf(service);
  expect(after.peers.map(({ peer_id, parent_id }) => [peer_id, parent_id])).toEqual(
    before.peers.map(({ peer_id, parent_id }) => [peer_id, parent_id]),
  );
  expect(after.state_hash).toBe(before.state_hash);
  stage.readLog((reader) => {
    const restarts = eventsOfType(reader, TRACK, 'ServiceRecovered').filter(({ reason }) => reason === 'restart');
    expect(restarts).toHaveLength(1);
    expect(eventsOfType(reader, TRACK, 'PeerResumed')).toHaveLength(PEERS);
    expect(eventsOfType(reader, TRACK, 'PeerTimedOut')).toEqual([]);
    expect(eventsOfType(reader, TRACK, 'ParentAssigned', before.position)).toEqual([]);
  });
});

async function treeOf(service: ServiceProcess): Promise<TreeJson> {
  const { status, body } = await service.get<TreeJson>(treePath(TRACK));
  expect(status).toBe(200);
  return body;
}

import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { BrowserMesh, judge, longestPauseMs } from '../support/browser-mesh.js';
import { BrowserStage } from '../support/browser-stage.js';
import { passed } from '../support/eventually.js';

let stage: BrowserStage;
let mesh: BrowserMesh;

beforeAll(async () => {
  stage = await BrowserStage.open();
});
afterAll(() => stage.close());
afterEach(() => mesh.stop());

/** The root, its children a, b and c, and the children of a: they lose their parent when a's tab is killed. */
async function sevenInATree(): Promise<string[]> {
  mesh = await BrowserMesh.start(stage, '--max-children', '3');
  await mesh.join('root', 3);
  await mesh.tab('root').run('viewer.publish(30, 4000)');
  for (const peerId of ['a', 'b', 'c']) await mesh.join(peerId, 3);
  for (const peerId of ['d', 'e', 'f']) await mesh.join(peerId, 1);
  const parents = await mesh.settled();
  return [...parents].filter(([, parent]) => parent === 'a').map(([child]) => child);
}

it('feeds the children of a killed relay again within a second in the median, nobody twice, every gap told', async () => {
  const children = await sevenInATree();
  expect(children).toHaveLength(3);
  const framesBefore = new Map((await mesh.look()).map(({ peerId, ids }) => [peerId, ids.length]));
  const killedAtMs = Date.now();
  await mesh.crash('a');
  for (const child of children) {
    const enough = (framesBefore.get(child) ?? 0) + 60;
    await mesh.tab(child).until('gets media again', ({ ids }) => ids.length > enough);
  }
  await mesh.settled();
  await mesh.tab('root').run('viewer.stopPublishing()');
  const sights = await mesh.look();
  expect(sights.flatMap(judge)).toEqual([]);
  const pauses = sights
    .filter(({ peerId }) => children.includes(peerId))
    .map((sight) => longestPauseMs(sight, killedAtMs));
  pauses.sort((one, other) => one - other);
  // What the issue promises to viewers; a machine that is busy with something else has been seen to keep it.
  expect(pauses[1]).toBeLessThan(1_000);
});

it('goes on without the service, and resumes every place when it is back', async () => {
  const children = await sevenInATree();
  const parentsBefore = await mesh.settled();
  const killedAtMs = Date.now();
  await mesh.service.kill();
  for (const tab of mesh.tabs.values())
    await tab.until('knows that the service is gone', ({ connection }) => connection.at(-1) === false);
  await passed(3_000);
  await mesh.restartService();
  for (const tab of mesh.tabs.values()) await tab.until('is back', ({ connection }) => connection.at(-1) === true);
  expect(await mesh.settled()).toEqual(parentsBefore);
  await mesh.tab('root').run('viewer.stopPublishing()');
  const sights = await mesh.look();
  expect(sights.flatMap(judge)).toEqual([]);
  for (const sight of sights) {
    expect({ peerId: sight.peerId, missing: sight.stats.missing, closed: sight.closed }).toEqual({
      peerId: sight.peerId,
      missing: 0,
      closed: null,
    });
    // Nobody's parent changed, not even for a moment.
    expect(sight.parents.filter(({ atMs }) => atMs > killedAtMs)).toEqual([]);
    const frames = sight.atMs.filter((atMs) => atMs > killedAtMs && atMs < killedAtMs + 3_000);
    expect(frames.length).toBeGreaterThan(60);
  }
  expect(children).toHaveLength(3);
  const { body } = await mesh.service.get<{ events: { type: string }[] }>(
    '/api/v1/tracks/live%2Fbrowser/events?type=PeerResumed&limit=100',
  );
  expect(body.events).toHaveLength(7);
});

it('moves a child to another parent without a gap when its parent claims less', async () => {
  const children = await sevenInATree();
  const [moved = ''] = children;
  await mesh.tab('a').run('viewer.peer.setCapacity(2)');
  const before = await mesh.look();
  await passed(2_000);
  const parents = await mesh.settled();
  const left = children.filter((child) => parents.get(child) !== 'a');
  expect(left).toHaveLength(1);
  await mesh.tab('root').run('viewer.stopPublishing()');
  const sights = await mesh.look();
  expect(sights.flatMap(judge)).toEqual([]);
  for (const { peerId, stats, ids } of sights) {
    expect({ peerId, missing: stats.missing }).toEqual({ peerId, missing: 0 });
    expect(new Set(ids).size).toBe(ids.length);
  }
  expect(before).toHaveLength(7);
  expect(moved).not.toBe('');
});

import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import type { MeshJson } from '../../src/history/mesh-json.js';
import { BrowserMesh } from '../support/browser-mesh.js';
import { eventually } from '../support/eventually.js';
import { BrowserStage } from '../support/browser-stage.js';

let stage: BrowserStage;
let mesh: BrowserMesh;

/** One service for all tests, with a track for each. */
beforeAll(async () => {
  stage = await BrowserStage.open();
  mesh = await BrowserMesh.start(stage);
});
afterEach(() => stage.closeTabs());
afterAll(async () => {
  await mesh.stop();
  await stage.close();
});

it('relays what the root was given to its child, each frame once and byte for byte, whatever its size', async () => {
  const root = await mesh.join('root', 1);
  const child = await mesh.join('child', 0);
  await root.until('feeds the child', ({ childIds }) => childIds.includes('child'));
  for (const bytes of [12, 1_000, 65_536, 262_136, 262_137, 262_144, 1_000_000, 5_000_000]) {
    expect(await root.run(`viewer.push(${bytes})`)).toBe(true);
  }
  const { ids, damaged, stats, parentId } = await child.until('eight frames', ({ ids }) => ids.length >= 8);
  expect({ ids, damaged, parentId }).toEqual({ ids: [0, 1, 2, 3, 4, 5, 6, 7], damaged: 0, parentId: 'root' });
  expect(stats).toMatchObject({ received: 8, duplicates: 0, missing: 0, malformed: 0 });
  expect(await child.run('viewer.push(100)')).toBe(false);
  await root.run('viewer.startAt(12)');
  await root.run('viewer.push(100)');
  const { gaps, stats: after } = await child.until('the frame behind the gap', ({ ids: got }) => got.includes(12));
  expect({ gaps, missing: after.missing }).toEqual({ gaps: [{ from: 8, to: 11 }], missing: 4 });
});

it('relays through a child to its child, and reports what each forwarded', async () => {
  const track = 'live/three';
  const root = await mesh.join('root', 1, { track });
  const relay = await mesh.join('relay', 1, { track });
  const leaf = await mesh.join('leaf', 0, { track });
  await relay.until('feeds the leaf', ({ childIds }) => childIds.includes('leaf'));
  await root.until('feeds the relay', ({ childIds }) => childIds.includes('relay'));
  await root.run('viewer.publish(30, 2000)');
  const { ids, damaged, parentId } = await leaf.until('30 frames', ({ ids }) => ids.length >= 30);
  await root.run('viewer.stopPublishing()');
  expect({ damaged, parentId }).toEqual({ damaged: 0, parentId: 'relay' });
  expect(ids).toEqual(ids.map((_, index) => index));
  const { stats } = await relay.until('forwarded all of them', ({ stats }) => stats.forwarded === stats.received);
  expect(stats).toMatchObject({ duplicates: 0, missing: 0, dropped: 0 });
  const reported = await eventually('the service knows what was forwarded', 10_000, async () => {
    const { body } = await mesh.service.get<MeshJson>('/api/v1/mesh');
    const { forwarded_frames: forwarded = 0 } = body.peers.find(({ peer_id: peerId }) => peerId === 'relay') ?? {};
    return forwarded === stats.forwarded ? forwarded : null;
  });
  expect(reported).toBe(stats.forwarded);
});

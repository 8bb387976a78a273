import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { SettingsChange } from '../../src/domain/commands.js';
import type { MeshClient } from '../support/mesh-client.js';
import { MeshService } from '../support/mesh-service.js';

const TRACK = 'live/x';
let service: MeshService;
let root: MeshClient;
let one: MeshClient;
let two: MeshClient;

/** root -> one and two, under the policy that knows no plans. */
beforeEach(async () => {
  service = await MeshService.start({ flags: { rootPeerCount: '1', policy: 'shallowest' } });
  root = await service.join('root', TRACK, { capacity: 2 });
  one = await service.join('one', TRACK, { capacity: 2 });
  two = await service.join('two', TRACK, { capacity: 0 });
});
afterEach(() => service.stop());

async function configure(change: SettingsChange): Promise<void> {
  const outcome = await service.topology.writer.submit(TRACK, { type: 'Configure', change });
  expect(outcome).toMatchObject({ ok: true });
}

it('tells everybody the plan that another policy has for them, though nobody was moved', async () => {
  await configure({ policy: 'resilient' });
  expect(await one.next('assign_parent')).toMatchObject({
    parent_id: 'root',
    plan: { rank: 'heir', connect_to: null },
  });
  expect(await two.next('assign_parent')).toMatchObject({
    parent_id: 'root',
    plan: { rank: 'sibling', connect_to: 'one' },
  });
  await configure({ policy: 'shallowest' });
  expect(await one.next('assign_parent')).toMatchObject({ parent_id: 'root', plan: null });
});

it('tells whom a lower limit moved where to go and why, and the former parent to let go', async () => {
  await configure({ maxChildren: 1 });
  expect(await two.next('assign_parent')).toMatchObject({ parent_id: 'one', depth: 2, cause: 'configured' });
  expect(await root.next('peer_left')).toEqual({ peer_id: 'two' });
});

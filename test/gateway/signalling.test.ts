import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { MeshClient } from '../support/mesh-client.js';
import { MeshService } from '../support/mesh-service.js';

const TRACK = 'live/x';
let service: MeshService;
let root: MeshClient;
let child: MeshClient;
let grandchild: MeshClient;

beforeEach(async () => {
  service = await MeshService.start({ flags: { rootPeerCount: '1', policy: 'shallowest' } });
  root = await service.join('root', TRACK, { capacity: 1 });
  child = await service.join('child', TRACK, { capacity: 1 });
  grandchild = await service.join('grandchild', TRACK, { capacity: 1 });
});
afterEach(() => service.stop());

it('carries offers, answers and candidates between a parent and its child, either way', async () => {
  expect(await child.request('offer', { to: 'root', sdp: 'v=0 offer' })).toEqual({ ok: true });
  expect(await root.next('offer')).toEqual({ from: 'child', sdp: 'v=0 offer' });
  expect(await root.request('answer', { to: 'child', sdp: 'v=0 answer' })).toEqual({ ok: true });
  expect(await child.next('answer')).toEqual({ from: 'root', sdp: 'v=0 answer' });
  const candidates = ['candidate:1', { candidate: 'candidate:2', sdpMid: '0', sdpMLineIndex: 0 }, null];
  for (const candidate of candidates) {
    expect(await child.request('ice_candidate', { to: 'root', candidate })).toEqual({ ok: true });
    expect(await root.next('ice_candidate')).toEqual({ from: 'child', candidate });
  }
});

it('sets from itself, whatever the sender says, and passes no other field on', async () => {
  await child.request('offer', { to: 'root', sdp: 'v=0', from: 'grandchild', track: 'live/y', extra: 1 });
  expect(await root.next('offer')).toEqual({ from: 'child', sdp: 'v=0' });
});

it('refuses whoever is neither parent nor child, and whoever is not there', async () => {
  await service.join('elsewhere', 'live/y');
  const refusals: [MeshClient, string, string][] = [
    [grandchild, 'root', 'forbidden_target'],
    [root, 'grandchild', 'forbidden_target'],
    [child, 'child', 'forbidden_target'],
    [child, 'nobody', 'unknown_peer'],
    [child, 'elsewhere', 'unknown_peer'],
  ];
  for (const [sender, to, code] of refusals) {
    for (const name of ['offer', 'answer'])
      expect(await sender.request(name, { to, sdp: 'v=0' })).toMatchObject({ code });
    expect(await sender.request('ice_candidate', { to, candidate: '' })).toMatchObject({ ok: false, code });
  }
});

it('says so when the other one is in the tree but not connected', async () => {
  const recorded = service.nextCommit('PeerDisconnected');
  root.close();
  await recorded;
  const answer = await child.request('offer', { to: 'root', sdp: 'v=0' });
  expect(answer).toEqual({ ok: false, code: 'unknown_peer', reason: 'root is not connected at present' });
});

it('follows the tree: a former parent can no longer be reached', async () => {
  await child.request('leave', {});
  expect(await grandchild.next('assign_parent')).toMatchObject({ parent_id: 'root' });
  expect(await grandchild.request('offer', { to: 'root', sdp: 'v=0' })).toEqual({ ok: true });
  expect(await grandchild.request('offer', { to: 'child', sdp: 'v=0' })).toMatchObject({ code: 'unknown_peer' });
});

it('refuses what is too large, by field', async () => {
  const sdp = 'x'.repeat(32_769);
  expect(await child.request('offer', { to: 'root', sdp })).toMatchObject({
    code: 'invalid_message',
    reason: 'sdp must be text of 1 to 32768 characters',
  });
  expect(await child.request('offer', { to: 'root', sdp: sdp.slice(1) })).toEqual({ ok: true });
  for (const candidate of ['x'.repeat(4_097), { candidate: 'x'.repeat(4_097) }, { candidate: 'x', sdpMid: 5 }, 7]) {
    const answer = await child.request('ice_candidate', { to: 'root', candidate });
    expect(answer).toMatchObject({
      code: 'invalid_message',
      reason: expect.stringMatching(/^candidate must be/) as unknown,
    });
  }
});

it('limits the signals of a session without touching its other messages', async () => {
  const offers = Array.from({ length: 450 }, () => child.request('offer', { to: 'root', sdp: 'v=0' }));
  const codes = (await Promise.all(offers)).map((answer) => answer['code'] ?? 'ok');
  expect(codes.slice(0, 400)).toEqual(Array<string>(400).fill('ok'));
  expect(codes).toContain('rate_limited');
  expect(await child.request('heartbeat', {})).toMatchObject({ ok: true });
  expect(service.gateway.metrics.signalsRateLimited).toBeGreaterThan(0);
});

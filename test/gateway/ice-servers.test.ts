import { createHmac } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Flags } from '../../src/config.js';
import type { IceServer } from '../../src/protocol/server-messages.js';
import { FakeClock } from '../support/fake-clock.js';
import { MeshService } from '../support/mesh-service.js';

const TRACK = 'live/x';
const STUN = { urls: 'stun:s.example' };
const FIXED = { urls: 'turn:t.example', username: 'everybody', credential: 'knows' };
const TURN = { urls: ['stun:u.example', 'turn:u.example?transport=udp', 'turns:u.example'] };
const clock = new FakeClock();
let service: MeshService;
afterEach(() => service.stop());

async function start(flags: Flags): Promise<void> {
  service = await MeshService.start({ clock, flags: { iceServers: JSON.stringify([STUN, FIXED, TURN]), ...flags } });
}

async function toldOverSocketIo(peerId: string): Promise<readonly IceServer[]> {
  const client = await service.connect({ auth: { token: 'secret' } });
  return (await client.register(peerId, TRACK)).assignment.ice_servers;
}

async function toldOverSignal(peerId: string): Promise<unknown[]> {
  const client = await service.connectLvqr({ token: 'secret' });
  return (await client.register(peerId, TRACK)).ice_servers;
}

/** As coturn computes it from its static-auth-secret. */
function credential(username: string): string {
  return createHmac('sha1', 'shared').update(username).digest('base64');
}

describe('ICE servers', () => {
  it('are told as they are to whoever showed a token', async () => {
    await start({ subscribeToken: 'secret' });
    expect(await toldOverSocketIo('one')).toEqual([STUN, FIXED, TURN]);
    expect(await toldOverSignal('two')).toEqual([{ urls: ['stun:s.example'] }, { ...FIXED, urls: [FIXED.urls] }, TURN]);
  });

  it('come with a credential of the peer’s own that expires, where the TURN server shares a secret', async () => {
    await start({ subscribeToken: 'secret', turnSecret: 'shared', turnCredentialTtlMs: '3600000' });
    const expiry = Math.floor(clock.wallMs() / 1_000) + 3_600;
    const own = (peerId: string): object => {
      const username = `${String(expiry)}:${peerId}`;
      return { ...TURN, username, credential: credential(username) };
    };
    expect(await toldOverSocketIo('one')).toEqual([STUN, FIXED, own('one')]);
    expect((await toldOverSignal('two'))[2]).toEqual(own('two'));
  });

  it('lose their TURN servers and credentials where nobody shows a token', async () => {
    await start({ turnSecret: 'shared' });
    const open = [{ urls: ['stun:s.example'] }, { urls: ['stun:u.example'] }];
    expect(await toldOverSocketIo('one')).toEqual(open);
    expect(await toldOverSignal('two')).toEqual(open);
  });

  it('can be replaced while the service runs: whoever is told a place afterwards is told the new ones', async () => {
    await start({ subscribeToken: 'secret', rootPeerCount: '1' });
    const one = await service.connect({ auth: { token: 'secret' } });
    await one.register('one', TRACK);
    service.layer.iceServers.replace([STUN]);
    const two = await service.connect({ auth: { token: 'secret' } });
    expect((await two.register('two', TRACK)).assignment.ice_servers).toEqual([STUN]);
    await one.request('leave', {});
    expect((await two.next('assign_parent', ({ role }) => role === 'Root')).ice_servers).toEqual([STUN]);
  });
});

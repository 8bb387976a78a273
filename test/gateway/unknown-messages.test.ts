import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { MeshClient } from '../support/mesh-client.js';
import { MeshService } from '../support/mesh-service.js';

let service: MeshService;
let client: MeshClient;
beforeEach(async () => {
  service = await MeshService.start();
  client = await service.connect();
});
afterEach(() => service.stop());

it('answers names it does not know, and says which there are', async () => {
  for (const name of ['probe', 'error', 'message', 'toString', '__proto__', 'constructor', '']) {
    const answer = await client.request(name, {});
    expect(answer).toEqual({
      ok: false,
      code: 'invalid_message',
      reason: `there is no message ${JSON.stringify(name)}; there are register, heartbeat, capacity, forward_report, stall_report, plan_followed, offer, answer, ice_candidate, leave`,
    });
  }
});

it('answers messages without a body, with too many, with a list, text, or binary in their place', async () => {
  const bodies = [[], [null], [[]], ['text'], [7], [true], [Buffer.from('bytes')], [{ peer_id: Buffer.from('one') }]];
  for (const name of ['register', 'capacity', 'forward_report', 'offer', 'answer', 'ice_candidate']) {
    for (const body of bodies) {
      const answer = await client.request(name, ...body);
      expect(answer).toMatchObject({ ok: false, reason: expect.any(String) as unknown });
      expect(answer).not.toHaveProperty('event');
    }
  }
  expect(await client.request('leave', {}, {}, {})).toMatchObject({ code: 'not_registered' });
  expect(service.gateway.metrics.handlerFaults).toBe(0);
});

it('takes nothing from a prototype', async () => {
  const body = JSON.parse(
    '{"__proto__":{"peer_id":"one","track":"live/x"},"constructor":{"prototype":{"peer_id":"x"}}}',
  ) as unknown;
  expect(await client.request('register', body)).toMatchObject({ code: 'invalid_peer_id' });
  expect(({} as { peer_id?: unknown }).peer_id).toBeUndefined();
});

it('answers a message that is nothing but a wish for an answer', async () => {
  expect(await answerTo('')).toMatch(/invalid_message.*without a name/);
  expect(await answerTo('[7]')).toMatch(/invalid_message.*without a name/);
});

it('answers endless nesting', async () => {
  const nested = '['.repeat(30_000) + ']'.repeat(30_000);
  expect(await answerTo(`["register",${nested}]`)).toMatch(/the body of the message must be an object/);
  expect(await answerTo(`["ice_candidate",{"to":"one","candidate":${nested}}]`)).toMatch(/candidate must be/);
  expect(await answerTo(`["register",{"peer_id":"one","track":"x","more":${nested}}]`)).toMatch(/"ok":true/);
});

/** Sends what no client library would. */
function answerTo(message: string): Promise<string> {
  const { engine } = client.socket.io;
  return new Promise((resolve) => {
    engine.on('data', (data: unknown) => {
      if (typeof data === 'string' && data.startsWith('3/mesh,41')) resolve(data);
    });
    engine.write(`2/mesh,41${message}`);
  });
}

it('ends the connection of who breaks the protocol below, and no other', async () => {
  const bystander = await service.join('bystander', 'live/x');
  for (const frame of [
    '9',
    '2/mesh,{',
    '51-/mesh,["register",{"_placeholder":true,"num":0}]x',
    '0/mesh,{}',
    '2/mesh,["disconnect"]',
  ]) {
    const vandal = await service.connect();
    vandal.socket.io.engine.write(frame);
    vandal.socket.io.engine.write(frame);
    expect(await vandal.disconnected).toMatch(/transport|close|error/);
  }
  const big = await service.connect();
  big.socket.emit('register', { peer_id: 'x'.repeat(70_000) });
  await big.disconnected;
  expect(await bystander.request('heartbeat', {})).toMatchObject({ ok: true });
});

it('limits the messages of a session, and answers those it refuses', async () => {
  const answers = await Promise.all(Array.from({ length: 450 }, () => client.request('heartbeat', {})));
  const codes = answers.map((answer) => answer['code']);
  expect(codes.slice(0, 400)).toEqual(Array<string>(400).fill('not_registered'));
  expect(codes.slice(400)).toContain('rate_limited');
  expect(service.gateway.metrics.messagesRateLimited).toBeGreaterThan(0);
  expect(service.gateway.metrics.rejections.get('rate_limited')).toBe(service.gateway.metrics.messagesRateLimited);
});

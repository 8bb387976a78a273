import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { MeshService } from '../support/mesh-service.js';

const TRACK = 'live/x';
let service: MeshService;
beforeEach(async () => {
  service = await MeshService.start();
});
afterEach(() => service.stop());

it('acknowledges each heartbeat and forward report with its own position', async () => {
  const client = await service.join('one', TRACK);
  const answers = await Promise.all([
    client.request('heartbeat', {}),
    client.request('forward_report', { forwarded_frames: 7 }),
    client.request('forward_report', { forwarded_frames: 9, received_frames: 12 }),
    client.request('heartbeat'),
  ]);
  const events = service.events(TRACK).slice(3);
  expect(answers).toEqual(events.map(({ position }) => ({ ok: true, position })));
  expect(events).toMatchObject([
    { type: 'HeartbeatReceived' },
    { type: 'ForwardReported', forwardedFrames: 7, receivedFrames: null },
    { type: 'ForwardReported', forwardedFrames: 9, receivedFrames: 12 },
    { type: 'HeartbeatReceived' },
  ]);
});

it('takes a heartbeat that wants no acknowledgement', async () => {
  const client = await service.join('one', TRACK);
  client.socket.emit('heartbeat', {});
  await client.request('heartbeat', {});
  expect(service.eventTypes(TRACK).slice(3)).toEqual(['HeartbeatReceived', 'HeartbeatReceived']);
});

it('refuses frame counts that are no exact whole numbers', async () => {
  const client = await service.join('one', TRACK);
  for (const forwarded_frames of [-1, 0.5, 2 ** 53, '7', null, undefined]) {
    const answer = await client.request('forward_report', { forwarded_frames });
    expect(answer).toMatchObject({ ok: false, code: 'invalid_message' });
  }
  expect(await client.request('forward_report', { forwarded_frames: 2 ** 53 - 1 })).toMatchObject({ ok: true });
});

it('applies a claim of capacity up to the operator’s limit; the same claim again causes no event', async () => {
  const client = await service.join('one', TRACK);
  expect(await client.request('capacity', { capacity: 9 })).toEqual({ ok: true, effective_capacity: 3, position: 4 });
  expect(await client.request('capacity', { capacity: 9 })).toEqual({ ok: true, effective_capacity: 3, position: 4 });
  expect(await client.request('capacity', { capacity: 1 })).toEqual({ ok: true, effective_capacity: 1, position: 5 });
  expect(await client.request('capacity', { capacity: null })).toMatchObject({ effective_capacity: 3 });
  for (const body of [{}, { capacity: -1 }, { capacity: 'many' }]) {
    expect(await client.request('capacity', body)).toMatchObject({ ok: false, code: 'invalid_capacity' });
  }
});

it('refuses reports of a session without a peer', async () => {
  const client = await service.connect();
  const requests: [string, unknown][] = [
    ['heartbeat', {}],
    ['forward_report', { forwarded_frames: 1 }],
    ['capacity', { capacity: 1 }],
    ['leave', {}],
    ['offer', { to: 'one', sdp: 'v=0' }],
  ];
  for (const [name, body] of requests) {
    expect(await client.request(name, body)).toMatchObject({ ok: false, code: 'not_registered' });
  }
});

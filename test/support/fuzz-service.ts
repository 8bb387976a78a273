import { expect } from '@jest/globals';
import fc from 'fast-check';
import type { MeshClient } from './mesh-client.js';
import type { MeshService } from './mesh-service.js';
import { fuzzMessage, type FuzzMessage } from './fuzz-messages.js';

/** A session may send 400 messages at once; a fresh one after these keeps the limits out of the way. */
const MESSAGES_PER_SESSION = 300;

/**
 * Sends random and mutated messages one after another, in the company of a parent and a child, and checks each answer: there
 * is one, it says ok or why not, and what was refused has left nothing in the log.
 */
export async function fuzz(service: MeshService, count: number, seed: number): Promise<void> {
  const messages = fc.sample(fuzzMessage, { numRuns: count, seed });
  for (let from = 0; from < count; from += MESSAGES_PER_SESSION) {
    const company = [await service.join('parent', 'live/x', { capacity: 1 }), await service.join('child', 'live/x')];
    const client = await service.connect();
    for (const message of messages.slice(from, from + MESSAGES_PER_SESSION))
      await sendChecked(service, client, message);
    for (const each of [client, ...company]) {
      await each.request('leave', {});
      each.close();
    }
    await service.until(() => service.gateway.metrics.connections === 0);
  }
  expect(service.gateway.metrics.handlerFaults).toBe(0);
}

async function sendChecked(service: MeshService, client: MeshClient, message: FuzzMessage): Promise<void> {
  const before = recorded(service);
  const answer = await client.request(...message);
  const shown = JSON.stringify([message, answer]).slice(0, 500);
  expect([shown, typeof answer.ok]).toEqual([shown, 'boolean']);
  expect([shown, 'event' in answer]).toEqual([shown, false]);
  if (answer.ok) return;
  expect([shown, typeof answer['code'], typeof answer['reason']]).toEqual([shown, 'string', 'string']);
  expect([shown, recorded(service)]).toEqual([shown, before]);
}

/** Events in all tracks. */
function recorded(service: MeshService): number {
  return [...service.topology.tracks.all()].reduce((sum, { tree }) => sum + tree.position, 0);
}

import v8 from 'node:v8';
import vm from 'node:vm';
import { afterEach, expect, it } from '@jest/globals';
import { fuzz } from '../support/fuzz-service.js';
import { MeshService } from '../support/mesh-service.js';

const WARM_UP_MESSAGES = 3_000;
const MESSAGES = 10_000;
const HEAP_GROWTH_BYTES_MAX = 8 * 1_048_576;

let service: MeshService;
afterEach(() => service.stop());

it('answers 10,000 random and mutated messages, records nothing of those it refuses, and gives the memory back', async () => {
  service = await MeshService.start({ flags: { rootPeerCount: '1', pulseLingerMs: '0' } });
  await fuzz(service, WARM_UP_MESSAGES, 1);
  const before = heapUsed();
  await fuzz(service, MESSAGES, 2);
  expect(heapUsed() - before).toBeLessThan(HEAP_GROWTH_BYTES_MAX);
  expect(service.gateway.metrics).toMatchObject({ connections: 0, sessions: 0, slowClientsDropped: 0 });
});

function heapUsed(): number {
  v8.setFlagsFromString('--expose_gc');
  const collect = vm.runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}

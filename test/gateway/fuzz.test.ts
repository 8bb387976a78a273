import { afterEach, expect, it } from '@jest/globals';
import { fuzz } from '../support/fuzz-service.js';
import { MeshService } from '../support/mesh-service.js';

let service: MeshService;
afterEach(() => service.stop());

it('answers 300 random and mutated messages, and records nothing of those it refuses', async () => {
  service = await MeshService.start({ flags: { rootPeerCount: '1', pulseLingerMs: '0' } });
  await fuzz(service, 300, 7);
  expect(service.gateway.metrics.rejections.size).toBeGreaterThan(5);
});

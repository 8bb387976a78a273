import { expect, it } from '@jest/globals';
import { expectSameTrees, positionsOf } from '../support/expect-same-trees.js';
import { recordTrees } from '../support/tree-recorder.js';

it('2,000 viewers and two kills: 50 random positions have the bytes that the service answered with then, and 50 more with liveness', async () => {
  const recording = await recordTrees({ seed: 11, peers: 2_000, kills: 2, answersPerLife: 36, pauseMsMax: 800 });
  expectSameTrees(recording, 2);
  expect(positionsOf(recording.trees)).toBeGreaterThanOrEqual(50);
  expect(positionsOf(recording.withLiveness)).toBeGreaterThanOrEqual(50);
}, 600_000);

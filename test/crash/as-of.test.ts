import { expect, it } from '@jest/globals';
import { expectSameTrees, positionsOf } from '../support/expect-same-trees.js';
import { recordTrees } from '../support/tree-recorder.js';

it('a tree of the past has the bytes that the service answered with then, over a kill, with liveness and without', async () => {
  const recording = await recordTrees({ seed: 7, peers: 100, kills: 1, answersPerLife: 12, pauseMsMax: 300 });
  expectSameTrees(recording, 1);
  expect(positionsOf(recording.trees)).toBeGreaterThan(5);
  expect(positionsOf(recording.withLiveness)).toBeGreaterThan(5);
}, 150_000);

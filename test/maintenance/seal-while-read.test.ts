import { afterEach, expect, it } from '@jest/globals';
import { isSealed, unsealedSegments } from '../../src/event-log/seal-segment.js';
import { segmentFiles } from '../../src/event-log/data-directory.js';
import { CrashStage, treePath } from '../support/crash-stage.js';
import { eventually } from '../support/eventually.js';
import { MeshClient } from '../support/mesh-client.js';
import { meshledger } from '../support/run-meshledger.js';

const TRACK = 'live/read';
const WITHIN_MS = 20_000;

let stage: CrashStage | null = null;
afterEach(() => stage?.clear());

it('segments are sealed, and can be removed, while a service runs that was asked about the past', async () => {
  stage = await CrashStage.set();
  const { dataDir } = stage;
  const service = await stage.serve('--segment-max-age-ms', '1000', '--pulse-linger-ms', '0');
  const viewer = await MeshClient.connect(service.url);
  await viewer.register('ana', TRACK);
  await eventually('two cuts', WITHIN_MS, async () => {
    await viewer.request('heartbeat', {});
    // Each of them is read on threads of its own, which keep open what they have read.
    expect((await service.get(`${treePath(TRACK)}?position=1`)).status).toBe(200);
    expect((await service.get(`/api/v1/tracks/${encodeURIComponent(TRACK)}/events?limit=100`)).status).toBe(200);
    return segmentFiles(dataDir).length > 2 ? true : null;
  });
  // From now on nobody asks, and nothing else is cut.
  await eventually('the seal', WITHIN_MS, () => (unsealedSegments(dataDir).length === 0 ? true : null));
  const [first = ''] = segmentFiles(dataDir);
  expect(isSealed(first)).toBe(true);
  const removed = await meshledger('retain', '--older-than', '1s', '--delete', '--data-dir', dataDir);
  expect(removed).toMatchObject({ exitCode: 0, stderr: '' });
  expect(segmentFiles(dataDir)).not.toContain(first);
  viewer.close();
});

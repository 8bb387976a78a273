import { expect, it } from '@jest/globals';
import { Backoff } from '../../src/sdk/backoff.js';
import { SILENT_MS_MAX, SILENT_MS_MIN } from '../../src/sdk/sdk-limits.js';
import { SilenceWatch } from '../../src/sdk/silence-watch.js';

it('waits up to twice as long after each failure, up to the limit, and from the beginning after a success', () => {
  const longest = new Backoff(100, 1_000, () => 1);
  expect([1, 2, 3, 4, 5, 6].map(() => longest.nextMs())).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  longest.reset();
  expect(longest.nextMs()).toBe(100);
});

it('never asks again at once, however the dice fall', () => {
  const shortest = new Backoff(100, 1_000, () => 0);
  expect([1, 2, 3].map(() => shortest.nextMs())).toEqual([50, 50, 50]);
});

function heardEvery(periodMs: number, times: number): { watch: SilenceWatch; lastMs: number } {
  const watch = new SilenceWatch(0);
  for (let time = 1; time <= times; time += 1) watch.heard(time * periodMs);
  return { watch, lastMs: periodMs * times };
}

it('takes a parent that is heard all the time for silent soon', () => {
  const { watch, lastMs } = heardEvery(33, 30);
  expect(watch.isSilent(lastMs + SILENT_MS_MIN - 1)).toBe(false);
  expect(watch.isSilent(lastMs + SILENT_MS_MIN)).toBe(true);
});

it('is more patient with a parent that has paused before, up to a limit, and forgets that in time', () => {
  const { watch, lastMs } = heardEvery(1_000, 5);
  expect(watch.isSilent(lastMs + SILENT_MS_MAX - 1)).toBe(false);
  expect(watch.isSilent(lastMs + SILENT_MS_MAX)).toBe(true);
  for (let time = 1; time <= 60; time += 1) watch.heard(lastMs + time * 33);
  expect(watch.isSilent(lastMs + 60 * 33 + SILENT_MS_MIN)).toBe(true);
});

import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FrameWindow } from '../../src/sdk/frame-window.js';

it('lets a frame through once, whoever brings it, and counts what is skipped', () => {
  const window = new FrameWindow();
  expect(window.take('n', 10)).toEqual({ isNew: true, missing: 0 });
  expect(window.take('n', 11)).toEqual({ isNew: true, missing: 0 });
  expect(window.take('n', 11)).toEqual({ isNew: false });
  expect(window.take('n', 15)).toEqual({ isNew: true, missing: 3 });
  expect(window.take('n', 13)).toEqual({ isNew: false });
  expect(window).toMatchObject({ received: 3, duplicates: 2, missing: 3, highest: 15, numbering: 'n' });
});

it('starts anew with another numbering, and calls nothing missing at the seam', () => {
  const window = new FrameWindow();
  window.take('n', 100);
  expect(window.take('m', 5)).toEqual({ isNew: true, missing: 0 });
  expect(window.take('m', 5)).toEqual({ isNew: false });
  expect(window).toMatchObject({ received: 2, duplicates: 1, missing: 0 });
});

it('hands out ids that only rise, and accounts for every one between the first and the last', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1 }), (ids) => {
      const window = new FrameWindow();
      const through = ids.filter((objectId) => window.take('n', objectId).isNew);
      expect(through).toEqual([...new Set(through)].sort((one, other) => one - other));
      expect(window.received + window.missing).toBe((through.at(-1) ?? 0) - (through[0] ?? 0) + 1);
      expect(window.received + window.duplicates).toBe(ids.length);
    }),
    { seed: 8 },
  );
});

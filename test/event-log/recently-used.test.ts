import { describe, expect, it } from '@jest/globals';
import { RecentlyUsed } from '../../src/event-log/recently-used.js';

const BESIDE = 512;

describe('values that are kept while there is room', () => {
  it('are those that were asked for last', () => {
    const kept = new RecentlyUsed<{ bytes: number }>(3 * (100 + BESIDE));
    for (const key of ['one', 'two', 'three']) kept.set(key, { bytes: 100 });
    kept.get('one');
    kept.set('four', { bytes: 100 });
    expect(['one', 'two', 'three', 'four'].map((key) => kept.get(key) !== undefined)).toEqual([
      true,
      false,
      true,
      true,
    ]);
    expect(kept.bytes).toBe(3 * (100 + BESIDE));
  });

  it('are bounded also when they are many and tiny', () => {
    const kept = new RecentlyUsed<{ bytes: number }>(10 * BESIDE);
    for (let key = 0; key < 1_000; key += 1) kept.set(String(key), { bytes: 0 });
    expect(Array.from({ length: 1_000 }, (_, key) => kept.get(String(key))).filter(Boolean)).toHaveLength(10);
  });

  it('take the place of the one that had the key', () => {
    const kept = new RecentlyUsed<{ bytes: number }>(10_000);
    kept.set('one', { bytes: 100 });
    kept.set('one', { bytes: 30 });
    expect([kept.get('one')?.bytes, kept.bytes]).toEqual([30, 30 + BESIDE]);
    kept.clear();
    expect([kept.get('one'), kept.bytes]).toEqual([undefined, 0]);
  });

  it('include the newest, however large', () => {
    const kept = new RecentlyUsed<{ bytes: number }>(1);
    for (const key of ['one', 'two']) kept.set(key, { bytes: 100 });
    expect([kept.get('one'), kept.get('two')?.bytes]).toEqual([undefined, 100]);
  });
});

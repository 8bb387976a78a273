import { expect, it } from '@jest/globals';
import { counted, grouped, spokenDuration } from '../../src/history/spoken-figures.js';

it.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [10_249, '10.2 s'],
  [59_999, '59.9 s'],
  [60_000, '1 min'],
  [102_020, '1 min 42 s'],
  [7_800_000, '2 h 10 min'],
  [273_600_000, '3 d 4 h'],
])('a duration of %i ms is spoken as %s', (ms, spoken) => {
  expect(spokenDuration(ms)).toBe(spoken);
});

it('figures are grouped by thousands and counted in one or many', () => {
  expect([grouped(999), grouped(1_000), grouped(12_345_678)]).toEqual(['999', '1,000', '12,345,678']);
  expect([counted(1, 'child', 'children'), counted(2_000, 'peer')]).toEqual(['1 child', '2,000 peers']);
});

import { expect, it } from '@jest/globals';
import { parseTime } from '../../src/cli/parse-time.js';
import { WrongUse } from '../../src/cli/wrong-use.js';

const NOW = Date.UTC(2026, 0, 31, 20, 14, 7);

it.each([
  ['1769890447000', 1_769_890_447_000],
  ['0', 0],
  ['500ms', NOW - 500],
  ['30s', NOW - 30_000],
  ['5m', NOW - 300_000],
  ['2h', NOW - 7_200_000],
  ['1d', NOW - 86_400_000],
  ['2026-01-31', Date.UTC(2026, 0, 31)],
  ['2026-01-31T20:14', Date.UTC(2026, 0, 31, 20, 14)],
  ['2026-01-31T20:14:07.120Z', NOW + 120],
  ['2026-01-31 20:14:07', NOW],
  ['2026-01-31T21:14:07+01:00', NOW],
  [' 2026-01-31t20:14:07z ', NOW],
])('%s is a time', (text, atMs) => {
  expect(parseTime(text, NOW)).toBe(atMs);
});

it.each([
  'yesterday',
  '',
  '-5m',
  '5 minutes',
  '5.5m',
  '2026-02-30',
  '2026-13-01',
  '2026-01-31T25:00',
  '20:14:07',
  '1e3',
])('"%s" is refused, and what is allowed is named', (text) => {
  expect(() => parseTime(text, NOW)).toThrow(WrongUse);
  expect(() => parseTime(text, NOW)).toThrow(/ISO 8601 .*, epoch milliseconds, or a duration ago/);
});

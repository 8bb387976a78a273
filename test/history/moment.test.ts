import { describe, expect, it } from '@jest/globals';
import { askedMoment, askedRange } from '../../src/history/moment.js';
import { type AskedMoment, readMoment } from '../../src/history/moment-text.js';
import { eveningTrack } from '../support/evening-track.js';
import { MemoryLogReader } from '../support/memory-log-reader.js';
import { STARTED_AT } from '../support/recorded-track.js';

const reader = new MemoryLogReader(eveningTrack('live'));
const head = reader.head('live')!;
const NOW = head.recordedAt + 60_000;
const asked = (moment: AskedMoment) => askedMoment(reader, head, moment, NOW);
const range = (from: AskedMoment | null, to: AskedMoment | null) => askedRange(reader, head, { from, to }, NOW);
const code = (name: string) => expect.objectContaining({ name: 'HistoryFault', code: name });

describe('a moment that is asked for', () => {
  it('is a position up to the head', () => {
    expect(asked({ position: 0 })).toEqual({ position: 0, recordedAt: null });
    expect(asked({ position: 24 })).toEqual({ position: 24, recordedAt: head.recordedAt });
    expect(() => asked({ position: 25 })).toThrow(code('position_out_of_range'));
  });

  it('is a time from the first event until now', () => {
    expect(asked({ timeMs: STARTED_AT }).position).toBeGreaterThan(0);
    expect(asked({ timeMs: NOW })).toMatchObject({ position: 24 });
    expect(() => asked({ timeMs: NOW + 1 })).toThrow(code('time_out_of_range'));
    expect(() => asked({ timeMs: STARTED_AT - 1 })).toThrow(code('time_out_of_range'));
  });

  it('may be as late as the head, though the clock that wrote it is ahead of this one', () => {
    const early = STARTED_AT - 1_000_000;
    expect(askedMoment(reader, head, { timeMs: head.recordedAt }, early)).toMatchObject({ position: 24 });
    expect(() => askedMoment(reader, head, { timeMs: head.recordedAt + 1 }, early)).toThrow(code('time_out_of_range'));
  });

  it('says even a time far outside the calendar', () => {
    expect(() => asked({ timeMs: 999_999_999_999_999 })).toThrow(/^[+]033658-.* lies in the future/);
    expect(() => asked({ timeMs: -9e15 })).toThrow(code('time_out_of_range'));
  });
});

describe('a range that is asked for', () => {
  it('is the whole log when nothing is said', () => {
    expect(range(null, null)).toMatchObject({ from: { position: 0 }, to: { position: 24 } });
  });

  it('may begin before the track', () => {
    expect(range({ timeMs: STARTED_AT - 1 }, null)).toMatchObject({ from: { position: 0 }, to: { position: 24 } });
  });

  it('must not end before it begins', () => {
    expect(() => range({ position: 9 }, { position: 8 })).toThrow(code('invalid_range'));
    expect(() => range({ timeMs: NOW - 1 }, { timeMs: NOW - 2 })).toThrow(code('invalid_range'));
    expect(() => range({ timeMs: STARTED_AT - 1 }, { timeMs: STARTED_AT - 2 })).toThrow(code('invalid_range'));
    expect(range({ position: 9 }, { position: 9 })).toMatchObject({ from: { position: 9 }, to: { position: 9 } });
  });

  it('must end in the past', () => {
    expect(() => range(null, { timeMs: NOW + 1 })).toThrow(code('time_out_of_range'));
    expect(() => range(null, { position: 25 })).toThrow(code('position_out_of_range'));
  });
});

describe('a moment as text', () => {
  it.each<[string, AskedMoment | null]>([
    ['0', { position: 0 }],
    ['99999999999', { position: 99_999_999_999 }],
    ['100000000000', { timeMs: 100_000_000_000 }],
    [String(NOW), { timeMs: NOW }],
    ['30s', { timeMs: NOW - 30_000 }],
    ['2026-01-31T20:14:00Z', { timeMs: STARTED_AT }],
    ['-1', null],
    ['1.5', null],
    ['', null],
    ['noon', null],
    ['2026-02-30', null],
  ])('%p', (text, moment) => {
    expect(readMoment(text, NOW)).toEqual(moment);
  });
});

import { describe, expect, it } from '@jest/globals';
import { metered, ReadMeter } from '../../src/history/metered-reader.js';
import { MemoryLogReader } from '../support/memory-log-reader.js';
import { RecordedTrack } from '../support/recorded-track.js';

const tooCostly = expect.objectContaining({ code: 'query_too_costly' });

describe('what a question reads counts', () => {
  const track = new RecordedTrack('live').join('ana').join('ben').join('cleo');
  for (let run = 0; run < 5; run += 1) track.beat('ben').disconnect('ben');
  const range = { track: 'live', afterPosition: 0 };
  const reading = (costMax: number): MemoryLogReader => metered(new MemoryLogReader(track), new ReadMeter(costMax));

  it('also the runs of pulses that a search for those of one peer passes over', () => {
    const pulsesOfAna = (costMax: number): unknown[] => [...reading(costMax).pulseRunsOf(range, track.number('ana'))];
    expect(pulsesOfAna(5)).toEqual([]);
    expect(() => pulsesOfAna(4)).toThrow(tooCostly);
  });

  it('also the peers that are only counted', () => {
    expect(reading(3).joinCount(range)).toBe(3);
    expect(() => reading(2).joinCount(range)).toThrow(tooCostly);
  });
});

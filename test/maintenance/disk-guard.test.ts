import { describe, expect, it } from '@jest/globals';
import { DiskGuard, type DiskLevel } from '../../src/maintenance/disk-guard.js';
import { FakeClock } from '../support/fake-clock.js';

const THRESHOLDS = { warnBytes: 300, refuseTracksBytes: 200, refuseCommandsBytes: 100 };

describe('the disk guard', () => {
  it('goes through its levels as the space shrinks, and back', async () => {
    let freeBytes = 1_000;
    const seen: DiskLevel[] = [];
    const guard = new DiskGuard({
      clock: new FakeClock(),
      thresholds: THRESHOLDS,
      measure: () => Promise.resolve({ freeBytes, totalBytes: 1_000_000 }),
      onChange: (level) => seen.push(level),
    });
    for (freeBytes of [300, 299, 199, 99, 0, 150, 250, 500]) await guard.look();
    expect(seen).toEqual(['low', 'refuses_tracks', 'refuses_commands', 'refuses_tracks', 'low', 'ample']);
  });

  it.each<[number, string | null, string | null]>([
    [250, null, null],
    [150, 'storage_unavailable', null],
    [50, 'storage_unavailable', 'the disk has only 50 bytes free'],
  ])('with %i bytes free refuses tracks: %s, and commands: %s', async (freeBytes, tracks, commands) => {
    const measure = () => Promise.resolve({ freeBytes, totalBytes: 1_000_000 });
    const guard = new DiskGuard({ clock: new FakeClock(), thresholds: THRESHOLDS, measure });
    await guard.look();
    expect(guard.refusalOfTracks()?.code ?? null).toBe(tracks);
    expect(guard.refusalOfCommands()).toBe(commands);
  });

  it('asks of a small disk no more than a share of it', async () => {
    const measure = () => Promise.resolve({ freeBytes: 60, totalBytes: 1_000 });
    const guard = new DiskGuard({ clock: new FakeClock(), thresholds: THRESHOLDS, measure });
    await guard.look();
    expect(guard.level).toBe('low');
  });
});

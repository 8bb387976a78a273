import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ROWS_PER_PAGE } from '../../src/event-log/event-log-limits.js';
import { openEventLogReader, type SqliteEventLogReader } from '../../src/event-log/sqlite-event-log-reader.js';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.js';
import {
  NOW,
  append,
  assigned,
  heartbeats,
  joined,
  newDataDir,
  opened,
  removeDataDirs,
  topology,
} from './sample-log.js';

const TRACK = 'live/a';
let log: SqliteEventLog;
let reader: SqliteEventLogReader;
let dataDir: string;

beforeEach(async () => {
  dataDir = newDataDir();
  log = await SqliteEventLog.open({ dataDir, nowMs: NOW });
  await log.append([append(TRACK, 0, topology(opened(1, NOW), joined(2, 'ann', NOW + 10)))]);
  await log.append([append(TRACK, 2, heartbeats(3, [2, 2, 2, 2], NOW + 20), topology(assigned(7, 2, 0, NOW + 30)))]);
  await log.append([append('live/b', 0, topology(opened(1)))]);
  await log.append([append(TRACK, 7, topology(joined(8, 'bob', NOW + 30), assigned(9, 8, 2, NOW + 30)))]);
  await log.append([append(TRACK, 9, heartbeats(10, [2, 8], NOW + 40))]);
  reader = openEventLogReader(dataDir);
});
afterEach(async () => {
  reader.close();
  await log.close();
  removeDataDirs();
});

describe('a range of the log', () => {
  it('begins behind and ends with the given positions, wherever blocks begin and end', () => {
    fc.assert(
      fc.property(fc.nat({ max: 13 }), fc.nat({ max: 13 }), (afterPosition, untilPosition) => {
        const range = { track: TRACK, afterPosition, untilPosition };
        const wanted = Array.from({ length: 11 }, (_, index) => index + 1).filter(
          (position) => position > afterPosition && position <= untilPosition,
        );
        const pulses = [3, 4, 5, 6, 10, 11];
        expect([...reader.events(range)].map(({ position }) => position)).toEqual(wanted);
        expect([...reader.topologyEvents(range)].map(({ position }) => position)).toEqual(
          wanted.filter((position) => !pulses.includes(position)),
        );
        const covered = [...reader.pulseRuns(range)].flatMap(({ firstPosition, count }) =>
          Array.from({ length: count }, (_, index) => firstPosition + index),
        );
        expect(covered).toEqual(expect.arrayContaining(wanted.filter((position) => pulses.includes(position))));
      }),
    );
  });

  it('of a track that is unknown is empty', () => {
    expect([...reader.events({ track: 'live/c', afterPosition: 0 })]).toEqual([]);
    expect(reader.head('live/c')).toBeNull();
  });

  it('spans many pages', async () => {
    const count = ROWS_PER_PAGE * 2 + 5;
    const events = Array.from({ length: count }, (_, index) => joined(12 + index, `peer-${String(index)}`, NOW + 50));
    await log.append([append(TRACK, 11, topology(...events))]);
    expect([...reader.topologyEvents({ track: TRACK, afterPosition: 11 })]).toEqual(events);
    expect([...reader.events({ track: TRACK, afterPosition: 11 })]).toEqual(events);
  });

  it('is read to one moment, while the log grows', async () => {
    const events = reader.events({ track: TRACK, afterPosition: 0 });
    events.next();
    await log.append([append(TRACK, 11, heartbeats(12, [2], NOW + 60))]);
    expect([...events].at(-1)?.position).toBe(11);
  });
});

describe('a moment', () => {
  it.each([
    ['before the track', NOW - 1, 0],
    ['of the first event', NOW, 1],
    ['between two events of one commit', NOW + 9, 1],
    ['inside a block of pulses', NOW + 21, 4],
    ['between commits', NOW + 29, 6],
    ['of several commits, the last of them', NOW + 30, 9],
    ['behind the head', NOW + 1_000_000, 11],
  ])('%s is found', (_, timeMs, position) => {
    expect(reader.positionAt(TRACK, timeMs)).toBe(position);
  });

  it('in a track that is unknown is before everything', () => {
    expect(reader.positionAt('live/c', NOW)).toBe(0);
  });
});

describe('a follower', () => {
  it('reads the commits of all tracks behind the last one it has seen', () => {
    const seen = reader.commitsAfter(0, 3);
    expect(
      seen.map(({ sequence, track, firstPosition, lastPosition }) => [sequence, track, firstPosition, lastPosition]),
    ).toEqual([
      [1, TRACK, 1, 2],
      [2, TRACK, 3, 7],
      [3, 'live/b', 1, 1],
    ]);
    expect(reader.commitsAfter(3, 100).map(({ sequence }) => sequence)).toEqual([4, 5]);
    expect(reader.commitsAfter(5, 100)).toEqual([]);
  });

  it('finds in the last commit of a track the hash of its head', () => {
    expect(reader.commitsAfter(4, 1)[0]?.hash).toBe(reader.head(TRACK)?.hash);
  });
});

it('reads old events through the upcasters', () => {
  const tenfold = openEventLogReader(dataDir, {
    upcasters: { PeerJoined: [(row) => ({ ...row, version: row.version + 1, amount: (row.amount ?? 0) * 10 })] },
  });
  const all = (): unknown => [...tenfold.topologyEvents({ track: TRACK, afterPosition: 0 })];
  expect(all).toThrow(/position 2: version 2 is unknown/);
  tenfold.close();
});

it('looks for faults in what an upcast makes of a sound row', () => {
  const careless = openEventLogReader(dataDir, {
    upcasters: { ParentAssigned: [(row) => ({ ...row, version: 2 })] },
  });
  expect(() => [...careless.topologyEvents({ track: TRACK, afterPosition: 0 })]).toThrow(/amount is missing/);
  careless.close();
});

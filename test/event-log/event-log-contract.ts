import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AppendFailedError, type EventLog } from '../../src/event-log/event-log.js';
import { DataDirectoryLockedError } from '../../src/event-log/event-log-errors.js';
import { openEventLogReader, type SqliteEventLogReader } from '../../src/event-log/sqlite-event-log-reader.js';
import { verifyChain } from '../../src/event-log/verify-chain.js';
import {
  NOW,
  RESUME_HASH,
  append,
  assigned,
  heartbeats,
  joined,
  newDataDir,
  oneOfEach,
  oneOfEachResilient,
  opened,
  removeDataDirs,
  topology,
} from './sample-log.js';

/** What every EventLog promises, whatever thread it commits on. */
export function eventLogContract(name: string, open: (dataDir: string) => Promise<EventLog>): void {
  describe(`the contract of an event log, kept by ${name}`, () => {
    let dataDir: string;
    let log: EventLog;

    beforeEach(async () => {
      dataDir = newDataDir();
      log = await open(dataDir);
    });
    afterEach(async () => {
      await log.close();
      removeDataDirs();
    });

    function read<Value>(question: (reader: SqliteEventLogReader) => Value): Value {
      const reader = openEventLogReader(dataDir);
      try {
        return question(reader);
      } finally {
        reader.close();
      }
    }
    const events = (track: string): unknown[] => read((reader) => [...reader.events({ track, afterPosition: 0 })]);

    it('gives back every type of event as it was appended', async () => {
      const all = [...oneOfEach(), ...oneOfEachResilient()];
      await log.append([append('live/a', 0, topology(...all))]);
      expect(events('live/a')).toEqual(all);
      expect(read((reader) => [...reader.topologyEvents({ track: 'live/a', afterPosition: 0 })])).toEqual(all);
    });

    it('gives every pulse a position of its own, between topology events', async () => {
      await log.append([append('live/a', 0, topology(opened(1), joined(2, 'ann')))]);
      const reports = { ...heartbeats(5, [2, 2], NOW + 2), forwardedFrames: [120, 0], receivedFrames: [-1, 7] };
      await log.append([append('live/a', 2, heartbeats(3, [2, 2]), reports, topology(assigned(7, 2, 0, NOW + 9)))]);
      expect(events('live/a').slice(2)).toEqual([
        { type: 'HeartbeatReceived', version: 1, position: 3, recordedAt: NOW, peer: 2 },
        { type: 'HeartbeatReceived', version: 1, position: 4, recordedAt: NOW + 1, peer: 2 },
        {
          type: 'ForwardReported',
          version: 1,
          position: 5,
          recordedAt: NOW + 2,
          peer: 2,
          forwardedFrames: 120,
          receivedFrames: null,
        },
        {
          type: 'ForwardReported',
          version: 1,
          position: 6,
          recordedAt: NOW + 3,
          peer: 2,
          forwardedFrames: 0,
          receivedFrames: 7,
        },
        assigned(7, 2, 0, NOW + 9),
      ]);
    });

    it('keeps a batch over several tracks whole or not at all', async () => {
      await log.append([append('live/a', 0, topology(opened(1)))]);
      const batch = [append('live/b', 0, topology(opened(1))), append('live/a', 7, topology(joined(8, 'ann')))];
      await expect(log.append(batch)).rejects.toThrow(AppendFailedError);
      expect(await log.head('live/b')).toBeNull();
      expect(events('live/b')).toEqual([]);
      await log.append([append('live/b', 0, topology(opened(1))), append('live/a', 1, topology(joined(2, 'ann')))]);
      expect((await log.openHeads()).map(({ track, position }) => [track, position])).toEqual([
        ['live/a', 2],
        ['live/b', 1],
      ]);
    });

    it.each([
      ['a gap', topology(opened(1), joined(3, 'ann'))],
      ['a position twice', topology(opened(1), opened(1))],
      ['time that goes back', topology(opened(1, NOW), joined(2, 'ann', NOW - 1))],
      ['pulses in a gap', heartbeats(2, [1])],
      ['a peer that is no position', heartbeats(1, [0])],
      ['a joined peer that is not its own position', topology({ ...joined(1, 'ann'), peer: 2 } as never)],
      ['a capacity beyond its bound', topology({ ...joined(1, 'ann'), capacity: 2 ** 32 } as never)],
      ['a peer_id that cannot be one', topology(joined(1, 'a b'))],
      ['no events', topology()],
    ])('refuses %s and keeps nothing', async (_, run) => {
      await expect(log.append([append('live/a', 0, run)])).rejects.toThrow(AppendFailedError);
      expect(await log.head('live/a')).toBeNull();
    });

    it('refuses time that goes back behind the head', async () => {
      await log.append([append('live/a', 0, topology(opened(1)))]);
      const earlier = append('live/a', 1, topology(joined(2, 'ann', NOW - 1)));
      await expect(log.append([earlier])).rejects.toThrow(/recorded_at/);
      expect(await log.head('live/a')).toMatchObject({ position: 1 });
    });

    it('refuses a track that is named twice in one batch', async () => {
      const batch = [append('live/a', 0, topology(opened(1))), append('live/a', 1, topology(joined(2, 'ann')))];
      await expect(log.append(batch)).rejects.toThrow(/twice/);
    });

    it('tells the head of a track, and the heads of the open ones', async () => {
      await log.append([append('live/b', 0, topology(opened(1))), append('live/a', 0, topology(opened(1, NOW + 5)))]);
      await log.append([
        {
          ...append('live/b', 1, topology({ type: 'TrackClosed', version: 1, position: 2, recordedAt: NOW + 9 })),
          open: false,
        },
      ]);
      expect(await log.head('live/b')).toMatchObject({ position: 2, recordedAt: NOW + 9, open: false });
      expect(await log.openHeads()).toEqual([await log.head('live/a')]);
      expect(read((reader) => reader.head('live/a'))).toEqual(await log.head('live/a'));
      expect((await log.head('live/a'))?.hash).toMatch(/^[0-9a-f]{64}$/);
    });

    it('shows all of it after it was closed and opened again', async () => {
      const all = oneOfEach();
      await log.append([append('live/a', 0, topology(...all.slice(0, 5)))]);
      await log.close();
      log = await open(dataDir);
      expect(await log.head('live/a')).toMatchObject({ position: 5 });
      await log.append([append('live/a', 5, topology(...all.slice(5)))]);
      expect(events('live/a')).toEqual(all);
      expect(read((reader) => verifyChain(reader, 'live/a'))).toMatchObject({
        ok: true,
        position: all.length,
        commits: 2,
      });
    });

    it('keeps the names of joined peers, and finds a peer by its name', async () => {
      await log.append([
        append('live/a', 0, topology(opened(1), joined(2, 'ann'), joined(3, 'bob'), joined(4, 'ann'))),
      ]);
      expect(read((reader) => reader.peerNumbers('live/a', 'ann'))).toEqual([2, 4]);
      expect(read((reader) => reader.peerNumbers('live/b', 'ann'))).toEqual([]);
      expect(read((reader) => reader.identity('live/a', 3))).toEqual({ peerId: 'bob', resumeHash: RESUME_HASH });
      expect(read((reader) => reader.identity('live/a', 1))).toBeNull();
    });

    it('refuses a second writer on its directory, and names the directory and the fix', async () => {
      const second = open(dataDir);
      await expect(second).rejects.toThrow(DataDirectoryLockedError);
      await expect(second).rejects.toThrow(new RegExp(`${dataDir}.*--data-dir`));
    });

    it('tells how large the log and its WAL are', async () => {
      await log.append([append('live/a', 0, topology(opened(1)))]);
      const { logBytes, walBytes } = await log.gauges();
      expect(logBytes).toBeGreaterThan(0);
      expect(walBytes).toBeGreaterThan(0);
    });
  });
}

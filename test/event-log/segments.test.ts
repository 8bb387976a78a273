import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { copyLog } from '../../src/event-log/copy-log.js';
import { namesFile, segmentFileName } from '../../src/event-log/data-directory.js';
import { isSealed } from '../../src/event-log/seal-segment.js';
import { openEventLogReader, type SqliteEventLogReader } from '../../src/event-log/sqlite-event-log-reader.js';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.js';
import { verifyChain } from '../../src/event-log/verify-chain.js';
import { verifyLogFile } from '../../src/event-log/verify-log-file.js';
import { readLog } from '../support/cut-log.js';
import { unfinishSeal } from '../support/hot-journal.js';
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
let dataDir: string;

beforeEach(() => {
  dataDir = newDataDir();
});
afterEach(removeDataDirs);

/** Ten joins with their beats, in four segments; a second track that is only in the first and the third. */
async function fourSegments(): Promise<void> {
  const log = await SqliteEventLog.open({ dataDir, nowMs: NOW });
  await log.append([append(TRACK, 0, topology(opened(1)))]);
  await log.append([append('live/b', 0, topology(opened(1)))]);
  let position = 1;
  for (let join = 0; join < 10; join += 1) {
    const at = NOW + 1_000 * join;
    const events = [joined(position + 1, `secret-${String(join)}`, at), assigned(position + 2, position + 1, 0, at)];
    await log.append([append(TRACK, position, topology(...events), heartbeats(position + 3, [position + 1], at))]);
    position += 3;
    if (join === 5) await log.append([append('live/b', 1, topology(joined(2, 'bea', at)))]);
    if (join === 2 || join === 4 || join === 7) await log.cut(at);
  }
  await log.close();
}

function read<Value>(question: (reader: SqliteEventLogReader) => Value): Value {
  const reader = openEventLogReader(dataDir);
  try {
    return question(reader);
  } finally {
    reader.close();
  }
}

describe('a log of several segments', () => {
  beforeEach(fourSegments);

  it('reads as one, wherever a range begins and ends', () => {
    read((reader) => {
      const all = [...reader.events({ track: TRACK, afterPosition: 0 })];
      expect(all.map(({ position }) => position)).toEqual(Array.from({ length: 31 }, (_, index) => index + 1));
      for (const [afterPosition, untilPosition] of [
        [0, 31],
        [9, 10],
        [10, 11],
        [8, 26],
        [30, 31],
        [31, 31],
        [15, 16],
      ] as const) {
        const range = { track: TRACK, afterPosition, untilPosition };
        expect([...reader.events(range)]).toEqual(all.slice(afterPosition, untilPosition));
        const topologyEvents = all
          .slice(afterPosition, untilPosition)
          .filter(({ type }) => type !== 'HeartbeatReceived');
        expect([...reader.topologyEvents(range)]).toEqual(topologyEvents);
        const beats = [...reader.pulseRuns(range)].map(({ firstPosition }) => firstPosition);
        expect(beats).toEqual(
          all
            .slice(afterPosition, untilPosition)
            .filter(({ type }) => type === 'HeartbeatReceived')
            .map(({ position }) => position),
        );
      }
    });
  });

  it('knows the names of all segments, by number and by name', () => {
    read((reader) => {
      for (let join = 0; join < 10; join += 1) {
        const number = 2 + 3 * join;
        expect(reader.identity(TRACK, number)?.peerId).toBe(`secret-${String(join)}`);
        expect(reader.peerNumbers(TRACK, `secret-${String(join)}`)).toEqual([number]);
      }
      expect(reader.identity(TRACK, 3)).toBeNull();
      expect(reader.peerNumbers('live/b', 'bea')).toEqual([2]);
    });
  });

  it('finds a position by time in any segment', () => {
    read((reader) => {
      expect(reader.positionAt(TRACK, NOW - 1)).toBe(0);
      for (let join = 0; join < 10; join += 1) {
        expect(reader.positionAt(TRACK, NOW + 1_000 * join)).toBe(4 + 3 * join);
        expect(reader.positionAt(TRACK, NOW + 1_000 * join - 1)).toBe(join === 0 ? 0 : 1 + 3 * join);
      }
    });
  });

  it('is proven over all its files, and from any position on', () => {
    read((reader) => {
      expect(verifyChain(reader, TRACK)).toMatchObject({ ok: true, position: 31, events: 31, commits: 11 });
      expect(verifyChain(reader, 'live/b')).toMatchObject({ ok: true, position: 2, events: 2 });
      for (let fromPosition = 1; fromPosition <= 31; fromPosition += 1)
        expect(verifyChain(reader, TRACK, { fromPosition })).toMatchObject({ ok: true, position: 31 });
      expect(verifyLogFile(reader)).toEqual([]);
      const commits = reader.commitsAfter(0, 1_000);
      expect(commits.map(({ sequence }) => sequence)).toEqual(commits.map((_, index) => index + 1));
      for (const { track, lastPosition: position, hash } of commits)
        expect(verifyChain(reader, track, { expectHead: { position, hash } })).toMatchObject({ ok: true });
    });
  });

  it('seals what it leaves: no WAL, no names, nothing that may be written', () => {
    for (const segment of [1, 2, 3]) {
      const file = join(dataDir, segmentFileName(segment));
      expect(isSealed(file)).toBe(true);
      expect(existsSync(`${file}-wal`)).toBe(false);
      expect(statSync(file).mode & 0o222).toBe(0);
      expect(readFileSync(file).includes('secret-')).toBe(false);
    }
    expect(readdirSync(dataDir).filter((name) => name.includes('.new'))).toEqual([]);
  });

  it.each([false, true])(
    'is read and sealed again where a kill interrupted the sealing, header written: %s',
    async (isWritten) => {
      const events = (): unknown[] => read((reader) => [...reader.events({ track: TRACK, afterPosition: 0 })]);
      const before = events();
      const file = join(dataDir, segmentFileName(2));
      unfinishSeal(file, isWritten);
      expect(isSealed(file)).toBe(false);
      expect(events()).toEqual(before);
      expect(read(verifyLogFile)).toEqual([]);
      unfinishSeal(file, isWritten);
      const log = await SqliteEventLog.open({ dataDir, nowMs: NOW });
      await log.close();
      expect(isSealed(file)).toBe(true);
      expect(readdirSync(dataDir).filter((name) => name.endsWith('-journal'))).toEqual([]);
      expect(events()).toEqual(before);
    },
  );

  it.each([false, true])('is copied whole from there, header written: %s', async (isWritten) => {
    const events = (from: string): unknown[] =>
      readLog(from, (reader) => [...reader.events({ track: TRACK, afterPosition: 0 })]);
    const before = events(dataDir);
    unfinishSeal(join(dataDir, segmentFileName(2)), isWritten);
    const target = join(newDataDir(), 'copy');
    await copyLog(dataDir, target);
    expect(readLog(target, verifyLogFile)).toEqual([]);
    expect(events(target)).toEqual(before);
  });

  it('takes a file of names whose making was interrupted for one without names', () => {
    const names = namesFile(dataDir);
    rmSync(names);
    writeFileSync(names, '');
    read((reader) => {
      expect(reader.identity(TRACK, 29)?.peerId).toBe('secret-9');
      expect(reader.identity(TRACK, 2)).toBeNull();
      expect(verifyChain(reader, TRACK)).toMatchObject({ ok: true });
    });
  });

  it('goes on where it ended, in the newest segment alone', async () => {
    const sealed = [1, 2, 3].map((segment) => readFileSync(join(dataDir, segmentFileName(segment))));
    const log = await SqliteEventLog.open({ dataDir, nowMs: NOW });
    expect(await log.head(TRACK)).toMatchObject({ position: 31, open: true });
    await log.append([append(TRACK, 31, heartbeats(32, [29], NOW + 20_000))]);
    await log.close();
    expect(read((reader) => verifyChain(reader, TRACK))).toMatchObject({ ok: true, position: 32 });
    expect([1, 2, 3].map((segment) => readFileSync(join(dataDir, segmentFileName(segment))))).toEqual(sealed);
  });
});

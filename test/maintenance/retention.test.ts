import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HistoryUnavailableError } from '../../src/event-log/event-log-errors.js';
import { openingFile, segmentFileName } from '../../src/event-log/data-directory.js';
import { openEventLogReader, type SqliteEventLogReader } from '../../src/event-log/sqlite-event-log-reader.js';
import { stateAt } from '../../src/event-log/state-at.js';
import { verifyChain } from '../../src/event-log/verify-chain.js';
import { verifyLogFile } from '../../src/event-log/verify-log-file.js';
import { redecideTrack } from '../../src/history/redecide-track.js';
import { treeAt } from '../../src/history/tree-at.js';
import { chainIn, verifyTrack } from '../../src/history/verify-track.js';
import { applyRetention, type Disposal, type RetentionDone } from '../../src/maintenance/apply-retention.js';
import { openKeeper } from '../../src/maintenance/open-keeper.js';
import { partOf, readLog, writeCutLog } from '../support/cut-log.js';
import { playTrack, trackPlan } from '../support/random-track.js';
import { RecordedTrack } from '../support/recorded-track.js';
import { fingerprintOf } from '../support/state-fingerprint.js';
import { newDataDir, removeDataDirs } from '../event-log/sample-log.js';

const TRACK = 'live/kept';
const DELETE: Disposal = { kind: 'delete' };

afterEach(removeDataDirs);

/** An hour of joins, a minute apart, in a segment for each quarter of it. */
function anHour(): RecordedTrack {
  const track = new RecordedTrack(TRACK);
  for (let minute = 0; minute < 60; minute += 1) {
    track.later(60_000).join(`viewer-${String(minute)}`, minute % 3);
    if (minute > 5) track.beat(`viewer-${String(minute - 2)}`);
    if (minute % 4 === 3) track.leave(`viewer-${String(minute - 3)}`);
  }
  return track;
}

async function anHourInFour(dataDir: string): Promise<RecordedTrack> {
  const track = anHour();
  const quarter = Math.floor(track.events.length / 4);
  const appends = [0, 1, 2].map((part) => partOf(track, quarter * part, quarter * (part + 1)));
  appends.push(partOf(track, quarter * 3));
  await writeCutLog(dataDir, appends, new Set([0, 1, 2]));
  return track;
}

async function retain(dataDir: string, before: number, disposal = DELETE): Promise<RetentionDone> {
  const keeper = await openKeeper(dataDir);
  try {
    return await applyRetention({ dataDir, before, disposal }, keeper);
  } finally {
    await keeper.close();
  }
}

function openingsOf(dataDir: string): number[] {
  return readLog(dataDir, ({ segments }) => segments.map((segment) => segment.opening(1)?.position ?? 0));
}

describe('retention', () => {
  it('leaves every later moment as it was, and says that the earlier ones are gone', async () => {
    await fc.assert(
      fc.asyncProperty(trackPlan, fc.infiniteStream(fc.integer({ min: 0, max: 2 })), async (plan, cutStream) => {
        const dataDir = newDataDir();
        const { appends } = playTrack(TRACK, plan);
        fc.pre(appends.length > 0);
        const cuts = new Set(appends.map((_, index) => index).filter(() => cutStream.next().value === 0));
        await writeCutLog(dataDir, appends, cuts);
        const [last, position] = readLog(dataDir, (reader) => [
          reader.lastRecordedAt(),
          reader.head(TRACK)?.position ?? 0,
        ]);
        const openings = openingsOf(dataDir);
        const states = readLog(dataDir, (reader) =>
          Array.from({ length: position }, (_, index) => fingerprintOf(stateAt(reader, TRACK, index + 1, null))),
        );
        const { segments } = await retain(dataDir, last + 1);
        const begun = openings[segments.length] ?? 0;
        readLog(dataDir, (reader) => {
          for (let at = 1; at <= position; at += 1) {
            if (at < begun) expect(() => treeAt(reader, TRACK, at)).toThrow(HistoryUnavailableError);
            else expect(fingerprintOf(stateAt(reader, TRACK, at))).toEqual(states[at - 1]);
          }
          if (begun > 0)
            expect(() => [...reader.events({ track: TRACK, afterPosition: begun - 1 })]).toThrow(/history_unavailable/);
          expect(verifyChain(reader, TRACK)).toMatchObject({ ok: true });
          expect(verifyLogFile(reader)).toEqual([]);
          expect(redecideTrack(reader, reader.head(TRACK)!).difference).toBeNull();
        });
        rmSync(dataDir, { recursive: true });
      }),
      { seed: 5, numRuns: 12 },
    );
  });

  it('is recorded in the track, with the state and the link of the chain that it left', async () => {
    const dataDir = newDataDir();
    await anHourInFour(dataDir);
    const [, , third] = openingsOf(dataDir);
    const cut = readLog(dataDir, ({ segments }) => segments[2]?.meta().createdAt ?? 0);
    expect(await retain(dataDir, cut + 1)).toMatchObject({
      segments: [segmentFileName(1), segmentFileName(2)],
      tracks: 1,
      events: third,
    });
    readLog(dataDir, (reader) => {
      const [event] = [...reader.topologyEvents({ track: TRACK, afterPosition: third ?? 0 })].filter(
        ({ type }) => type === 'RetentionApplied',
      );
      expect(event).toMatchObject({ throughPosition: third, chainHash: reader.opening(TRACK)?.chainHash });
      expect(verifyTrack(reader, reader.head(TRACK)!, chainIn(reader))).toMatchObject({ fault: null });
    });
    expect(await retain(dataDir, cut + 1)).toMatchObject({ segments: [], tracks: 0 });
  });

  it('that nobody recorded is a fault: a file removed by hand', async () => {
    const dataDir = newDataDir();
    await anHourInFour(dataDir);
    rmSync(join(dataDir, segmentFileName(1)));
    readLog(dataDir, (reader) => {
      expect(verifyChain(reader, TRACK)).toMatchObject({
        ok: false,
        fault: expect.stringContaining('RetentionApplied'),
      });
      expect(() => treeAt(reader, TRACK, reader.head(TRACK)!.position)).toThrow(HistoryUnavailableError);
    });
  });

  it('moves segments that can be read again when they are put back', async () => {
    const [dataDir, archive] = [newDataDir(), newDataDir()];
    const track = await anHourInFour(dataDir);
    await retain(dataDir, Date.now(), { kind: 'move', directory: archive });
    expect(readdirSync(archive)).toEqual([1, 2, 3].map(segmentFileName));
    for (const name of readdirSync(archive)) renameSync(join(archive, name), join(dataDir, name));
    readLog(dataDir, (reader) => {
      const events = [...reader.events({ track: TRACK, afterPosition: 0 })];
      expect(events.slice(0, -1)).toEqual(track.events);
      expect(verifyChain(reader, TRACK)).toMatchObject({ ok: true });
    });
  });

  it('deletes the names of those who are gone with it, and of nobody else, for whoever has read them before too', async () => {
    const dataDir = newDataDir();
    const track = await anHourInFour(dataDir);
    const viewers = Array.from({ length: 60 }, (_, minute) => `viewer-${String(minute)}`);
    const numbers = track.events.flatMap((event) => (event.type === 'PeerJoined' ? [event.peer] : []));
    const early = openEventLogReader(dataDir);
    const namesIn = (reader: SqliteEventLogReader): (string | null)[] =>
      numbers.map((number) => reader.identity(TRACK, number)?.peerId ?? null);
    expect(namesIn(early)).toEqual(viewers);
    const { names } = await retain(dataDir, Date.now());
    expect(names).toBeGreaterThan(0);
    readLog(dataDir, (reader) => {
      const begun = reader.opening(TRACK)?.position ?? 0;
      const atCut = treeAt(reader, TRACK, begun);
      const isKept = (number: number): boolean => number > begun || atCut.peer(number) !== null;
      const kept = viewers.map((viewer, index) => (isKept(numbers[index] ?? 0) ? viewer : null));
      expect(namesIn(reader)).toEqual(kept);
      expect(namesIn(early)).toEqual(kept);
    });
    early.close();
  });

  it('interrupted before any file went is made good by the next call, and recorded once', async () => {
    const dataDir = newDataDir();
    await anHourInFour(dataDir);
    const refusing = {
      recordRetention: () => Promise.reject(new Error('killed')),
      forget: () => Promise.resolve(),
      close: () => Promise.resolve(),
    };
    await expect(applyRetention({ dataDir, before: Date.now(), disposal: DELETE }, refusing)).rejects.toThrow('killed');
    expect(existsSync(openingFile(dataDir, 4))).toBe(true);
    expect(readLog(dataDir, (reader) => verifyChain(reader, TRACK))).toMatchObject({ ok: true });
    const keeper = await openKeeper(dataDir);
    const recorded = readLog(dataDir, ({ segments }) => segments[3]?.opening(1));
    await keeper.recordRetention([
      {
        track: TRACK,
        throughPosition: recorded?.position ?? 0,
        chainHash: Buffer.from(recorded?.hash ?? []).toString('hex'),
        stateHash: '0'.repeat(64),
      },
    ]);
    await keeper.close();
    await retain(dataDir, Date.now());
    readLog(dataDir, (reader) => {
      const acts = [
        ...reader.topologyEvents({ track: TRACK, afterPosition: reader.opening(TRACK)?.position ?? 0 }),
      ].filter(({ type }) => type === 'RetentionApplied');
      expect(acts).toHaveLength(1);
    });
  });
});

import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { RecordedTopologyEvent } from '../../src/domain/events.js';
import { ORIGIN } from '../../src/domain/ids.js';
import { segmentFiles } from '../../src/event-log/data-directory.js';
import { ROWS_PER_STRETCH, STRETCH_ROWS_MAX } from '../../src/event-log/event-log-limits.js';
import { openEventLogReader } from '../../src/event-log/sqlite-event-log-reader.js';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.js';
import { type KnownIndex, PeerIndex } from '../../src/event-log/peer-index.js';
import { RecentlyUsed } from '../../src/event-log/recently-used.js';
import { STRETCH_CODEC, StretchIndex } from '../../src/event-log/stretch-index.js';
import { verifyLogFile } from '../../src/event-log/verify-log-file.js';
import { eventsOfEvening } from '../bench/fold-events.js';
import { readLog, writeCutLog } from '../support/cut-log.js';
import { RecordedTrack } from '../support/recorded-track.js';
import { packShort, unpack } from '../support/reshaped-log.js';
import { newDataDir, NOW, removeDataDirs } from './sample-log.js';

afterEach(removeDataDirs);

const TRACK = 'live/evening';
const EVENTS = eventsOfEvening(500, 3 * ROWS_PER_STRETCH);

/** Appends the events up to a position, so many at a time. */
async function appendUntil(log: SqliteEventLog, until: number, batch: number): Promise<void> {
  for (let next = (await log.head(TRACK))?.position ?? 0; next < until;) {
    const events = EVENTS.slice(next, Math.min(until, next + batch));
    await log.append([{ track: TRACK, previousPosition: next, runs: [{ kind: 'topology', events }], open: true }]);
    next += events.length;
  }
}

/** Behind which position each packed stretch begins, and where it ends; file by file. */
function stretchesIn(dataDir: string): unknown[] {
  return segmentFiles(dataDir).map((file) => {
    const database = new Database(file, { readonly: true });
    try {
      return database.prepare('SELECT after_position, last_position FROM stretch ORDER BY 1').raw().all();
    } finally {
      database.close();
    }
  });
}

/** The same of a stretch of a log without pulses. */
function stretch(number: number): readonly [number, number] {
  return [(number - 1) * ROWS_PER_STRETCH, number * ROWS_PER_STRETCH];
}

function naming(event: RecordedTopologyEvent, peer: number): boolean {
  return ('parent' in event && event.parent === peer) || ('formerParent' in event && event.formerParent === peer);
}

describe('the indexes of a track', () => {
  it('give the rows of a peer page by page, each page the next ones of all stretches', async () => {
    const dataDir = newDataDir();
    const log = await SqliteEventLog.open({ dataDir, nowMs: NOW });
    await appendUntil(log, 900, 900);
    await log.close();
    packShort(dataDir, 50);
    const database = new Database(segmentFiles(dataDir)[0], { readonly: true });
    const index = new PeerIndex(database, 'one', new RecentlyUsed(1_000_000));
    const trackId = database.prepare<[], number>('SELECT track_id FROM track').pluck().get() ?? 0;
    const found: number[] = [];
    for (let page = [0]; page.length > 0;) {
      const after = page.at(-1)!;
      page = index.rowsNaming({ trackId, after, until: 900, limit: 7 }, ORIGIN, false).map(({ position }) => position);
      found.push(...page);
    }
    const named = EVENTS.slice(0, 900).filter((event) => naming(event, ORIGIN));
    expect(found).toEqual(named.map(({ position }) => position));
    expect(found.length).toBeGreaterThan(3 * 7);
    database.close();
  });

  it('are packed behind so many rows, wherever a commit ends', async () => {
    const dataDir = newDataDir();
    const log = await SqliteEventLog.open({ dataDir, nowMs: NOW });
    await appendUntil(log, EVENTS.length, 700);
    await log.close();
    expect(stretchesIn(dataDir)).toEqual([[1, 2, 3].map(stretch)]);
    expect(readLog(dataDir, verifyLogFile)).toEqual([]);
  });

  it('are packed all at once when one commit fills several', async () => {
    const dataDir = newDataDir();
    const log = await SqliteEventLog.open({ dataDir, nowMs: NOW });
    await appendUntil(log, EVENTS.length - 1, EVENTS.length);
    await log.close();
    expect(stretchesIn(dataDir)).toEqual([[1, 2].map(stretch)]);
  });

  it('go on after a start where they were, and begin anew with a segment', async () => {
    const dataDir = newDataDir();
    const first = await SqliteEventLog.open({ dataDir, nowMs: NOW });
    await appendUntil(first, 1_000, 100);
    await first.close();
    const second = await SqliteEventLog.open({ dataDir, nowMs: NOW });
    await appendUntil(second, 3_000, 100);
    await second.cut(NOW);
    await appendUntil(second, 3_000 + ROWS_PER_STRETCH, 100);
    await second.close();
    expect(stretchesIn(dataDir)).toEqual([[stretch(1)], [[0, 3_000 + ROWS_PER_STRETCH]]]);
    expect(readLog(dataDir, verifyLogFile)).toEqual([]);
  });

  it('know nothing of a batch that was refused', async () => {
    const dataDir = newDataDir();
    const log = await SqliteEventLog.open({ dataDir, nowMs: NOW });
    await appendUntil(log, 10, 10);
    const good = {
      track: TRACK,
      previousPosition: 10,
      runs: [{ kind: 'topology' as const, events: EVENTS.slice(10, 20) }],
      open: true,
    };
    const wrong = { ...good, track: 'live/other' };
    await expect(log.append([good, wrong])).rejects.toThrow(/builds on position 10/);
    await appendUntil(log, ROWS_PER_STRETCH + 5, 500);
    await log.close();
    expect(stretchesIn(dataDir)).toEqual([[stretch(1)]]);
  });

  it('are made good little by little in a log that has none: each commit packs one stretch more than it fills', async () => {
    const dataDir = newDataDir();
    const old = await SqliteEventLog.open({ dataDir, nowMs: NOW });
    await appendUntil(old, EVENTS.length - 2, 1_000);
    await old.close();
    const database = new Database(segmentFiles(dataDir)[0]);
    database.exec('DELETE FROM stretch');
    database.close();
    const packed: unknown[] = [];
    for (const left of [1, 0]) {
      const log = await SqliteEventLog.open({ dataDir, nowMs: NOW });
      await appendUntil(log, EVENTS.length - left, 1);
      await log.close();
      packed.push(stretchesIn(dataDir));
    }
    expect(packed).toEqual([[[1, 2].map(stretch)], [[1, 2, 3].map(stretch)]]);
    expect(readLog(dataDir, verifyLogFile)).toEqual([]);
  });

  it('leave no gap between them, however many pulses stand there', async () => {
    const dataDir = newDataDir();
    const track = new RecordedTrack('live/pulses', { rootPeerCount: 1, maxChildren: 3 }).join('root');
    while (track.events.length < 5 * ROWS_PER_STRETCH)
      track.join('child', 0).later(1).beat('root').kick('child').later(1).beat('root');
    await writeCutLog(dataDir, [track.append()], new Set());
    const stretches = stretchesIn(dataDir)[0] as [number, number][];
    expect(stretches.length).toBeGreaterThan(1);
    expect(stretches.map(([after]) => after)).toEqual([0, ...stretches.map(([, last]) => last)].slice(0, -1));
    const database = new Database(segmentFiles(dataDir)[0], { readonly: true });
    const known = new RecentlyUsed<KnownIndex>(1_000_000_000);
    const index = new PeerIndex(database, 'one', known);
    const end = stretches.at(-1)?.[1] ?? 0;
    const range = { trackId: 1, after: 0, until: end, limit: end };
    expect(index.rowsNaming(range, track.number('root'), false).length).toBeGreaterThan(ROWS_PER_STRETCH);
    // What is kept are the packed ones, and nothing that had to be looked through.
    const sizes = database.prepare<[], number>('SELECT length(body) FROM stretch').pluck().all();
    expect(known.bytes).toBe(sizes.reduce((sum, size) => sum + size + 512, 0));
    database.close();
  });

  it('that are not packed are read again at the end of a log that has grown since', async () => {
    const dataDir = newDataDir();
    const written = await SqliteEventLog.open({ dataDir, nowMs: NOW });
    await appendUntil(written, 500, 500);
    const reader = openEventLogReader(dataDir);
    const found = (): number => reader.eventsNaming({ track: TRACK, afterPosition: 0 }, ORIGIN).length;
    const named = (until: number): number => EVENTS.slice(0, until).filter((event) => naming(event, ORIGIN)).length;
    const counts = [found()];
    for (const until of [700, ROWS_PER_STRETCH + 10, EVENTS.length]) {
      await appendUntil(written, until, 100);
      counts.push(found(), found());
    }
    const expected = [700, ROWS_PER_STRETCH + 10, EVENTS.length].flatMap((until) => [named(until), named(until)]);
    expect(counts).toEqual([named(500), ...expected]);
    reader.close();
    await written.close();
  });

  it.each([
    ['hides a row', 'UPDATE stretch SET body = (SELECT body FROM stretch ORDER BY after_position DESC LIMIT 1)'],
    ['begins elsewhere', 'UPDATE stretch SET after_position = 1 WHERE after_position = 0'],
    ['is written by a codec of tomorrow', 'UPDATE stretch SET codec = 77'],
    ['overlaps another', `INSERT INTO stretch SELECT track_id, 5, last_position, codec, body FROM stretch LIMIT 1`],
    ['belongs to no track', `INSERT INTO stretch SELECT 77, after_position, last_position, codec, body FROM stretch`],
  ])('are looked through by verify, which finds one that %s', async (_, sql) => {
    const dataDir = newDataDir();
    const log = await SqliteEventLog.open({ dataDir, nowMs: NOW });
    await appendUntil(log, 2 * ROWS_PER_STRETCH, 1_000);
    await log.close();
    const database = new Database(segmentFiles(dataDir)[0]);
    database.exec(sql);
    database.close();
    expect(readLog(dataDir, verifyLogFile)).toContainEqual({
      file: segmentFiles(dataDir)[0],
      fault: expect.stringMatching(/^the index of track \d+ behind position \d+ was edited/) as unknown as string,
    });
  });

  it('are not missed by verify where a file has none', async () => {
    const dataDir = newDataDir();
    const log = await SqliteEventLog.open({ dataDir, nowMs: NOW });
    await appendUntil(log, ROWS_PER_STRETCH, 1_000);
    await log.close();
    unpack(dataDir);
    expect(readLog(dataDir, verifyLogFile)).toEqual([]);
  });
});

describe.each([
  ['of a young track', 0],
  ['of a track so old that numbers take all bits there are', 2 ** 52],
])('a packed index %s', (_, before) => {
  const at = (position: number): number => before + position;
  const rows = {
    positions: [3, 4, 9, 2 ** 40].map(at),
    types: [4, 11, 12, 8],
    peers: [at(3), at(3), null, at(3)],
    parents: [null, 0, null, null],
    formerParents: [null, at(7), at(7), 0],
  };
  const index = StretchIndex.of(rows);
  const everywhere = { after: 0, until: Infinity };

  it('says whom each row names, once, and who it is about', () => {
    expect([0, at(3), at(7), at(8)].map((peer) => index.naming(peer, everywhere))).toEqual([
      [at(4), at(2 ** 40)],
      [at(3), at(4), at(2 ** 40)],
      [at(4), at(9)],
      [],
    ]);
    expect([0, at(3)].map((peer) => index.about(peer, [4, 8, 11], everywhere))).toEqual([
      [],
      [at(3), at(4), at(2 ** 40)],
    ]);
    expect(index.naming(at(3), { after: at(3), until: at(9) })).toEqual([at(4)]);
    expect(index.last).toBe(at(2 ** 40));
    expect([index.count(8, everywhere), index.count(8, { after: 0, until: at(9) })]).toEqual([1, 0]);
  });

  it('says the same of everybody', () => {
    const found = new Map<number, number[]>();
    index.aboutEverybody([4, 8], everywhere, (peer, positions) => found.set(peer, positions));
    expect([...found]).toEqual([[at(3), [at(3), at(2 ** 40)]]]);
  });

  it('reads what it wrote, and nothing that is cut off or changed', () => {
    const { body } = index;
    expect(StretchIndex.read(STRETCH_CODEC, body)?.naming(at(7), everywhere)).toEqual([at(4), at(9)]);
    expect(StretchIndex.read(STRETCH_CODEC + 1, body)).toBeNull();
    for (let length = 0; length < body.length; length += 1) {
      expect(StretchIndex.read(STRETCH_CODEC, body.subarray(0, length))).toBeNull();
      expect(
        StretchIndex.read(
          STRETCH_CODEC,
          Uint8Array.from(body, (byte, place) => byte ^ Number(place === length)),
        ),
      ).toBeNull();
    }
  });

  it('holds no more rows than it can tell apart', () => {
    const many = (count: number): number[] => Array.from({ length: count }, (_, row) => row + 1);
    const of = (count: number): StretchIndex =>
      StretchIndex.of({
        positions: many(count),
        types: many(count).fill(4),
        peers: many(count),
        parents: many(count),
        formerParents: many(count),
      });
    expect(of(STRETCH_ROWS_MAX).naming(STRETCH_ROWS_MAX, everywhere)).toEqual([STRETCH_ROWS_MAX]);
    expect(() => of(STRETCH_ROWS_MAX + 1)).toThrow(RangeError);
  });
});

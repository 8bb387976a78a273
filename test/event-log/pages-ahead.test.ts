import { closeSync, cpSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import Database from 'better-sqlite3';
import type { RecordedTopologyEvent } from '../../src/domain/events.js';
import { segmentFileName } from '../../src/event-log/data-directory.js';
import { DamagedLogFileError } from '../../src/event-log/event-log-errors.js';
import { LOG_PAGE_BYTES, ROWS_PER_PAGE } from '../../src/event-log/event-log-limits.js';
import type { CheckedPage } from '../../src/event-log/event-page.js';
import type { TrackAppend } from '../../src/event-log/event-log.js';
import { IS_READY, PagesAhead, POSITIONS_WORTH_A_THREAD } from '../../src/event-log/pages-ahead.js';
import type { RowRange } from '../../src/event-log/row-range.js';
import { SegmentReader } from '../../src/event-log/segment-reader.js';
import { openEventLogReader, type SqliteEventLogReader } from '../../src/event-log/sqlite-event-log-reader.js';
import { readLog, writeCutLog } from '../support/cut-log.js';
import { eventually } from '../support/eventually.js';
import { builtWorkerUrl } from './built-worker.js';
import { append, heartbeats, joined, newDataDir, NOW, opened, removeDataDirs, topology } from './sample-log.js';

const WORKER = new URL('./pages-ahead-worker.js', builtWorkerUrl());
const TRACK = 'live/long';
/** More pages than wait for each other. */
const JOINS_PER_PART = 10_500;
const PAGES_PER_PART = Math.ceil((JOINS_PER_PART + 1) / ROWS_PER_PAGE);
const LONG_PART = { trackId: 1, after: 0, until: JOINS_PER_PART + POSITIONS_WORTH_A_THREAD };
const ALL = { track: TRACK, afterPosition: 0 };

let dataDir: string;
let expected: RecordedTopologyEvent[];
let ahead: PagesAhead;
let reader: SqliteEventLogReader;

beforeAll(async () => {
  dataDir = newDataDir();
  await writeCutLog(dataDir, [...longTrack()], new Set([2]));
  expected = readLog(dataDir, (plain) => [...plain.topologyEvents(ALL)]);
});
afterAll(removeDataDirs);
afterEach(() => reader.close());

/** Two segments, each with joins, pulses and joins, and long enough in positions for the thread. */
function* longTrack(): Generator<TrackAppend> {
  let position = 1;
  yield append(TRACK, 0, topology(opened(1)));
  for (let part = 0; part < 2; part += 1) {
    yield append(TRACK, position, topology(...joins(position, JOINS_PER_PART)));
    position += JOINS_PER_PART;
    const beats = new Array<number>(POSITIONS_WORTH_A_THREAD).fill(2);
    yield append(
      TRACK,
      position,
      heartbeats(position + 1, beats, NOW + position + 1),
      topology(...joins(position + beats.length, 10)),
    );
    position += beats.length + 10;
  }
}

function* joins(after: number, count: number): Generator<RecordedTopologyEvent> {
  for (let position = after + 1; position <= after + count; position += 1)
    yield joined(position, `peer-${String(position)}`, NOW + position);
}

/** A reader with a thread that is there already. */
async function readAhead(directory = dataDir): Promise<SqliteEventLogReader> {
  ahead = new PagesAhead(WORKER);
  reader = openEventLogReader(directory, { pagesAhead: ahead });
  await eventually('the thread to read all but the first page', 5_000, () => {
    expect(readPagesHere(ahead)).toBe(1);
    return true;
  });
  return reader;
}

/** Reads the first long part. @returns how many pages of it were read on this thread. */
function readPagesHere(from: PagesAhead): number {
  const segment = new CountingSegment(join(dataDir, segmentFileName(1)));
  const pages = [...from.pagesOf(segment, LONG_PART)];
  const positions = pages.flatMap(({ rows }) => Array.from(rows, ({ position }) => position));
  segment.release();
  expect(positions).toEqual(Array.from({ length: JOINS_PER_PART + 1 }, (_, at) => at + 1));
  return segment.pagesRead;
}

describe('a thread that reads ahead', () => {
  it('hands over the rows of every segment, as they are read without it', async () => {
    expect([...(await readAhead()).topologyEvents(ALL)]).toEqual(expected);
  });

  it('brings the names of those who join with the rows', async () => {
    await readAhead();
    // The live one: the names of the segment before it have moved out.
    const segment = new SegmentReader(join(dataDir, segmentFileName(2)));
    const [first, ...others] = ahead.pagesOf(segment, { ...LONG_PART, until: expected.at(-1)?.position ?? 0 });
    segment.release();
    expect(first?.names).toBeNull();
    const end = first?.rows.last ?? 0;
    const named = expected.flatMap((event) =>
      event.type === 'PeerJoined' && event.position > end ? [{ peer: event.peer, identity: event.identity }] : [],
    );
    expect(named.length).toBeGreaterThan(JOINS_PER_PART / 2);
    expect(others.flatMap(({ names }) => names)).toEqual(named);
  });

  it('brings them all where names of nobody stand among them', async () => {
    const copy = newDataDir();
    cpSync(dataDir, copy, { recursive: true });
    const live = new Database(join(copy, segmentFileName(2)));
    const strays = 3 * ROWS_PER_PAGE;
    // Between the joins before the last pulses and those behind them.
    const pulses = (expected.at(-10)?.position ?? 0) - strays;
    live.exec(`WITH RECURSIVE stray(peer) AS (SELECT ${String(pulses)} UNION ALL SELECT peer + 1 FROM stray LIMIT ${String(strays)})
      INSERT INTO peer_name SELECT 1, peer, 'nobody', NULL, x'00', 0 FROM stray`);
    live.close();
    expect([...(await readAhead(copy)).topologyEvents(ALL)]).toEqual(expected);
  });

  it('hands over a part of a track, from behind its beginning until before its end', async () => {
    const range = { track: TRACK, afterPosition: 9_000, untilPosition: 69_505 };
    const inRange = expected.filter(({ position }) => position > 9_000 && position <= 69_505);
    expect([...(await readAhead()).topologyEvents(range)]).toEqual(inRange);
  });

  it('goes on with the next range when nobody wants the rest of the one before', async () => {
    const events = (await readAhead()).topologyEvents(ALL);
    expect([events.next().value, events.next().value]).toEqual(expected.slice(0, 2));
    events.return();
    expect([...reader.topologyEvents(ALL)]).toEqual(expected);
  });

  it('leaves a range to the reader when another one is asked for in between', async () => {
    const first = (await readAhead()).topologyEvents(ALL);
    const second = reader.topologyEvents(ALL);
    const seen: unknown[][] = [[], []];
    for (let count = 0; count < expected.length; count += 1) {
      seen[0]?.push(first.next().value);
      seen[1]?.push(second.next().value);
    }
    expect(seen).toEqual([expected, expected]);
    expect([first.next().done, second.next().done]).toEqual([true, true]);
  });

  it('begins anew after it was closed in the middle of a range', async () => {
    const events = (await readAhead()).topologyEvents(ALL);
    const seen = [events.next().value];
    ahead.close();
    for (const event of events) seen.push(event);
    expect(seen).toEqual(expected);
    expect([...reader.topologyEvents(ALL)]).toEqual(expected);
  });

  it('is done without when it does not come', () => {
    const nowhere = new PagesAhead(new URL('./no-such-worker.js', WORKER));
    reader = openEventLogReader(dataDir, { pagesAhead: nowhere });
    expect([...reader.topologyEvents(ALL)]).toEqual(expected);
    expect([...reader.topologyEvents(ALL)]).toEqual(expected);
  });

  it('is done without when no thread can be started', () => {
    const refused = new PagesAhead(new URL('https://127.0.0.1/no-file.js'));
    expect([readPagesHere(refused), readPagesHere(refused)]).toEqual([PAGES_PER_PART, PAGES_PER_PART]);
  });

  it('is not waited for once it was closed', async () => {
    await readAhead();
    const segment = new CountingSegment(join(dataDir, segmentFileName(1)));
    const [begun, asked] = [ahead.pagesOf(segment, LONG_PART), ahead.pagesOf(segment, LONG_PART)];
    asked.next();
    ahead.close();
    const wait = jest.spyOn(Atomics, 'wait');
    expect([[...begun].length, [...asked].length]).toEqual([PAGES_PER_PART, PAGES_PER_PART - 1]);
    expect(wait).not.toHaveBeenCalled();
    wait.mockRestore();
    segment.release();
  });

  it('is given up when it says nothing more', async () => {
    const listening = `import { workerData } from 'node:worker_threads'; Atomics.store(workerData.shared, ${String(IS_READY)}, 1);`;
    const silent = new PagesAhead(new URL(`data:text/javascript,${listening}setInterval(() => {}, 1000);`), 50);
    const wait = jest.spyOn(Atomics, 'wait');
    const waits = (): number => {
      wait.mockClear();
      expect(readPagesHere(silent)).toBe(PAGES_PER_PART);
      return wait.mock.calls.length;
    };
    await eventually('the thread to be waited for', 5_000, () => waits() === 1 || null);
    expect(waits()).toBe(0);
    wait.mockRestore();
    silent.close();
  });

  it('leaves it to the reader to say what is damaged', async () => {
    const copy = newDataDir();
    cpSync(dataDir, copy, { recursive: true });
    tearLastPage(join(copy, segmentFileName(1)));
    await readAhead(copy);
    const seen: RecordedTopologyEvent[] = [];
    expect(() => {
      for (const event of reader.topologyEvents(ALL)) seen.push(event);
    }).toThrow(DamagedLogFileError);
    expect(seen).toEqual(expected.slice(0, seen.length));
    expect(seen.length).toBeGreaterThan(JOINS_PER_PART / 2);
  });

  it('hands over a page with a faulty row, for the reader to refuse that row', async () => {
    const copy = newDataDir();
    cpSync(dataDir, copy, { recursive: true });
    const faulty = expected[JOINS_PER_PART - ROWS_PER_PAGE / 2]?.position ?? 0;
    spoilRow(join(copy, segmentFileName(1)), faulty);
    await readAhead(copy);
    const seen: RecordedTopologyEvent[] = [];
    expect(() => {
      for (const event of reader.topologyEvents(ALL)) seen.push(event);
    }).toThrow(`position ${String(faulty)}: depth does not belong to this event type`);
    expect(seen).toEqual(expected.slice(0, seen.length));
    expect(seen.at(-1)?.position).toBe(faulty - 1);
  });
});

/** Counts the pages of rows that are read on this thread. */
class CountingSegment extends SegmentReader {
  pagesRead = 0;

  override eventPage(range: RowRange): CheckedPage {
    this.pagesRead += 1;
    return super.eventPage(range);
  }
}

/** Says of a join how deep it is, which no version does. */
function spoilRow(file: string, position: number): void {
  const database = new Database(file);
  const guards = database
    .prepare(`SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'topology_event'`)
    .pluck()
    .all() as string[];
  for (const guard of guards) database.exec(`DROP TRIGGER ${guard}`);
  database.prepare('UPDATE topology_event SET depth = 1 WHERE position = ?').run(position);
  database.close();
}

/** Overwrites the page that holds the last rows, as a disk might. */
function tearLastPage(file: string): void {
  const database = new Database(file);
  const page = database.prepare(`SELECT max(pageno) FROM dbstat WHERE name = 'topology_event'`).pluck().get() as number;
  database.close();
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, Buffer.alloc(LOG_PAGE_BYTES, 0xff), 0, LOG_PAGE_BYTES, (page - 1) * LOG_PAGE_BYTES);
  closeSync(descriptor);
}

import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { RecordedTopologyEvent } from '../../src/domain/events.js';
import { ORIGIN } from '../../src/domain/ids.js';
import { segmentFiles } from '../../src/event-log/data-directory.js';
import { ROWS_PER_STRETCH } from '../../src/event-log/event-log-limits.js';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.js';
import { StretchedPeerIndex } from '../../src/event-log/stretched-peer-index.js';
import { verifyLogFile } from '../../src/event-log/verify-log-file.js';
import { eventsOfEvening } from '../bench/fold-events.js';
import { readLog } from '../support/cut-log.js';
import { cutIntoStretches } from '../support/reshaped-log.js';
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

/** First position and number of rows of each stretch, file by file. */
function stretchesIn(dataDir: string): unknown[] {
  return segmentFiles(dataDir).map((file) => {
    const database = new Database(file, { readonly: true });
    try {
      return database
        .prepare('SELECT stretch, count(*), min(position) FROM topology_event GROUP BY stretch')
        .raw()
        .all();
    } finally {
      database.close();
    }
  });
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
    cutIntoStretches(dataDir, 50);
    const database = new Database(segmentFiles(dataDir)[0], { readonly: true });
    const index = new StretchedPeerIndex(database);
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

  it('are cut behind so many rows, wherever a commit ends', async () => {
    const dataDir = newDataDir();
    const log = await SqliteEventLog.open({ dataDir, nowMs: NOW });
    await appendUntil(log, EVENTS.length, 700);
    await log.close();
    expect(stretchesIn(dataDir)).toEqual([
      [1, 1 + ROWS_PER_STRETCH, 1 + 2 * ROWS_PER_STRETCH].map((first) => [first, ROWS_PER_STRETCH, first]),
    ]);
    expect(readLog(dataDir, verifyLogFile)).toEqual([]);
  });

  it('go on after a start where they were, and begin anew with a segment', async () => {
    const dataDir = newDataDir();
    const first = await SqliteEventLog.open({ dataDir, nowMs: NOW });
    await appendUntil(first, 1_000, 100);
    await first.close();
    const second = await SqliteEventLog.open({ dataDir, nowMs: NOW });
    await appendUntil(second, 3_000, 100);
    await second.cut(NOW);
    await appendUntil(second, 4_000, 100);
    await second.close();
    const next = 1 + ROWS_PER_STRETCH;
    expect(stretchesIn(dataDir)).toEqual([
      [
        [1, ROWS_PER_STRETCH, 1],
        [next, 3_000 - ROWS_PER_STRETCH, next],
      ],
      [[3_001, 1_000, 3_001]],
    ]);
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
    const next = 1 + ROWS_PER_STRETCH;
    expect(stretchesIn(dataDir)).toEqual([
      [
        [1, ROWS_PER_STRETCH, 1],
        [next, 5, next],
      ],
    ]);
  });
});

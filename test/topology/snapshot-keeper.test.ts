import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SnapshotFiles } from '../../src/event-log/snapshot-files.js';
import { openEventLogReader, type SqliteEventLogReader } from '../../src/event-log/sqlite-event-log-reader.js';
import type { SnapshotTaker } from '../../src/event-log/snapshot-thread.js';
import { stateAt } from '../../src/event-log/state-at.js';
import { takeSnapshot } from '../../src/event-log/take-snapshot.js';
import { cutPosition } from '../../src/event-log/track-parts.js';
import {
  SNAPSHOT_LOOK_MS,
  SNAPSHOT_REST_MS,
  SNAPSHOT_RETRY_MS,
  SNAPSHOT_TAILS_MS,
  TOPOLOGY_REPLAY_US,
} from '../../src/topology/limits.js';
import { restoredTrack } from '../../src/topology/live-track.js';
import { SnapshotKeeper } from '../../src/topology/snapshot-keeper.js';
import { newDataDir, removeDataDirs } from '../event-log/sample-log.js';
import { partOf, writeCutLog } from '../support/cut-log.js';
import { FakeClock, settled } from '../support/fake-clock.js';
import { RecordedTrack } from '../support/recorded-track.js';

const BUSY = 'live/busy';
const QUIET = 'live/quiet';
/** The replay of so many costs more than a tail may, and of so few hardly anything. */
const LONG = { startedAt: 0, headPosition: 10_000, topologyEvents: 10_000, pulses: 0 };
const MIDDLING = { ...LONG, topologyEvents: 1_000 };
const SHORT = { ...LONG, topologyEvents: 3 };

let reader: SqliteEventLogReader;
let files: SnapshotFiles;
let clock: FakeClock;
let taker: SnapshotTaker;
/** What the file system says, when it does. */
let fault: Error | null;
/** Tracks of which a snapshot was asked for. */
let asked: string[];
/** Of the track that is busy: where its log was cut, and where it ends. */
let cut: number;
let head: number;

/** Two tracks, cut when each had five peers; five more came to one of them. */
beforeEach(async () => {
  const dataDir = newDataDir();
  const [busy, quiet] = [new RecordedTrack(BUSY), new RecordedTrack(QUIET)];
  for (let peer = 0; peer < 5; peer += 1) for (const track of [busy, quiet]) track.join(`p${String(peer)}`);
  cut = busy.events.length;
  for (let peer = 5; peer < 10; peer += 1) busy.join(`p${String(peer)}`);
  head = busy.events.length;
  await writeCutLog(dataDir, [partOf(quiet, 0), partOf(busy, 0, cut), partOf(busy, cut)], new Set([1]));
  reader = openEventLogReader(dataDir);
  files = new SnapshotFiles(dataDir);
  clock = new FakeClock();
  fault = null;
  asked = [];
  // As the thread does, in this one.
  taker = {
    take: (track, at) => {
      asked.push(track);
      if (fault !== null) return Promise.reject(fault);
      const position = at === 'cut' ? cutPosition(reader, track) : undefined;
      return Promise.resolve(takeSnapshot(reader, files, track, position));
    },
    totals: () => Promise.resolve(files.totals()),
    close: () => Promise.resolve(),
  };
});
afterEach(() => {
  reader.close();
  removeDataDirs();
});

describe('the keeper of snapshots', () => {
  it('takes one of each track whose tail costs too much, once the start is over', async () => {
    const keeper = new SnapshotKeeper(taker, clock);
    keeper.replayed(BUSY, LONG, 10);
    keeper.replayed(QUIET, SHORT, 5);
    keeper.takeDue();
    await settled();
    expect(files.positions(BUSY)).toEqual([]);
    keeper.start();
    await settled();
    expect([files.positions(BUSY), files.positions(QUIET)]).toEqual([[head], []]);
    expect(keeper).toMatchObject({ takenCount: 1, failedCount: 0 });
    expect(keeper.tailsMs).toBeLessThan(1);
  });

  it('lets a track that grows fast rest, and others meanwhile have theirs', async () => {
    const keeper = new SnapshotKeeper(taker, clock);
    keeper.start();
    for (let ms = 0; ms < 3 * SNAPSHOT_REST_MS; ms += 100) {
      keeper.replayed(BUSY, MIDDLING, 10);
      if (ms === 500) keeper.replayed(QUIET, LONG, 5);
      keeper.takeDue();
      await settled();
      clock.skip(100);
    }
    // Three of the busy one, each when it had rested: the first as soon as its tail was long enough.
    expect(asked).toEqual([BUSY, QUIET, BUSY, BUSY]);
  });

  it('takes the costliest without a rest when a start would take too long', async () => {
    const keeper = new SnapshotKeeper(taker, clock);
    keeper.start();
    clock.skip(SNAPSHOT_LOOK_MS - 100);
    keeper.replayed(BUSY, LONG, 10);
    keeper.takeDue();
    await settled();
    const endless = { ...LONG, topologyEvents: (1_000 * SNAPSHOT_TAILS_MS) / TOPOLOGY_REPLAY_US };
    clock.skip(200);
    keeper.replayed(BUSY, endless, 10);
    keeper.takeDue();
    await settled();
    expect(asked).toEqual([BUSY, BUSY]);
    expect(keeper.tailsMs).toBeLessThan(1);
  });

  it('keeps the states a new segment begins with, of tracks whose replay would cost something', async () => {
    const keeper = new SnapshotKeeper(taker, clock);
    keeper.start();
    keeper.replayed(BUSY, MIDDLING, 10);
    keeper.replayed(QUIET, SHORT, 5);
    keeper.cut();
    await settled();
    expect([files.positions(BUSY), files.positions(QUIET)]).toEqual([[cut], []]);
    expect(keeper.tailsMs).toBeLessThan(1);
  });

  it('keeps the state at the cut beside a newer one', async () => {
    const keeper = new SnapshotKeeper(taker, clock);
    keeper.start();
    takeSnapshot(reader, files, BUSY);
    keeper.replayed(BUSY, MIDDLING, 10);
    keeper.cut();
    await settled();
    expect(files.positions(BUSY)).toEqual([cut, head]);
  });

  it('waits a while when one cannot be taken, and counts it', async () => {
    const failures: string[] = [];
    const keeper = new SnapshotKeeper(taker, clock, { failed: (track, error) => failures.push(track + error.message) });
    keeper.start();
    fault = new Error(': no space left');
    keeper.replayed(BUSY, LONG, 10);
    keeper.takeDue();
    await settled();
    expect(failures).toEqual([`${BUSY}: no space left`]);
    fault = null;
    keeper.replayed(BUSY, LONG, 10);
    keeper.takeDue();
    await settled();
    expect(files.positions(BUSY)).toEqual([]);
    clock.skip(SNAPSHOT_RETRY_MS);
    keeper.takeDue();
    await settled();
    expect(files.positions(BUSY)).toEqual([head]);
    expect(keeper).toMatchObject({ takenCount: 1, failedCount: 1 });
  });

  it('writes down what is in memory at the stop, and nothing that the log does not hold', async () => {
    const keeper = new SnapshotKeeper(taker, clock);
    keeper.replayed(BUSY, MIDDLING, 10);
    keeper.replayed(QUIET, MIDDLING, 5);
    const heads = { head: (track: string) => Promise.resolve(reader.head(track)) };
    await keeper.stop(heads, files, (name) => {
      const position = reader.head(name)?.position ?? 0;
      const { tree, liveness } = stateAt(reader, name, position, null);
      // One of them was decided further than was kept.
      if (name === QUIET) tree.position += 1;
      return restoredTrack(name, { tree, liveness });
    });
    expect([files.positions(BUSY), files.positions(QUIET)]).toEqual([[head], []]);
  });
});

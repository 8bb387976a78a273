import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { StreamFeed } from '../../src/admin/stream-feed.js';
import {
  KEEP_ALIVE_MS,
  RECENT_CHARACTERS_MAX,
  RECENT_PAGES_MAX,
  SLOW_READER_MS,
} from '../../src/admin/stream-limits.js';
import { StreamReader, type StreamSink } from '../../src/admin/stream-reader.js';
import { HistoryFault, type StreamFilter, type StreamPage } from '../../src/history/history-request.js';
import { BEGINNING, type StreamCursor } from '../../src/history/stream-cursor.js';
import { FakeClock, settled } from '../support/fake-clock.js';

const ALL: StreamFilter = { tracks: null, types: null };
const PAGE = 10;

/** A connection whose other side takes what it likes. */
class FakeSink extends EventEmitter implements StreamSink {
  text = '';
  writableNeedDrain = false;
  closed = false;
  isEnded = false;
  /** Whether the other side reads. */
  takes = true;

  write(text: string): boolean {
    this.text += text;
    this.writableNeedDrain = !this.takes;
    return this.takes;
  }

  drain(): void {
    this.takes = true;
    this.writableNeedDrain = false;
    this.emit('drain');
  }

  end(): void {
    this.isEnded = true;
  }

  destroy(): void {
    this.closed = true;
    this.emit('close');
  }

  get ids(): number[] {
    return [...this.text.matchAll(/^id: (\d+)\.\d+\.[^\n]*\ndata/gm)].map(([, sequence]) => Number(sequence));
  }
}

/** A log in which every commit is one event. */
class FakeLog {
  length = 0;
  reads = 0;
  fault: HistoryFault | null = null;
  lineLength = 20;

  // An arrow, so that it can be handed over as it is.
  readonly read = (after: StreamCursor): Promise<StreamPage> => {
    this.reads += 1;
    if (this.fault !== null) return Promise.reject(this.fault);
    const count = Math.min(PAGE, this.length - after.sequence);
    const entries = Array.from({ length: count }, (_, index) => {
      const sequence = after.sequence + index + 1;
      const track = sequence % 2 === 0 ? 'even' : 'odd';
      return { track, type: 'PeerJoined' as const, cursor: cursor(sequence), line: 'x'.repeat(this.lineLength) };
    });
    return Promise.resolve({
      after,
      entries,
      next: cursor(after.sequence + count),
      isEnd: after.sequence + count === this.length,
    });
  };
}

function cursor(sequence: number): StreamCursor {
  return sequence === 0 ? BEGINNING : { sequence, position: sequence, check: '0123456789ab' };
}

function upTo(last: number, first = 1): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

let clock: FakeClock;
let log: FakeLog;
let feed: StreamFeed;

beforeEach(() => {
  clock = new FakeClock();
  log = new FakeLog();
  feed = new StreamFeed({ read: log.read, pause: (task) => void clock.after(10, task) });
});

function open(from = BEGINNING, filter = ALL): { sink: FakeSink; reader: StreamReader; gone: Promise<void> } {
  const sink = new FakeSink();
  const monotonicMs = (): number => clock.monotonicMs();
  const onFault = (): readonly ['history_failed', string] => ['history_failed', 'no'];
  const reader = new StreamReader({ sink, filter, feed, read: log.read, monotonicMs, onFault }, from);
  return { sink, reader, gone: reader.run() };
}

async function commit(count = 1): Promise<void> {
  log.length += count;
  feed.committed();
  await clock.pass(1_000);
}

describe('readers of the stream', () => {
  it('get what is in the log, then what is committed, each event once', async () => {
    log.length = 25;
    const { sink } = open();
    await settled();
    await commit(3);
    await commit(30);
    expect(sink.ids).toEqual(upTo(58));
  });

  it('share one look at the log for each commit', async () => {
    const readers = upTo(20).map(() => open());
    await settled();
    log.reads = 0;
    await commit();
    expect(readers.map(({ sink }) => sink.ids)).toEqual(readers.map(() => [1]));
    expect(log.reads).toBe(1);
  });

  it('who left nothing behind cost nothing: without readers the log is not looked at', async () => {
    const { sink, gone } = open();
    await settled();
    sink.destroy();
    await gone;
    log.reads = 0;
    await commit(5);
    expect(log.reads).toBe(0);
  });

  it('are sent one page at a time, and hold up nobody but themselves', async () => {
    const slow = open();
    const quick = open();
    await settled();
    slow.sink.takes = false;
    for (let round = 0; round < 5; round += 1) await commit(PAGE);
    expect(slow.sink.ids.length).toBeLessThanOrEqual(PAGE);
    expect(quick.sink.ids).toEqual(upTo(5 * PAGE));
    slow.sink.drain();
    await settled();
    expect(slow.sink.ids).toEqual(upTo(5 * PAGE));
  });

  it('who fall behind the pages in memory go on from the log', async () => {
    const slow = open();
    await settled();
    slow.sink.takes = false;
    log.lineLength = RECENT_CHARACTERS_MAX / (4 * PAGE);
    for (let round = 0; round < 12; round += 1) await commit(PAGE);
    expect(feed.pageBehind(cursor(PAGE))).toBe('older');
    slow.sink.drain();
    await clock.pass(1_000);
    expect(slow.sink.ids).toEqual(upTo(12 * PAGE));
  });

  it('are served from a bounded number of pages', async () => {
    open();
    await settled();
    for (let round = 0; round < RECENT_PAGES_MAX + 5; round += 1) {
      log.length += 1;
      feed.committed();
      await settled();
    }
    expect(feed.pageBehind(cursor(2))).toBe('older');
    expect(feed.pageBehind(cursor(log.length - RECENT_PAGES_MAX))).toMatchObject({ isEnd: true });
  });

  it('get only what their filter lets through', async () => {
    const { sink } = open(BEGINNING, { tracks: new Set(['even']), types: null });
    await settled();
    await commit(6);
    expect(sink.ids).toEqual([2, 4, 6]);
  });

  it('who do not read are told so and dropped', async () => {
    const { sink, reader, gone } = open();
    await settled();
    sink.takes = false;
    await commit(1);
    clock.skip(SLOW_READER_MS - 2_000);
    expect(reader.tick()).toBe(false);
    clock.skip(2_000);
    expect(reader.tick()).toBe(true);
    await gone;
    expect(sink.isEnded).toBe(true);
    expect(sink.text).toContain('event: end\ndata: {"code":"slow_reader"');
  });

  it('who hear nothing for long get a comment that moves their last event id', async () => {
    const { sink, reader } = open(BEGINNING, { tracks: new Set(['even']), types: null });
    await settled();
    await commit(1);
    clock.skip(KEEP_ALIVE_MS);
    reader.tick();
    expect(sink.text).toBe(': keep-alive\nid: 1.1.0123456789ab\n\n');
  });

  it('have everything that is durable before they are told that the service stops', async () => {
    const { sink, reader, gone } = open();
    await settled();
    log.length += 35;
    feed.committed();
    reader.finish();
    await clock.pass(1_000);
    await gone;
    expect(sink.ids).toEqual(upTo(35));
    expect(sink.text.trimEnd().split('\n\n').at(-1)).toContain('"code":"shutting_down"');
  });

  it('try again when too many want to read', async () => {
    log.length = 5;
    log.fault = new HistoryFault('busy', 'too many');
    const { sink, reader } = open();
    await settled();
    log.fault = null;
    reader.tick();
    await settled();
    expect(sink.ids).toEqual(upTo(5));
  });

  it('are told when what they want cannot be read', async () => {
    const { sink, gone } = open();
    await settled();
    log.fault = new HistoryFault('damaged_log', 'position 7');
    await commit();
    await gone;
    expect(sink.text).toContain('event: end');
    expect(sink.isEnded).toBe(true);
  });
});

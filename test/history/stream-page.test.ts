import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { EventType } from '../../src/domain/events.js';
import { openEventLogReader, type SqliteEventLogReader } from '../../src/event-log/sqlite-event-log-reader.js';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.js';
import { BEGINNING, cursorText, parseCursor, type StreamCursor } from '../../src/history/stream-cursor.js';
import { streamPage, streamStart } from '../../src/history/stream-page.js';
import type { StreamFilter, StreamEntry } from '../../src/history/history-request.js';
import { temporaryDataDir } from '../support/log-directory.js';
import { RecordedTrack, STARTED_AT } from '../support/recorded-track.js';

const ALL: StreamFilter = { tracks: null, types: null };

let directory: Awaited<ReturnType<typeof temporaryDataDir>>;
let log: SqliteEventLog;
let reader: SqliteEventLogReader;

beforeEach(async () => {
  directory = await temporaryDataDir();
  log = await SqliteEventLog.open({ dataDir: directory.dataDir, nowMs: STARTED_AT });
  reader = openEventLogReader(directory.dataDir);
});

afterEach(async () => {
  reader.close();
  await log.close();
  await directory.remove();
});

/** Commits of three tracks in turn, each of a few events, pulses among them. */
async function manyCommits(rounds: number): Promise<RecordedTrack[]> {
  const tracks = ['a', 'live/b', 'c'].map((name) => new RecordedTrack(name));
  for (let round = 0; round < rounds; round += 1) {
    const batch = tracks.slice(0, 1 + (round % 3)).map((track) => {
      const before = track.events.length;
      const name = `peer-${String(round)}`;
      track.later(10).join(name).beat(name, name);
      if (round > 2) track.leave(`peer-${String(round - 3)}`);
      return track.append(before);
    });
    await log.append(batch);
  }
  return tracks;
}

function readAll(from: StreamCursor, filter = ALL): StreamEntry[] {
  const entries: StreamEntry[] = [];
  for (let after = from; ;) {
    const page = streamPage(reader, after, filter);
    entries.push(...page.entries);
    after = page.next;
    if (page.isEnd) return entries;
  }
}

const addressOf = ({ track, cursor }: StreamEntry): string => `${track}@${String(cursor.position)}`;

describe('the stream of all commits', () => {
  it('has every event of every track once, in the order of each track', async () => {
    const tracks = await manyCommits(60);
    const entries = readAll(BEGINNING);
    for (const { name, events } of tracks) {
      const own = entries.filter(({ track }) => track === name);
      expect(own.map(({ cursor }) => cursor.position)).toEqual(events.map(({ position }) => position));
      expect(own.map(({ type }) => type)).toEqual(events.map(({ type }) => type));
    }
  });

  it('goes on behind any of its events without a gap or a repetition', async () => {
    await manyCommits(60);
    const entries = readAll(BEGINNING);
    const all = entries.map(addressOf);
    fc.assert(
      fc.property(fc.nat(entries.length - 1), (index) => {
        const { cursor } = entries[index]!;
        const resumed = streamStart(reader, parseCursor(cursorText(cursor)));
        expect(readAll(resumed).map(addressOf)).toEqual(all.slice(index + 1));
      }),
      { seed: 5, numRuns: 20 },
    );
  });

  it('goes on in the middle of a commit that is longer than a page', async () => {
    const track = new RecordedTrack('big').join('ana');
    for (let beats = 0; beats < 2_500; beats += 1) track.beat('ana');
    await log.append([track.append()]);
    const first = streamPage(reader, BEGINNING, ALL);
    expect(first).toMatchObject({ isEnd: false, next: { sequence: 1, position: 1_000 } });
    expect(readAll(BEGINNING).map(({ cursor }) => cursor.position)).toEqual(
      track.events.map((event) => event.position),
    );
  });

  it('has only what its filter lets through, and still moves on', async () => {
    const [, second] = await manyCommits(20);
    const filter = { tracks: new Set(['live/b']), types: new Set<EventType>(['PeerJoined']) };
    const joins = second!.events.filter(({ type }) => type === 'PeerJoined').map(({ position }) => position);
    expect(readAll(BEGINNING, filter).map(({ cursor }) => cursor.position)).toEqual(joins);
    const nothing = streamPage(reader, BEGINNING, { tracks: new Set(['nobody']), types: null });
    expect(nothing).toMatchObject({ entries: [], isEnd: true, next: streamStart(reader, null) });
  });

  it('begins at the end of the log for a reader that was nowhere', async () => {
    expect(streamStart(reader, null)).toEqual(BEGINNING);
    const [first] = await manyCommits(4);
    const from = streamStart(reader, null);
    expect(readAll(from)).toEqual([]);
    const before = first!.events.length;
    await log.append([first!.later(5).join('late').append(before)]);
    expect(readAll(from).map(({ type }) => type)).toEqual(['PeerJoined', 'ParentAssigned']);
  });
});

describe('a place that this log never had', () => {
  it.each([
    ['beyond the end', (end: StreamCursor) => ({ ...end, sequence: end.sequence + 1 })],
    ['in a commit of another log', (end: StreamCursor) => ({ ...end, check: '0123456789ab' })],
    ['behind its commit', (end: StreamCursor) => ({ ...end, position: end.position + 1 })],
    ['before its commit', (end: StreamCursor) => ({ ...end, position: 0 })],
  ])('is refused: %s', async (_name, wrong) => {
    await manyCommits(4);
    const end = streamStart(reader, null);
    expect(() => streamStart(reader, wrong(end))).toThrow(expect.objectContaining({ code: 'unknown_stream_position' }));
  });

  it.each(['', 'x', '1', '1.2', '1.2.xyz', '0.1.0123456789ab', '-1.2.0123456789ab', '1.2.0123456789ab '])(
    'is no place at all: %j',
    (text) => {
      expect(parseCursor(text)).toBeNull();
    },
  );
});

import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { RecordedEvent } from '../../src/domain/events.js';
import type { EventRange } from '../../src/event-log/event-log.js';
import { PULSE_POSITIONS_PER_SPAN, ROWS_PER_PAGE } from '../../src/event-log/event-log-limits.js';
import { PulsePeersCache } from '../../src/event-log/pulse-peers-cache.js';
import { openEventLogReader, type SqliteEventLogReader } from '../../src/event-log/sqlite-event-log-reader.js';
import { readTimeline } from '../../src/history/timeline.js';
import { readLog, writeCutLog } from '../support/cut-log.js';
import { MemoryLogReader } from '../support/memory-log-reader.js';
import { playTrack, trackPlan } from '../support/random-track.js';
import { packShort, packWithGaps, unpack } from '../support/reshaped-log.js';
import { RecordedTrack } from '../support/recorded-track.js';
import { assigned, heartbeats, joined, newDataDir, NOW, opened, removeDataDirs } from './sample-log.js';

afterEach(removeDataDirs);

const TRACK = 'live/any';
/** So many that they are not looked up one by one. */
const NOBODY = Array.from({ length: 10_000 }, (_, index) => 1_000_000 + index);

/** Pulses as the log has them, whoever else is in their runs. */
function pulsesOf(reader: MemoryLogReader | SqliteEventLogReader, range: EventRange, peer: number): unknown[] {
  return [...reader.pulseRunsOf(range, peer)].flatMap((run) =>
    run.peers.flatMap((number, index) =>
      number === peer ? [[run.firstPosition + index, run.recordedAt[index], run.forwardedFrames[index]]] : [],
    ),
  );
}

const FORMS: readonly [form: string, reshape: (dataDir: string, rows: number) => void][] = [
  ['as it was written', () => undefined],
  ['with short stretches', packShort],
  ['with stretches that are missing or damaged', packWithGaps],
  ['that was sealed before there were stretches', unpack],
];

it.each(FORMS)('indexes find what a look at every event finds, in a log of several segments %s', async (_, reshape) => {
  await fc.assert(
    fc.asyncProperty(
      trackPlan,
      fc.nat(),
      fc.nat(),
      fc.integer({ min: 1, max: 9 }),
      async (plan, from, length, rows) => {
        const { track, appends } = playTrack(TRACK, plan);
        if (appends.length === 0) return;
        const dataDir = newDataDir();
        await writeCutLog(dataDir, appends, new Set([Math.floor(appends.length / 3), Math.floor(appends.length / 2)]));
        reshape(dataDir, rows);
        const plain = new MemoryLogReader(track);
        const afterPosition = from % track.events.length;
        const range = { track: TRACK, afterPosition, untilPosition: afterPosition + (length % track.events.length) };
        const peers = track.events.flatMap((event) => (event.type === 'PeerJoined' ? [event.peer] : []));
        readLog(dataDir, (reader) => {
          expect(reader.trackEvents(range)).toEqual(plain.trackEvents(range));
          expect(reader.joinCount(range)).toBe(plain.joinCount(range));
          for (const some of [peers, [...peers, ...NOBODY]]) {
            expect(byPeer(reader.departures(range, some))).toEqual(byPeer(plain.departures(range, some)));
            expect(byPeer(reader.decisionsAbout(range, some))).toEqual(byPeer(plain.decisionsAbout(range, some)));
          }
          for (const peer of peers) {
            expect(reader.eventsNaming(range, peer)).toEqual(plain.eventsNaming(range, peer));
            expect(reader.peerNumbers(TRACK, nameOf(track.events, peer))).toContain(peer);
            expect(pulsesOf(reader, range, peer)).toEqual(pulsesOf(plain, range, peer));
            const whole = { afterPosition: peer - 1, untilPosition: track.events.length };
            expect(readTimeline(reader, TRACK, [peer], whole)).toEqual(readTimeline(plain, TRACK, [peer], whole));
          }
        });
      },
    ),
    { seed: 9, numRuns: 4 },
  );
});

function byPeer(found: readonly object[]): object[] {
  const numberOf = (one: object): number => ('peer' in one ? Number(one.peer) : 0);
  return [...found].sort((one, other) => numberOf(one) - numberOf(other));
}

function nameOf(events: readonly RecordedEvent[], peer: number): string {
  for (const event of events)
    if (event.type === 'PeerJoined' && event.peer === peer) return event.identity?.peerId ?? '';
  return '';
}

it.each(FORMS)(
  'a peer that more rows name than one page holds is found in all of them, in a log %s',
  async (_, reshape) => {
    const track = new RecordedTrack(TRACK, { rootPeerCount: 1, maxChildren: 3 }).join('root');
    for (let child = 0; child < ROWS_PER_PAGE / 2; child += 1)
      track.join(`child-${String(child % 3)}`, 0).kick(`child-${String(child % 3)}`);
    const dataDir = newDataDir();
    await writeCutLog(dataDir, [track.append()], new Set());
    reshape(dataDir, 100);
    const range = { track: TRACK, afterPosition: 0 };
    const expected = new MemoryLogReader(track).eventsNaming(range, track.number('root'));
    expect(expected.length).toBeGreaterThan(ROWS_PER_PAGE);
    readLog(dataDir, (reader) => expect(reader.eventsNaming(range, track.number('root'))).toEqual(expected));
  },
);

describe('whose pulses are where', () => {
  const beats = (track: RecordedTrack, count: number): void => {
    for (let beat = 0; beat < count; beat += 1) track.later(1).beat(beat % 3 === 0 ? 'ana' : 'ben');
  };

  it('is read again at the end of a log that has grown since', async () => {
    const track = new RecordedTrack(TRACK).join('ana').join('ben');
    beats(track, 30);
    const dataDir = newDataDir();
    await writeCutLog(dataDir, [track.append()], new Set());
    const [written, ana] = [track.events.length, track.number('ana')];
    const reader = openEventLogReader(dataDir);
    const found = (): number => pulsesOf(reader, { track: TRACK, afterPosition: 0 }, ana).length;
    const before = found();
    beats(track, 30);
    await writeCutLog(dataDir, [track.append(written)], new Set());
    expect([before, found(), found()]).toEqual([10, 20, 20]);
    reader.close();
  });

  it('is found in every span and segment, however little of it is kept', async () => {
    const ben = Array.from({ length: PULSE_POSITIONS_PER_SPAN }, () => 4);
    const [ana, other] = [2, 4 + 0x10000];
    const first = [...ben.with(7, ana).with(70_000, ana), ...ben.with(0, ana).with(9, other)];
    const second = ben.with(100, ana).with(101, ana).with(-1, ana);
    const events = [opened(1), joined(2, 'ana'), assigned(3, 2), joined(4, 'ben'), assigned(5, 4)];
    const runs = [{ kind: 'topology' as const, events }, heartbeats(6, first)];
    const cut = 5 + first.length;
    const dataDir = newDataDir();
    const appends = [
      { track: TRACK, previousPosition: 0, runs, open: true },
      { track: TRACK, previousPosition: cut, runs: [heartbeats(cut + 1, second, NOW + cut)], open: true },
    ];
    await writeCutLog(dataDir, appends, new Set([0]));
    const expected = [6 + 7, 6 + 70_000, 6 + ben.length, cut + 101, cut + 102, cut + ben.length];
    readLog(dataDir, (reader) => {
      for (const [from, until] of [
        [0, cut + ben.length],
        [13, cut + 101],
        [70_007, 6 + ben.length],
      ] as const) {
        const range = { track: TRACK, afterPosition: from, untilPosition: until };
        const found = [...reader.pulseRunsOf(range, ana)].flatMap(({ firstPosition, peers }) =>
          peers.flatMap((peer, index) => (peer === ana ? [firstPosition + index] : [])),
        );
        const isInRange = (position: number): boolean => position > from && position <= until;
        expect(found.filter(isInRange)).toEqual(expected.filter(isInRange));
      }
      const segment = reader.segments[0]!;
      const range = { trackId: segment.trackId(TRACK)!, after: 0, until: cut };
      for (const bytesMax of [0, 2 * PULSE_POSITIONS_PER_SPAN, 100 * PULSE_POSITIONS_PER_SPAN]) {
        const cache = new PulsePeersCache(bytesMax);
        for (let time = 0; time < 2; time += 1) {
          const found = [...cache.blocksOf(segment, range, ana)];
          expect(found.flatMap(({ firstPositions }) => firstPositions)).toEqual([6, 6 + 65_536, 6 + ben.length]);
          expect(found.reduce((sum, { passed }) => sum + passed, 0)).toBe(1);
        }
        expect(cache.bytes).toBeLessThanOrEqual(Math.max(bytesMax, 3 * PULSE_POSITIONS_PER_SPAN));
      }
    });
  });
});

import { afterEach, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { RecordedEvent } from '../../src/domain/events.js';
import type { EventRange } from '../../src/event-log/event-log.js';
import type { SqliteEventLogReader } from '../../src/event-log/sqlite-event-log-reader.js';
import { PEERS_LOOKED_UP_MAX } from '../../src/event-log/event-log-limits.js';
import { readTimeline } from '../../src/history/timeline.js';
import { readLog, writeCutLog } from '../support/cut-log.js';
import { MemoryLogReader } from '../support/memory-log-reader.js';
import { playTrack, trackPlan } from '../support/random-track.js';
import { cutIntoStretches, makeWhole } from '../support/reshaped-log.js';
import { newDataDir, removeDataDirs } from './sample-log.js';

afterEach(removeDataDirs);

const TRACK = 'live/any';
/** So many that they are not looked up one by one. */
const NOBODY = Array.from({ length: PEERS_LOOKED_UP_MAX + 1 }, (_, index) => 1_000_000 + index);

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
  ['with short stretches', cutIntoStretches],
  ['that was sealed before there were stretches', makeWhole],
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

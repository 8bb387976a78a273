import { afterEach, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { EventRange } from '../../src/event-log/event-log.js';
import type { SqliteEventLogReader } from '../../src/event-log/sqlite-event-log-reader.js';
import { readTimeline } from '../../src/history/timeline.js';
import { readLog, writeCutLog } from '../support/cut-log.js';
import { MemoryLogReader } from '../support/memory-log-reader.js';
import { playTrack, trackPlan } from '../support/random-track.js';
import { newDataDir, removeDataDirs } from './sample-log.js';

afterEach(removeDataDirs);

const TRACK = 'live/any';

/** Pulses as the log has them, whoever else is in their runs. */
function pulsesOf(reader: MemoryLogReader | SqliteEventLogReader, range: EventRange, peer: number): unknown[] {
  return [...reader.pulseRunsOf(range, peer)].flatMap((run) =>
    run.peers.flatMap((number, index) =>
      number === peer ? [[run.firstPosition + index, run.recordedAt[index], run.forwardedFrames[index]]] : [],
    ),
  );
}

it('indexes find what a look at every event finds, in a log of several segments', async () => {
  await fc.assert(
    fc.asyncProperty(trackPlan, fc.nat(), fc.nat(), async (plan, from, length) => {
      const { track, appends } = playTrack(TRACK, plan);
      if (appends.length === 0) return;
      const dataDir = newDataDir();
      await writeCutLog(dataDir, appends, new Set([Math.floor(appends.length / 3), Math.floor(appends.length / 2)]));
      const plain = new MemoryLogReader(track);
      const afterPosition = from % track.events.length;
      const range = { track: TRACK, afterPosition, untilPosition: afterPosition + (length % track.events.length) };
      const peers = track.events.flatMap((event) => (event.type === 'PeerJoined' ? [event.peer] : []));
      readLog(dataDir, (reader) => {
        expect(reader.trackEvents(range)).toEqual(plain.trackEvents(range));
        expect(reader.joinCount(range)).toBe(plain.joinCount(range));
        expect(byPeer(reader.departures(range, peers))).toEqual(byPeer(plain.departures(range, peers)));
        expect(byPeer(reader.decisionsAbout(range, peers))).toEqual(byPeer(plain.decisionsAbout(range, peers)));
        for (const peer of peers) {
          expect(reader.eventsNaming(range, peer)).toEqual(plain.eventsNaming(range, peer));
          expect(pulsesOf(reader, range, peer)).toEqual(pulsesOf(plain, range, peer));
          const whole = { afterPosition: peer - 1, untilPosition: track.events.length };
          expect(readTimeline(reader, TRACK, [peer], whole)).toEqual(readTimeline(plain, TRACK, [peer], whole));
        }
      });
    }),
    { seed: 9, numRuns: 12 },
  );
});

function byPeer(found: readonly object[]): object[] {
  const numberOf = (one: object): number => ('peer' in one ? Number(one.peer) : 0);
  return [...found].sort((one, other) => numberOf(one) - numberOf(other));
}

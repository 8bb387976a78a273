import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { evolve } from '../../src/domain/evolve.js';
import { RelayTree } from '../../src/domain/relay-tree.js';
import { readTimeline, type Timeline, type TimelineEvent } from '../../src/history/timeline.js';
import { MemoryLogReader } from '../support/memory-log-reader.js';
import { playTrack, trackPlan } from '../support/random-track.js';
import { RecordedTrack } from '../support/recorded-track.js';

const SEED = 20_261_123;
const TRACK = 'live/x';

/** A random evening, the names of all who were there, and a moment of it as a share of 1,000. */
const evenings = fc.tuple(trackPlan, fc.integer({ min: 0, max: 999 }));

function forEvenings(check: (track: RecordedTrack, peerId: string, position: number) => void): void {
  const property = fc.property(evenings, ([plan, share]) => {
    const { track } = playTrack(TRACK, plan);
    const joins = track.events.filter((event) => event.type === 'PeerJoined');
    const names = new Set(joins.map(({ identity }) => identity?.peerId ?? ''));
    for (const peerId of names) check(track, peerId, Math.floor((share * (track.events.length + 1)) / 1_000));
  });
  fc.assert(property, { seed: SEED, numRuns: 200 });
}

function read(track: RecordedTrack, peerId: string, afterPosition: number, untilPosition: number): Timeline {
  const reader = new MemoryLogReader(track);
  return readTimeline(reader, TRACK, reader.peerNumbers(TRACK, peerId), { afterPosition, untilPosition });
}

const whole = (track: RecordedTrack, peerId: string): Timeline => read(track, peerId, 0, track.events.length);

function eventsOf({ entries }: Timeline): TimelineEvent[] {
  return entries.filter((entry) => entry.kind === 'event');
}

/** Times in which the peer stood without a fed parent, as positions: of the event that began it, and of the one that ended it. */
function unfed(track: RecordedTrack, peerId: string): [first: number, last: number | null][] {
  const found: [number, number | null][] = [];
  const tree = new RelayTree();
  let since: { position: number; at: number } | null = null;
  for (const event of track.events) {
    if (event.type === 'HeartbeatReceived' || event.type === 'ForwardReported') continue;
    evolve(tree, event);
    const standing = tree.peerNamed(peerId)?.standing ?? 'placed';
    if (standing !== 'placed') since ??= { position: event.position, at: event.recordedAt };
    else if (since !== null) {
      if (event.recordedAt > since.at) found.push([since.position, event.position]);
      since = null;
    }
  }
  return since === null ? found : [...found, [since.position, null]];
}

describe('whatever happened in an evening', () => {
  it('a timeline from a moment on is that part of the whole: same sentences, sessions and times without a feed', () => {
    forEvenings((track, peerId, position) => {
      const all = whole(track, peerId);
      const part = read(track, peerId, position, track.events.length);
      const reachesIn = ({ lastPosition }: { lastPosition: number | null }): boolean =>
        lastPosition === null || lastPosition > position;
      expect(eventsOf(part)).toEqual(eventsOf(all).filter(({ event }) => event.position > position));
      expect(part.sessions).toEqual(all.sessions.filter(reachesIn));
      expect(part.interruptions).toEqual(all.interruptions.filter(reachesIn));
      expect(part.place).toEqual(all.place);
    });
  });

  it('a timeline up to a moment is the one that was told then', () => {
    forEvenings((track, peerId, position) => {
      const then = new RecordedTrack(TRACK, track.settings);
      then.events.push(...track.events.slice(0, position));
      expect(read(track, peerId, 0, position)).toEqual(whole(then, peerId));
    });
  });

  it('each time that the peer stood without a fed parent is told once, none overlaps another, and none ends before it begins', () => {
    forEvenings((track, peerId) => {
      const { interruptions } = whole(track, peerId);
      const beganAt = (position: number): number => track.events[position - 1]!.recordedAt;
      const standing = interruptions.filter(
        ({ firstPosition, until }) => until === null || until > beganAt(firstPosition),
      );
      expect(standing.map(({ firstPosition, lastPosition }) => [firstPosition, lastPosition])).toEqual(
        unfed(track, peerId),
      );
      let endedAt = 0;
      for (const { from, until } of interruptions) {
        expect(from).toBeGreaterThanOrEqual(endedAt);
        expect(until ?? from).toBeGreaterThanOrEqual(from);
        endedAt = until ?? from;
      }
    });
  });
});

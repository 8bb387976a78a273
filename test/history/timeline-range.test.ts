import { describe, expect, it } from '@jest/globals';
import { metered, ReadMeter } from '../../src/history/metered-reader.js';
import { PULSES_LISTED_MAX, readTimeline } from '../../src/history/timeline.js';
import { eveningTrack } from '../support/evening-track.js';
import { MemoryLogReader } from '../support/memory-log-reader.js';
import { RecordedTrack, STARTED_AT } from '../support/recorded-track.js';
import { timelineOf, told } from '../support/told-timeline.js';

describe('a part of a timeline', () => {
  it('is what lies between two positions, told with all that came before in mind', () => {
    expect(told(eveningTrack(), 'viewer-4', { afterPosition: 16, untilPosition: 22 }).slice(1)).toEqual([
      '20:14:12.120  its parent relay-2 timed out after 10.1 s of silence; moved from relay-2 to relay-1 (depth 1), after up to 10.1 s without a fed parent',
      '',
      'at position 24: Leaf at depth 1, fed by relay-1, offers no slots',
    ]);
  });

  it('has the time without a feed whole that began before it, with its cause', () => {
    const track = new RecordedTrack('live', { rootPeerCount: 1, maxChildren: 1 }).join('root').join('viewer', 0);
    const waited = track.later(1_000).claim('root', 0).events.length;
    track.later(5_000).claim('root', 1);
    for (const afterPosition of [waited - 1, waited]) {
      const { interruptions, entries } = timelineOf(track, 'viewer', { afterPosition });
      expect(interruptions).toMatchObject([
        { cause: 'shrunk', levels: 1, from: STARTED_AT + 1_000, until: STARTED_AT + 6_000 },
      ]);
      expect(entries.every((entry) => entry.kind === 'event' && entry.event.position > afterPosition)).toBe(true);
    }
  });

  it('lets no failure reach further back than the peer stood below the one that failed', () => {
    const track = new RecordedTrack('live', { rootPeerCount: 1, maxChildren: 1 }).join('root').later(7_000);
    const afterPosition = track.join('viewer').events.length;
    track.later(3_000).expire('root', 10_000);
    expect(timelineOf(track, 'viewer', { afterPosition }).interruptions).toMatchObject([
      { from: STARTED_AT + 7_000, until: STARTED_AT + 10_000 },
    ]);
  });

  it('has the session whole that began before it, and none that ended before it', () => {
    const track = new RecordedTrack('live', { rootPeerCount: 1, maxChildren: 1 }).join('root', 0).join('viewer');
    track.later(1_000).claim('root', 1).later(1_000).disconnect('viewer').later(1_000).join('viewer');
    const afterPosition = track.events.length;
    track.later(4_000).leave('viewer');
    const { sessions, interruptions } = timelineOf(track, 'viewer', { afterPosition });
    expect(sessions).toMatchObject([{ from: STARTED_AT + 3_000, until: STARTED_AT + 7_000, end: 'left' }]);
    expect(interruptions).toEqual([]);
    const beforeLeaving = timelineOf(track, 'viewer', { afterPosition, untilPosition: afterPosition });
    expect(beforeLeaving.sessions).toMatchObject([{ from: STARTED_AT + 3_000, until: null }]);
  });

  it('counts a silence from the last sign before it, and only its own pulses', () => {
    expect(timelineOf(eveningTrack(), 'viewer-4', { afterPosition: 14 }).pulses).toEqual({
      heartbeats: 1,
      forwardReports: 0,
      silenceCount: 1,
      longestSilenceMs: 7_120,
    });
  });

  it('knows of no join that came after it', () => {
    const track = new RecordedTrack('live').join('viewer').leave('viewer');
    const untilPosition = track.events.length;
    const then = timelineOf(track, 'viewer', { untilPosition });
    expect(timelineOf(track.later(1_000).join('viewer'), 'viewer', { untilPosition })).toEqual(then);
    expect(then.numbers).toEqual([2]);
    expect(timelineOf(track, 'viewer', { untilPosition: 1 })).toMatchObject({ numbers: [], entries: [], sessions: [] });
  });

  it('costs what lies in it, however often the peer came and went before', () => {
    const track = new RecordedTrack('live', { rootPeerCount: 2 }).join('stays');
    for (let life = 0; life < 300; life += 1) track.join('viewer').later(1_000).leave('viewer').later(1_000);
    const afterPosition = track.join('viewer').events.length;
    track.later(1_000).beat('viewer');
    const reader = metered(new MemoryLogReader(track), new ReadMeter(20));
    const numbers = reader.peerNumbers('live', 'viewer');
    const timeline = readTimeline(reader, 'live', numbers, { afterPosition, untilPosition: track.events.length });
    expect(timeline).toMatchObject({ pulses: { heartbeats: 1 }, sessions: [{ peer: numbers.at(-1) }] });
  });

  it('lists each pulse when asked to', () => {
    const { entries } = timelineOf(eveningTrack(), 'relay-3', { eachPulse: true });
    expect(entries.filter(({ kind }) => kind === 'pulse')).toEqual([
      expect.objectContaining({ position: 15, forwardedFrames: 1_204, receivedFrames: 1_300 }),
      expect.objectContaining({ position: 17, forwardedFrames: null, receivedFrames: null }),
    ]);
    expect(told(eveningTrack(), 'relay-3', { eachPulse: true })).toContain(
      '20:14:05.000  forward report: 1,204 frames forwarded, 1,300 received',
    );
  });

  it('ends with a code when it has too many pulses to list', () => {
    const track = new RecordedTrack('live').join('viewer');
    for (let beat = 0; beat <= PULSES_LISTED_MAX; beat += 1) track.beat('viewer');
    const tooCostly = expect.objectContaining({ code: 'query_too_costly' });
    expect(() => timelineOf(track, 'viewer', { eachPulse: true })).toThrow(tooCostly);
    expect(timelineOf(track, 'viewer', { eachPulse: true, afterPosition: 4 }).entries).toHaveLength(PULSES_LISTED_MAX);
  });
});

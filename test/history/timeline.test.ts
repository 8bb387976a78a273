import { describe, expect, it } from '@jest/globals';
import { PeerNames } from '../../src/history/peer-names.js';
import { readTimeline } from '../../src/history/timeline.js';
import { timelineJson } from '../../src/history/timeline-json.js';
import { eveningTrack } from '../support/evening-track.js';
import { MemoryLogReader } from '../support/memory-log-reader.js';
import { RecordedTrack, STARTED_AT } from '../support/recorded-track.js';
import { drawn, timelineOf, told } from '../support/told-timeline.js';

describe('the timeline of a peer', () => {
  it('tells the loss of its parent and its move as one sentence', () => {
    expect(told(eveningTrack(), 'viewer-4')).toEqual([
      '2026-01-31 UTC',
      '20:14:01.000  joined with a capacity of 0; assigned to relay-2 (depth 2)',
      '20:14:12.120  3 heartbeats since 20:14:02.000; silent for 7.1 s from 20:14:05.000',
      '20:14:12.120  its parent relay-2 timed out after 10.1 s of silence; moved from relay-2 to relay-1 (depth 1), after up to 10.1 s without a fed parent',
      '',
      'at position 24: Leaf at depth 1, fed by relay-1, offers no slots',
    ]);
  });

  it('tells what became of its children after it went', () => {
    expect(told(eveningTrack(), 'relay-2').slice(-4)).toEqual([
      '20:14:12.120  timed out after 10.1 s of silence, leaving 1 child without a parent',
      '20:14:12.120  its former child viewer-4 moved to relay-1',
      '',
      'at position 24: not in the track',
    ]);
  });

  it('tells which children it took on and lost', () => {
    expect(
      told(eveningTrack(), 'relay-1')
        .filter((line) => !line.includes('heartbeat'))
        .slice(2, 6),
    ).toEqual([
      '20:14:00.000  took on relay-2 (1 of 2 slots taken)',
      '20:14:01.000  took on relay-3 (2 of 2 slots taken)',
      '20:14:12.120  its child relay-2 timed out after 10.1 s of silence',
      '20:14:12.120  took on viewer-4 (2 of 2 slots taken)',
    ]);
  });

  it('tells a move that comes from above, with the depth it leads to', () => {
    const track = new RecordedTrack('live', { rootPeerCount: 2, maxChildren: 1 })
      .join('root-1')
      .join('root-2', 0)
      .join('relay')
      .join('viewer')
      .later(5_000)
      .leave('root-1');
    expect(told(track, 'viewer')[2]).toBe(
      '20:14:05.000  root-1, 2 levels above it, left; its parent relay moved from root-1 to the origin as a root: it moved along to depth 1',
    );
  });

  it('tells a cut-off through a smaller capacity, and the waiting after it', () => {
    const track = new RecordedTrack('live', { rootPeerCount: 1, maxChildren: 1 }).join('root').join('viewer', 0);
    expect(told(track.later(1_000).claim('root', 0), 'viewer').slice(2)).toEqual([
      '20:14:01.000  its parent root claimed a capacity of 0 and let it go; lost root and found no free slot: waiting',
      '',
      'at position 7: waiting for a slot, offers no slots',
    ]);
  });

  it('tells a cut-off on the word of children, and does not say that they cut', () => {
    const track = new RecordedTrack('live', { rootPeerCount: 1, maxChildren: 1 }).join('root').join('viewer', 0);
    track.command({ type: 'Suspect', peer: track.number('root'), complaints: 1 });
    expect(told(track, 'viewer').at(-3)).toMatch(
      /^20:14:00.000 {2}its parent root was suspected: 1 child says that no media comes from it; cut off; lost root /,
    );
    expect(told(track, 'root').at(-4)).toMatch(
      /^20:14:00.000 {2}was suspected: 1 child says that no media comes from it; let go of 1 child/,
    );
  });

  it('goes over all joins of the peer', () => {
    const track = new RecordedTrack('live').join('viewer').later(1_000).leave('viewer').later(1_000).join('viewer', 2);
    expect(told(track, 'viewer')).toEqual([
      '2026-01-31 UTC',
      '20:14:00.000  joined without a capacity claim; became a root, fed by the origin',
      '20:14:01.000  left',
      '20:14:02.000  joined again with a capacity of 2; became a root, fed by the origin',
      '',
      'at position 6: Root at depth 0, fed by the origin, 0 of 2 slots taken',
    ]);
  });

  it('tells sessions, claims, replacement and times the service was away', () => {
    const track = new RecordedTrack('live').join('viewer').disconnect('viewer').join('viewer').claim('viewer', 9);
    track.recover('restart', 12_000).join('viewer', 1, true).kick('viewer');
    expect(told(track, 'viewer').slice(2, -2)).toEqual([
      '20:14:00.000  lost its connection to the service; its place is kept until its deadline',
      '20:14:00.000  came back with its resume token and kept its place',
      '20:14:00.000  claimed a capacity of 9 (3 in effect)',
      '20:14:00.000  the service could not hear it for 12.0 s (restart); its deadline began anew',
      '20:14:00.000  lost all its links and was replaced by its next join',
      '20:14:00.000  joined again with a capacity of 1; became a root, fed by the origin',
      '20:14:00.000  was kicked by an operator',
    ]);
  });

  it('puts pulses before the children that came after them', () => {
    const track = new RecordedTrack('live').join('root').later(1_000).beat('root').later(1_000).join('viewer');
    expect(told(track, 'root').slice(2, 4)).toEqual([
      '20:14:01.000  1 heartbeat, never silent for more than 1.0 s',
      '20:14:02.000  took on viewer (1 of 3 slots taken)',
    ]);
  });

  it('leaves out what happened to others', () => {
    expect(told(eveningTrack(), 'later').filter((line) => /relay|viewer/.test(line))).toEqual([]);
  });
});

it('the JSON of a timeline has every event as it stands in the log, and pulses as counts and silences', () => {
  const track = eveningTrack();
  const reader = new MemoryLogReader(track);
  const timeline = readTimeline(reader, track.name, [8], { afterPosition: 0, untilPosition: 24 });
  const end = { position: 24, recordedAt: track.nowMs };
  const json = timelineJson(track.name, 'viewer-4', timeline, end, new PeerNames(reader, track.name));
  expect(json).toMatchObject({ track: 'live/evening', peer_id: 'viewer-4', peers: [8], position: 24 });
  expect(json.entries.map((entry) => (entry.kind === 'event' ? [entry.position, entry.type] : 'pulses'))).toEqual([
    [8, 'PeerJoined'],
    [9, 'ParentAssigned'],
    'pulses',
    [19, 'PeerTimedOut'],
    [20, 'ParentAssigned'],
  ]);
  expect(json.entries[2]).toEqual({
    kind: 'pulses',
    peer: 8,
    first_position: 12,
    last_position: 16,
    from: STARTED_AT + 2_000,
    until: STARTED_AT + 12_120,
    heartbeats: 3,
    forward_reports: 0,
    forwarded_frames: null,
    longest_silence_ms: 7_120,
    silence_count: 1,
    silences: [{ from: STARTED_AT + 5_000, until: STARTED_AT + 12_120, silent_ms: 7_120 }],
  });
  expect(json).toMatchObject({
    session_count: 1,
    sessions: [{ peer: 8, position: 8, from: STARTED_AT + 1_000, until: null, end: null }],
    interruption_count: 1,
    without_feed_ms: 10_120,
    interruptions: [
      {
        cause: 'timed_out',
        peer: 4,
        peer_id: 'relay-2',
        levels: 1,
        first_position: 19,
        last_position: 20,
        from: STARTED_AT + 2_000,
        until: STARTED_AT + 12_120,
        without_feed_ms: 10_120,
        gone: false,
      },
    ],
    pulses: { heartbeats: 3, forward_reports: 0, silence_count: 1, longest_silence_ms: 7_120 },
  });
  expect(json.entries[3]).toMatchObject({
    peer_id: 'relay-2',
    silent_ms: 10_120,
    text: 'its parent relay-2 timed out after 10.1 s of silence',
  });
});

describe('a time without a fed parent', () => {
  const causes = (track: RecordedTrack, peerId: string): unknown[] =>
    timelineOf(track, peerId).interruptions.map(({ cause, levels, from, until }) => [
      cause,
      levels,
      from - STARTED_AT,
      until === null ? null : until - STARTED_AT,
    ]);

  /** One root, a relay below it, a viewer below that; then a second root. */
  const chain = (): RecordedTrack =>
    new RecordedTrack('live', { rootPeerCount: 1, maxChildren: 1 })
      .join('root')
      .join('relay')
      .join('viewer')
      .later(60_000);

  it('begins with the last sign of an ancestor that timed out, however far above', () => {
    const track = chain().expire('root', 10_000);
    expect(causes(track, 'viewer')).toEqual([['timed_out', 2, 50_000, 60_000]]);
    expect(causes(track, 'relay')).toEqual([['timed_out', 1, 50_000, 60_000]]);
  });

  it('begins no earlier than the peer stood below the one that failed', () => {
    const track = new RecordedTrack('live', { rootPeerCount: 1, maxChildren: 1 }).join('root').later(7_000);
    track.join('viewer').later(3_000).expire('root', 10_000);
    expect(causes(track, 'viewer')).toEqual([['timed_out', 1, 7_000, 10_000]]);
  });

  it('takes no time when the parent says goodbye and there is another slot', () => {
    expect(causes(chain().leave('relay'), 'viewer')).toEqual([['left', 1, 60_000, 60_000]]);
  });

  it('goes on while the peer waits, and while those above it do', () => {
    const track = chain().claim('root', 0);
    expect(causes(track, 'viewer')).toEqual([['shrunk', 2, 60_000, null]]);
    track.later(5_000).claim('root', 1);
    expect(causes(track, 'viewer')).toEqual([['shrunk', 2, 60_000, 65_000]]);
    expect(told(track, 'viewer').at(-3)).toContain('after 5.0 s without a fed parent');
  });

  it('begins with what the peer itself missed', () => {
    const track = chain();
    const [viewer, relay] = [track.number('viewer'), track.number('relay')];
    track.command({ type: 'ReportStall', peer: viewer, parent: relay, silentMs: 2_000 }).later(300);
    track.command({ type: 'Suspect', peer: relay, complaints: 1 }).later(700).leave('relay');
    expect(causes(track, 'viewer')).toEqual([['suspected', 1, 58_000, 61_000]]);
  });

  it('covers the window in which a free-rider was watched', () => {
    const track = chain();
    track.command({ type: 'Revoke', peer: track.number('relay'), complaints: 1, windowMs: 5_000 });
    track.later(1_000).leave('relay');
    expect(causes(track, 'viewer')).toEqual([['forwarded_nothing', 1, 55_000, 61_000]]);
  });

  it('is the wait for a first slot too, and ends with the peer itself at the latest', () => {
    const track = new RecordedTrack('live', { rootPeerCount: 1 }).join('root', 0).join('viewer').later(4_000);
    expect(causes(track, 'viewer')).toEqual([['no_slot', null, 0, null]]);
    track.leave('viewer');
    expect(causes(track, 'viewer')).toEqual([['no_slot', null, 0, 4_000]]);
    expect(timelineOf(track, 'viewer').interruptions[0]).toMatchObject({ gone: true });
  });

  it('covers the silence of a parent that was moved with its children meanwhile', () => {
    const track = new RecordedTrack('live', { rootPeerCount: 1, maxChildren: 2, maxDepth: 4 });
    track.join('root', 1).join('upper', 1).join('relay', 1).join('viewer', 0).claim('root', 2).later(5_000);
    track.command({ type: 'Reassign', peerId: 'relay' }).later(2_000);
    expect(timelineOf(track, 'viewer').place).toMatchObject({ depth: 2, parent: track.number('relay') });
    expect(causes(track.expire('relay', 4_000), 'viewer')).toEqual([['timed_out', 1, 3_000, 7_000]]);
  });

  it('is none for a planned exchange of places', () => {
    const track = new RecordedTrack('live', {
      policy: 'resilient',
      policyVersion: 1,
      rootPeerCount: 1,
      maxChildren: 2,
    });
    track.join('weak', 0).later(1_000).join('strong', 2);
    expect(timelineOf(track, 'weak').entries.length).toBeGreaterThan(2);
    expect(causes(track, 'weak')).toEqual([]);
  });
});

describe('the sums of a timeline', () => {
  it('count sessions with their ends', () => {
    const track = new RecordedTrack('live').join('viewer').later(1_000).disconnect('viewer').later(500).join('viewer');
    track
      .later(2_000)
      .join('viewer')
      .later(3_000)
      .recover('restart', 1_000)
      .later(1_000)
      .join('viewer')
      .leave('viewer');
    expect(timelineOf(track, 'viewer').sessions.map(({ from, until, end }) => [until! - from, end])).toEqual([
      [1_000, 'disconnected'],
      [2_000, 'superseded'],
      [2_000, 'restart'],
      [0, 'left'],
    ]);
  });

  it('count no silence for the time in which the service could not hear anybody', () => {
    const track = new RecordedTrack('live').join('viewer').later(1_000).beat('viewer');
    track.later(40_000).recover('stall', 39_000).later(1_000).beat('viewer');
    expect(timelineOf(track, 'viewer').pulses).toMatchObject({ silenceCount: 0, longestSilenceMs: 1_000 });
  });

  it('stand at the end of the drawing', () => {
    expect(drawn(eveningTrack(), 'viewer-4').slice(-4)).toEqual([
      '1 session, 12.1 s in all',
      '3 heartbeats, 0 forward reports, 1 silence, the longest pause 7.1 s',
      '1 time without a fed parent, 10.1 s in all',
      'at position 24: Leaf at depth 1, fed by relay-1, offers no slots',
    ]);
    expect(drawn(eveningTrack(), 'relay-1').at(-2)).toBe('never without a fed parent');
  });
});

import { describe, expect, it } from '@jest/globals';
import { drawTimeline } from '../../src/cli/draw-timeline.js';
import { PeerNames } from '../../src/history/peer-names.js';
import { readTimeline } from '../../src/history/timeline.js';
import { timelineJson } from '../../src/history/timeline-json.js';
import { eveningTrack } from '../support/evening-track.js';
import { MemoryLogReader } from '../support/memory-log-reader.js';
import { RecordedTrack, STARTED_AT } from '../support/recorded-track.js';

const same = (text: string): string => text;
const PLAIN = { bold: same, dim: same, alert: same };

function told(track: RecordedTrack, peerId: string): string[] {
  const reader = new MemoryLogReader(track);
  const timeline = readTimeline(reader, track.name, reader.peerNumbers(track.name, peerId), track.events.length);
  return [...drawTimeline(timeline, new PeerNames(reader, track.name), PLAIN)];
}

describe('the timeline of a peer', () => {
  it('tells the loss of its parent and its move as one sentence', () => {
    expect(told(eveningTrack(), 'viewer-4')).toEqual([
      '2026-01-31 UTC',
      '20:14:01.000  joined with a capacity of 0; assigned to relay-2 (depth 2)',
      '20:14:12.120  3 heartbeats since 20:14:02.000; silent for 7.1 s from 20:14:05.000',
      '20:14:12.120  its parent relay-2 timed out after 10.1 s of silence; moved from relay-2 to relay-1 (depth 1)',
      '',
      'now: Leaf at depth 1, fed by relay-1, offers no slots',
    ]);
  });

  it('tells what became of its children after it went', () => {
    expect(told(eveningTrack(), 'relay-2').slice(-4)).toEqual([
      '20:14:12.120  timed out after 10.1 s of silence, leaving 1 child without a parent',
      '20:14:12.120  its former child viewer-4 moved to relay-1',
      '',
      'now: not in the track',
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
      'now: waiting for a slot, offers no slots',
    ]);
  });

  it('goes over all joins of the peer', () => {
    const track = new RecordedTrack('live').join('viewer').later(1_000).leave('viewer').later(1_000).join('viewer', 2);
    expect(told(track, 'viewer')).toEqual([
      '2026-01-31 UTC',
      '20:14:00.000  joined without a capacity claim; became a root, fed by the origin',
      '20:14:01.000  left',
      '20:14:02.000  joined again with a capacity of 2; became a root, fed by the origin',
      '',
      'now: Root at depth 0, fed by the origin, 0 of 2 slots taken',
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
  const timeline = readTimeline(reader, track.name, [8], 24);
  const json = timelineJson(track.name, 'viewer-4', timeline, 24, new PeerNames(reader, track.name));
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
  expect(json.entries[3]).toMatchObject({
    peer_id: 'relay-2',
    silent_ms: 10_120,
    text: 'its parent relay-2 timed out after 10.1 s of silence',
  });
});

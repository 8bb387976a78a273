import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { diffOf, type DiffJson } from '../../src/history/diff.js';
import { metered, ReadMeter } from '../../src/history/metered-reader.js';
import { momentOf } from '../../src/history/moment.js';
import { treeAt } from '../../src/history/tree-at.js';
import { drawDiff } from '../../src/cli/draw-diff.js';
import { eveningTrack } from '../support/evening-track.js';
import { MemoryLogReader } from '../support/memory-log-reader.js';
import { RecordedTrack, STARTED_AT } from '../support/recorded-track.js';

const same = (text: string): string => text;
const PLAIN = { bold: same, dim: same, alert: same };

function diff(track: RecordedTrack, from: number, to: number): DiffJson {
  const reader = new MemoryLogReader(track);
  const ends = { from: momentOf(reader, track.name, from), to: momentOf(reader, track.name, to) };
  return diffOf(reader, track.name, ends);
}

const namesOf = (peers: readonly { peer_id: string | null }[]): (string | null)[] => peers.map((peer) => peer.peer_id);

describe('the difference between two moments', () => {
  it('has who joined, left and moved, with the reason', () => {
    const found = diff(eveningTrack(), 18, 24);
    expect(found).toMatchObject({
      track: 'live/evening',
      from: { position: 18, peer_count: 4 },
      to: { position: 24, peer_count: 5 },
      joined_count: 2,
      left_count: 1,
      moved_count: 1,
      passed_through_count: 0,
    });
    expect(found.joined[0]).toEqual({
      peer: 21,
      peer_id: 'late',
      joined_at: STARTED_AT + 12_620,
      returned: false,
      to: { role: 'Leaf', parent: 6, parent_id: 'relay-3', depth: 2 },
    });
    expect(found.joined[1]).toMatchObject({ peer_id: 'later', to: { role: 'Waiting', parent: null, depth: null } });
    expect(found.left).toEqual([
      {
        peer: 4,
        peer_id: 'relay-2',
        position: 19,
        left_at: STARTED_AT + 12_120,
        cause: 'timed_out',
        from: { role: 'Relay', parent: 2, parent_id: 'relay-1', depth: 1 },
      },
    ]);
    expect(found.moved).toEqual([
      {
        peer: 8,
        peer_id: 'viewer-4',
        from: { role: 'Leaf', parent: 4, parent_id: 'relay-2', depth: 2 },
        to: { role: 'Leaf', parent: 2, parent_id: 'relay-1', depth: 1 },
        decisions: 1,
        cause: 'orphaned',
      },
    ]);
  });

  it('is empty between a moment and itself, and between two pulses', () => {
    for (const [from, to] of [
      [20, 20],
      [12, 18],
    ] as const) {
      const { joined, left, moved, from: begin, to: end } = diff(eveningTrack(), from, to);
      expect([joined, left, moved]).toEqual([[], [], []]);
      expect(begin.state_hash).toBe(end.state_hash);
    }
  });

  it('from position 0 has everybody as joined', () => {
    expect(namesOf(diff(eveningTrack(), 0, 9).joined)).toEqual(['relay-1', 'relay-2', 'relay-3', 'viewer-4']);
  });

  it('tells who was carried along from who was decided about', () => {
    const track = new RecordedTrack('live', { rootPeerCount: 2, maxChildren: 1 })
      .join('root-1')
      .join('root-2', 0)
      .join('relay')
      .join('viewer');
    const before = track.events.length;
    track.leave('root-1');
    const { moved } = diff(track, before, track.events.length);
    expect(moved.map(({ peer_id, decisions, cause }) => [peer_id, decisions, cause])).toEqual([
      ['relay', 1, 'orphaned'],
      ['viewer', 0, null],
    ]);
  });

  it('has a peer that came back under a new number as left, and as joined again', () => {
    const track = new RecordedTrack('live').join('viewer');
    const before = track.events.length;
    track.join('viewer', 1, true);
    const { joined, left } = diff(track, before, track.events.length);
    expect(left).toMatchObject([{ peer_id: 'viewer', cause: 'replaced' }]);
    expect(joined).toMatchObject([{ peer_id: 'viewer', returned: true }]);
  });

  it('has the capacities that changed, by claim or by trust, and what became of offload and depth', () => {
    const track = new RecordedTrack('live', { rootPeerCount: 1, maxChildren: 2 })
      .join('root', 2)
      .join('relay')
      .join('viewer');
    track.join('below', 1);
    const before = track.events.length;
    track.claim('root', 1);
    track.command({ type: 'Suspect', peer: track.number('viewer'), complaints: 2 });
    const found = diff(track, before, track.events.length);
    expect(found).toMatchObject({
      capacity_changed_count: 2,
      capacity_changed: [
        { peer_id: 'root', from: { capacity: 2, effective_capacity: 2 }, to: { capacity: 1, effective_capacity: 1 } },
        { peer_id: 'viewer', from: { capacity: null, effective_capacity: 2 }, to: { effective_capacity: 0 } },
      ],
      offload_percentage: { from: 75, to: 75, change: 0 },
      max_depth_seen: { from: 2, to: 2, change: 0 },
    });
    expect([...drawDiff(found, PLAIN)].filter((line) => line.startsWith('='))).toEqual([
      '= root  claims 1 instead of 2, can serve 1 child instead of 2',
      '= viewer  can serve 0 children instead of 2',
    ]);
  });

  it('only counts who came and went in between', () => {
    const track = new RecordedTrack('live').join('stays');
    const before = track.events.length;
    track.join('passes').leave('passes');
    expect(diff(track, before, track.events.length)).toMatchObject({ passed_through_count: 1, joined: [], left: [] });
  });

  it('ends with a code when it would cost more than it may', () => {
    const track = eveningTrack();
    const meter = new ReadMeter(8);
    const reader = metered(new MemoryLogReader(track), meter);
    const ends = { from: momentOf(reader, track.name, 0), to: momentOf(reader, track.name, 24) };
    meter.begin();
    expect(() => diffOf(reader, track.name, ends)).toThrow(expect.objectContaining({ code: 'query_too_costly' }));
  });

  it('names the track when the log says something impossible', () => {
    const broken = eveningTrack('broken');
    broken.events.splice(18, 1);
    expect(() => diff(broken, 10, 24)).toThrow(/^track broken, position 20: /);
  });

  it('leads from the one tree to the other: joined, left and moved are all that differs', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    const step = fc.record({
      name: fc.constantFrom(...names),
      capacity: fc.integer({ min: 0, max: 3 }),
      leaves: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), fc.nat(), fc.nat(), (steps, one, other) => {
        const track = new RecordedTrack('live', { rootPeerCount: 1, maxChildren: 2, maxDepth: 3 });
        for (const { name, capacity, leaves } of steps) {
          const present = track.tree.peerNamed(name) !== null;
          if (!present) track.join(name, capacity);
          else if (leaves) track.leave(name);
          else track.claim(name, capacity);
        }
        const ends = [one, other].map((end) => end % (track.events.length + 1)).sort((a, b) => a - b);
        const [from = 0, to = 0] = ends;
        const found = diff(track, from, to);
        const reader = new MemoryLogReader(track);
        const [before, after] = [from, to].map((position) => placesAt(reader, position));
        for (const { peer } of found.left) expect(before!.delete(peer)).toBe(true);
        for (const { peer, to: place } of found.joined) before!.set(peer, `${place.parent}/${place.depth}`);
        for (const { peer, from: old, to: place } of found.moved) {
          expect(before!.get(peer)).toBe(`${old.parent}/${old.depth}`);
          before!.set(peer, `${place.parent}/${place.depth}`);
        }
        expect([...before!].sort()).toEqual([...after!].sort());
      }),
      { numRuns: 200, seed: 5 },
    );
  });
});

function placesAt(reader: MemoryLogReader, position: number): Map<number, string> {
  const places = new Map<number, string>();
  for (const peer of treeAt(reader, 'live', position).peers()) {
    const parent = peer.parent?.number ?? (peer.standing === 'placed' ? 0 : null);
    places.set(peer.number, `${parent}/${peer.standing === 'placed' ? peer.depth : null}`);
  }
  return places;
}

it('the drawing of a difference has a line for each peer', () => {
  expect([...drawDiff(diff(eveningTrack(), 18, 24), PLAIN)]).toEqual([
    'live/evening  from position 18  2026-01-31T20:14:12.120Z  4 peers',
    '                to position 24  2026-01-31T20:14:13.120Z  5 peers',
    '2 joined · 1 left · 1 moved',
    'offload 75 % -> 60 % (-15) · depth 2 (unchanged)',
    '',
    '+ late  joined at 20:14:12.620: Leaf under relay-3, depth 2',
    '+ later  joined at 20:14:13.120: waiting',
    '- relay-2  timed out at 20:14:12.120, from Relay under relay-1, depth 1',
    '~ viewer-4  from Leaf under relay-2, depth 2 to Leaf under relay-1, depth 1 (orphaned)',
  ]);
});

import { describe, expect, it } from '@jest/globals';
import { stateHash } from '../../src/event-log/state-hash.js';
import { momentAtTime, momentOf } from '../../src/history/moment.js';
import { trackSummary } from '../../src/history/track-summary.js';
import { livenessAt, treeAt } from '../../src/history/tree-at.js';
import { treeJson } from '../../src/history/tree-json.js';
import { eveningTrack } from '../support/evening-track.js';
import { MemoryLogReader } from '../support/memory-log-reader.js';
import { RecordedTrack, STARTED_AT } from '../support/recorded-track.js';

const track = eveningTrack('live');
const reader = new MemoryLogReader(track);
const HEAD = 24;

describe('a tree of the past', () => {
  it('is the fold of all events up to a position', () => {
    const tree = treeAt(reader, 'live', 9);
    expect([...tree.peers()].map((peer) => peer.identity?.peerId)).toEqual([
      'relay-1',
      'relay-2',
      'relay-3',
      'viewer-4',
    ]);
  });

  it('has the state hash of the live tree at the head', () => {
    expect(stateHash(treeAt(reader, 'live', HEAD))).toBe(stateHash(track.tree));
  });

  it('is empty at position 0', () => {
    expect(treeJson('live', treeAt(reader, 'live', 0), 0, null, 'hash')).toEqual({
      track: 'live',
      position: 0,
      recorded_at: null,
      state_hash: 'hash',
      peer_count: 0,
      root_count: 0,
      waiting_count: 0,
      offload_percentage: 0,
      max_depth_seen: 0,
      peers: [],
    });
  });

  it('does not change between two pulses', () => {
    expect(stateHash(treeAt(reader, 'live', 12))).toBe(stateHash(treeAt(reader, 'live', 18)));
  });

  it('names the track when its log says something impossible', () => {
    const broken = eveningTrack('broken');
    broken.events.splice(3, 1);
    expect(() => treeAt(new MemoryLogReader(broken), 'broken', HEAD)).toThrow(/^track broken, position 5: /);
  });
});

describe('the JSON of a tree', () => {
  it('has the same bytes for the live tree and for one folded from the log', () => {
    const folded = treeAt(reader, 'live', HEAD);
    const live = track.tree;
    expect(JSON.stringify(treeJson('live', folded, HEAD, track.nowMs, stateHash(folded)))).toBe(
      JSON.stringify(treeJson('live', live, live.position, live.recordedAt, stateHash(live))),
    );
  });

  it('lists peers in order of joining, with their place', () => {
    const json = treeJson('live', track.tree, HEAD, track.nowMs, 'hash');
    expect(json).toMatchObject({
      peer_count: 5,
      root_count: 1,
      waiting_count: 1,
      offload_percentage: 60,
      max_depth_seen: 2,
    });
    expect(json.peers[0]).toEqual({
      peer_id: 'relay-1',
      role: 'Root',
      parent_id: null,
      depth: 0,
      children: ['relay-3', 'viewer-4'],
      capacity: 2,
      effective_capacity: 2,
      joined_at: STARTED_AT,
    });
    expect(json.peers.map(({ peer_id, role, parent_id, depth }) => [peer_id, role, parent_id, depth])).toEqual([
      ['relay-1', 'Root', null, 0],
      ['relay-3', 'Relay', 'relay-1', 1],
      ['viewer-4', 'Leaf', 'relay-1', 1],
      ['late', 'Leaf', 'relay-3', 2],
      ['later', 'Waiting', null, null],
    ]);
  });

  it('counts a peer below a waiting one as waiting, and keeps its parent', () => {
    const cutOff = new RecordedTrack('live', { rootPeerCount: 1, maxChildren: 1, maxDepth: 5 })
      .join('root')
      .join('relay')
      .join('viewer', 0)
      .claim('root', 0);
    const json = treeJson('live', cutOff.tree, 1, 1, 'hash');
    expect(json.waiting_count).toBe(2);
    expect(json.peers[2]).toMatchObject({ peer_id: 'viewer', role: 'Waiting', parent_id: 'relay', depth: null });
  });

  it('shows a forgotten peer by its number', () => {
    const forgotten = eveningTrack();
    const events = forgotten.events.map((event) =>
      event.type === 'PeerJoined' && event.peer === 2 ? { ...event, identity: null } : event,
    );
    forgotten.events.splice(0, events.length, ...events);
    const json = treeJson('t', treeAt(new MemoryLogReader(forgotten), 'live/evening', HEAD), HEAD, 1, 'hash');
    expect(json.peers.slice(0, 2)).toMatchObject([
      { peer_id: '#2' },
      { peer_id: 'relay-3', parent_id: '#2', role: 'Relay' },
    ]);
  });
});

describe('liveness of the past', () => {
  it('says who was heard when, and who was overdue at the moment asked about', () => {
    const tree = treeAt(reader, 'live', 18);
    const liveness = livenessAt(reader, 'live', tree, 18);
    const { peers } = treeJson('live', tree, 18, null, 'hash', { liveness, atMs: STARTED_AT + 12_120 });
    expect(peers.map((peer) => [peer.peer_id, peer.forwarded_frames, peer.last_heartbeat_at, peer.overdue])).toEqual([
      ['relay-1', 0, STARTED_AT + 12_120, false],
      ['relay-2', 0, STARTED_AT + 2_000, true],
      ['relay-3', 1_204, STARTED_AT + 12_120, false],
      ['viewer-4', 0, STARTED_AT + 12_120, false],
    ]);
  });
});

describe('a moment', () => {
  const head = { track: 'live', position: HEAD, recordedAt: track.nowMs, hash: '', open: true };

  it('is behind the last event recorded at its time or before', () => {
    expect(momentAtTime(reader, head, STARTED_AT + 4_999)).toEqual({ position: 12, recordedAt: STARTED_AT + 2_000 });
    expect(momentAtTime(reader, head, STARTED_AT + 5_000)).toEqual({ position: 15, recordedAt: STARTED_AT + 5_000 });
  });

  it('is the head for any time after it, and position 0 for any before the first event', () => {
    expect(momentAtTime(reader, head, track.nowMs + 1)).toEqual({ position: HEAD, recordedAt: track.nowMs });
    expect(momentAtTime(reader, head, STARTED_AT - 1)).toEqual({ position: 0, recordedAt: null });
  });

  it('has the time of its event, be it a pulse', () => {
    expect(momentOf(reader, 'live', 13)).toEqual({ position: 13, recordedAt: STARTED_AT + 5_000 });
  });
});

it('a closed track is summed up without peers', () => {
  const closed = new RecordedTrack('closed').join('a').later(10).leave('a').later(10).close();
  const closedReader = new MemoryLogReader(closed);
  const [head] = closedReader.heads();
  expect(trackSummary(closedReader, head!)).toEqual({
    track: 'closed',
    open: false,
    position: 5,
    peer_count: 0,
    root_count: 0,
    waiting_count: 0,
    settings: null,
    first_recorded_at: STARTED_AT,
    recorded_at: STARTED_AT + 20,
    hash: '',
  });
});

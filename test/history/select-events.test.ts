import { describe, expect, it } from '@jest/globals';
import { EVENT_TYPES, type EventType } from '../../src/domain/events.js';
import { eventSentence } from '../../src/history/event-clauses.js';
import { eventJson } from '../../src/history/event-json.js';
import { PeerNames } from '../../src/history/peer-names.js';
import { selectEvents } from '../../src/history/select-events.js';
import { eveningTrack } from '../support/evening-track.js';
import { MemoryLogReader } from '../support/memory-log-reader.js';
import { RecordedTrack, STARTED_AT } from '../support/recorded-track.js';

const track = eveningTrack('live');
const reader = new MemoryLogReader(track);
const names = new PeerNames(reader, 'live');

function positions(types: EventType[] | null, peers: number[] | null, afterPosition = 0, untilPosition = 24): number[] {
  const filter = { types: types === null ? null : new Set(types), peers: peers === null ? null : new Set(peers) };
  return [...selectEvents(reader, { track: 'live', afterPosition, untilPosition }, filter)].map(
    (event) => event.position,
  );
}

describe('a selection of events', () => {
  it('is everything between its two ends without a filter', () => {
    expect(positions(null, null, 11, 17)).toEqual([12, 13, 14, 15, 16, 17]);
  });

  it('of topology types has no pulses', () => {
    expect(positions(['PeerTimedOut', 'PeerWaiting'], null)).toEqual([19, 24]);
  });

  it('of pulse types keeps to its range, though runs come whole', () => {
    expect(positions(['HeartbeatReceived'], null, 12, 17)).toEqual([13, 14, 16, 17]);
    expect(positions(['HeartbeatReceived', 'ForwardReported'], [6])).toEqual([15, 17]);
  });

  it('of mixed types keeps the order of positions', () => {
    expect(positions(['PeerJoined', 'ForwardReported'], null)).toEqual([2, 4, 6, 8, 15, 21, 23]);
  });

  it('of a peer has the events that name it as parent or former parent', () => {
    expect(positions(null, [4])).toEqual([4, 5, 9, 11, 19, 20]);
  });
});

describe('the JSON of an event', () => {
  const json = (position: number): object => eventJson('live', track.events[position - 1]!, names);

  it('names peers by number and by peer_id, and a decision by its cause', () => {
    expect(json(20)).toEqual({
      track: 'live',
      position: 20,
      type: 'ParentAssigned',
      version: 1,
      recorded_at: STARTED_AT + 12_120,
      caused_by: 19,
      peer: 8,
      peer_id: 'viewer-4',
      parent: 2,
      parent_id: 'relay-1',
      former_parent: 4,
      former_parent_id: 'relay-2',
      depth: 1,
      cause: 'orphaned',
    });
  });

  it('names the origin 0 without a name, and no parent null', () => {
    expect(json(3)).toMatchObject({ parent: 0, parent_id: null, former_parent: null, former_parent_id: null });
  });

  it('has no caused_by for a fact, and never the hash of a token', () => {
    expect(json(2)).toEqual({
      track: 'live',
      position: 2,
      type: 'PeerJoined',
      version: 1,
      recorded_at: STARTED_AT,
      peer: 2,
      peer_id: 'relay-1',
      capacity: 2,
    });
  });

  it('has the settings of a track in snake_case', () => {
    expect(json(1)).toMatchObject({
      settings: {
        policy: 'shallowest',
        policy_version: 1,
        root_peer_count: 1,
        max_children: 2,
        max_depth: 3,
        heartbeat_timeout_ms: 10_000,
      },
    });
  });

  it('has the counters of a report', () => {
    expect(json(15)).toMatchObject({ peer: 6, peer_id: 'relay-3', forwarded_frames: 1_204, received_frames: 1_300 });
  });
});

it('every type of event has a sentence that names its peer', () => {
  const all = new RecordedTrack('all', { policy: 'resilient', rootPeerCount: 1, maxChildren: 1 })
    .join('a', 1)
    .join('b')
    .join('c', 0)
    .claim('a', null)
    .disconnect('b')
    .join('b')
    .beat('a')
    .report('a', 5)
    .recover('stall', 700)
    .claim('b', 0)
    .expire('b', 20_000)
    .kick('c')
    .leave('a')
    .close();
  all.join('d', 1).join('e', 1);
  const [d, e] = [all.number('d'), all.number('e')];
  all
    .later(300_000)
    .command({ type: 'Tenure', peer: d })
    .command({ type: 'ReportStall', peer: e, parent: d, silentMs: 2_000 })
    .command({ type: 'FollowPlan', peer: e, lostParent: d, connectedTo: 0 })
    .command({ type: 'Suspect', peer: d, complaints: 1 })
    .command({ type: 'Clear', peer: d })
    .command({ type: 'Revoke', peer: e, complaints: 1, windowMs: 5_000 })
    .command({ type: 'Restore', peer: e })
    .command({ type: 'Configure', change: { maxChildren: 2 } })
    .command({ type: 'RecordRetention', throughPosition: 3, chainHash: '0'.repeat(64), stateHash: '1'.repeat(64) })
    .command({ type: 'Forget', peer: e });
  expect(new Set(all.events.map((event) => event.type))).toEqual(new Set(EVENT_TYPES));
  const naming = new PeerNames(new MemoryLogReader(all), 'all');
  for (const event of all.events) {
    const sentence = eventSentence(event, naming);
    expect(sentence).toMatch('peer' in event ? new RegExp(`^${String(naming.peerId(event.peer))} \\w`) : /\w/);
  }
});

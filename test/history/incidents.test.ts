import { describe, expect, it } from '@jest/globals';
import { type IncidentsJson, incidentsOf } from '../../src/history/incidents.js';
import type { IncidentThresholds } from '../../src/history/incidents/thresholds.js';
import { momentOf } from '../../src/history/moment.js';
import { eveningTrack } from '../support/evening-track.js';
import { MemoryLogReader } from '../support/memory-log-reader.js';
import { RecordedTrack, STARTED_AT } from '../support/recorded-track.js';

function incidents(track: RecordedTrack, thresholds: Partial<IncidentThresholds> = {}, from = 0): IncidentsJson {
  const reader = new MemoryLogReader(track);
  const head = reader.head(track.name)!;
  return incidentsOf(reader, track.name, { from: momentOf(reader, track.name, from), to: head }, thresholds);
}

const kinds = (track: RecordedTrack, thresholds: Partial<IncidentThresholds> = {}): string[] =>
  incidents(track, thresholds).incidents.map(({ kind }) => kind);

/** Four roots with three relays each, and three viewers below every relay: 52 peers. */
function audience(): RecordedTrack {
  const track = new RecordedTrack('live', { policy: 'resilient', policyVersion: 1, rootPeerCount: 4 });
  for (let peer = 1; peer <= 52; peer += 1) track.later(100).join(`peer-${peer}`, 3);
  return track.later(60_000);
}

const suspect = (track: RecordedTrack, name: string): RecordedTrack =>
  track.command({ type: 'Suspect', peer: track.number(name), complaints: 2 });

describe('a mass failure', () => {
  it('is relays that time out together and take a large part of the audience along', () => {
    const track = audience();
    for (const root of ['peer-1', 'peer-2', 'peer-3']) track.later(400).expire(root, 10_200);
    const { incident_count, incidents: found } = incidents(track);
    expect(incident_count).toBe(1);
    expect(found[0]).toMatchObject({
      kind: 'mass_failure',
      started_at: STARTED_AT + 52 * 100 + 60_000 + 400 - 10_200,
      relays: 3,
      timed_out: 3,
      suspected: 0,
      audience: 52,
      silent_ms_max: 10_200,
      follows: null,
      peers: [{ peer_id: 'peer-1' }, { peer_id: 'peer-2' }, { peer_id: 'peer-3' }],
    });
    expect(found[0]!['interrupted']).toBeGreaterThan(20);
    expect(found[0]!.text).toMatch(
      /^3 peers timed out at once, 3 relays among them \(peer-1, peer-2, peer-3\); \d+ more of 52 peers lost their feed; silent for up to 10.2 s$/,
    );
    expect(found[0]!.last_position).toBe(track.events.length);
  });

  it('begins with the suspicion, and is told once when the suspects time out later', () => {
    const track = audience();
    for (const root of ['peer-1', 'peer-2', 'peer-3']) suspect(track, root);
    track.later(8_000);
    for (const root of ['peer-1', 'peer-2', 'peer-3']) track.expire(root, 10_000);
    expect(incidents(track).incidents).toMatchObject([{ kind: 'mass_failure', timed_out: 3, suspected: 0, relays: 3 }]);
  });

  it('is none when the suspects answer', () => {
    const track = audience();
    for (const root of ['peer-1', 'peer-2', 'peer-3']) suspect(track, root);
    track.later(500);
    for (const root of ['peer-1', 'peer-2', 'peer-3']) track.command({ type: 'Clear', peer: track.number(root) });
    expect(kinds(track)).toEqual([]);
  });

  it('is none when few fail, when they fail far apart, or when they say goodbye', () => {
    const few = audience();
    few.expire('peer-52', 10_000).expire('peer-51', 10_000);
    expect(kinds(few)).toEqual([]);
    const apart = audience();
    for (let peer = 52; peer > 40; peer -= 1) apart.later(10_001).expire(`peer-${peer}`, 10_000);
    expect(kinds(apart)).toEqual([]);
    const goodbyes = audience();
    for (const root of ['peer-1', 'peer-2', 'peer-3']) goodbyes.leave(root);
    expect(kinds(goodbyes)).toEqual([]);
  });

  it('names the time the service was away that it follows', () => {
    const track = audience().recover('restart', 4_000);
    const recovered = track.events.length;
    track.later(20_000);
    for (let peer = 40; peer > 20; peer -= 1) track.expire(`peer-${peer}`, 20_000);
    expect(incidents(track).incidents).toMatchObject([
      { kind: 'service_gap' },
      { kind: 'mass_failure', follows: recovered },
    ]);
  });

  it('ends where failures become rare again', () => {
    const track = audience();
    for (let peer = 52; peer > 40; peer -= 1) track.later(100).expire(`peer-${peer}`, 10_000);
    const end = track.nowMs;
    track.later(60_000).expire('peer-40', 10_000);
    expect(incidents(track).incidents).toMatchObject([{ timed_out: 12, ended_at: end }]);
  });
});

it('a free-rider is told with the children it starved, and all that was decided because of it', () => {
  const track = audience();
  track.command({ type: 'Revoke', peer: track.number('peer-1'), complaints: 3, windowMs: 5_000 });
  const { incidents: found } = incidents(track);
  expect(found).toMatchObject([
    {
      kind: 'free_rider',
      complaints: 3,
      window_ms: 5_000,
      peers: [{ peer_id: 'peer-1' }],
      last_position: track.events.length,
      text: 'peer-1 forwarded nothing for 5.0 s while it was fed: 3 children got nothing, and it lost its slots',
    },
  ]);
});

it('a time the service was away is told from its length on', () => {
  const track = audience().recover('stall', 2_500);
  expect(incidents(track).incidents).toMatchObject([
    {
      kind: 'service_gap',
      reason: 'stall',
      gap_ms: 2_500,
      started_at: track.nowMs - 2_500,
      ended_at: track.nowMs,
      text: 'the service could hear nobody for 2.5 s (stall), with 52 peers in the track',
    },
  ]);
  expect(kinds(track, { gapMsMin: 2_501 })).toEqual([]);
});

describe('a long wait', () => {
  const crowded = (): RecordedTrack => {
    const track = new RecordedTrack('live', { rootPeerCount: 2 });
    for (let peer = 1; peer <= 14; peer += 1) track.join(`peer-${peer}`, 0);
    return track;
  };

  it('is told when enough peers find no slot for long enough', () => {
    const track = crowded().later(30_000).leave('peer-14');
    expect(incidents(track).incidents).toMatchObject([
      { kind: 'long_wait', waiting_max: 12, audience: 14, started_at: STARTED_AT, ended_at: STARTED_AT + 30_000 },
    ]);
  });

  it('is none when it is short, or when few wait', () => {
    expect(kinds(crowded().later(29_999).leave('peer-14'))).toEqual([]);
    expect(kinds(crowded().later(60_000).leave('peer-14'), { waitingPeersMin: 13 })).toEqual([]);
  });

  it('does not count those whom a departure unplaces for the moment of its decisions', () => {
    const track = audience().leave('peer-1').later(60_000).leave('peer-2');
    expect(kinds(track, { waitingPeersMin: 1, waitingPercentageMin: 0 })).toEqual([]);
  });
});

describe('a flash crowd', () => {
  it('comes on top of an audience', () => {
    const track = audience();
    const begun = track.nowMs;
    for (let peer = 1; peer <= 40; peer += 1) track.later(50).join(`more-${peer}`, 3);
    expect(incidents(track, { crowdJoinsMin: 30 }).incidents).toMatchObject([
      { kind: 'flash_crowd', joins: 40, audience_before: 52, started_at: begun + 50, ended_at: track.nowMs },
    ]);
  });

  it('is not the beginning of a stream', () => {
    const track = new RecordedTrack('live', { rootPeerCount: 30 });
    for (let peer = 1; peer <= 300; peer += 1) track.join(`peer-${peer}`, 3);
    expect(kinds(track)).toEqual([]);
  });
});

describe('a flapping peer', () => {
  it('comes back again and again within a minute, resumed or joined anew', () => {
    const track = audience();
    for (let time = 0; time < 3; time += 1) track.later(5_000).disconnect('peer-9').later(100).join('peer-9');
    for (let time = 0; time < 3; time += 1) track.later(5_000).leave('peer-9').later(100).join('peer-9', 3);
    expect(incidents(track).incidents).toMatchObject([{ kind: 'flapping_peer', returns: 6 }]);
  });

  it('is none when it takes its time', () => {
    const track = audience();
    for (let time = 0; time < 10; time += 1) track.later(20_000).disconnect('peer-9').later(100).join('peer-9');
    expect(kinds(track)).toEqual([]);
  });
});

describe('the incidents of a range', () => {
  it('are none in an ordinary evening', () => {
    expect(incidents(eveningTrack())).toMatchObject({
      track: 'live/evening',
      from: { position: 0, recorded_at: null },
      to: { position: 24 },
      thresholds: { window_ms: 10_000, failed_peers_min: 10 },
      incident_count: 0,
      incidents: [],
    });
  });

  it('stand in the order of the log, and only those of the range', () => {
    const track = audience().recover('storage', 9_000);
    track.command({ type: 'Revoke', peer: track.number('peer-1'), complaints: 3, windowMs: 5_000 });
    const middle = track.events.length;
    track.later(1_000).recover('restart', 1_000);
    expect(kinds(track)).toEqual(['service_gap', 'free_rider', 'service_gap']);
    expect(incidents(track, {}, middle).incidents).toMatchObject([{ kind: 'service_gap', reason: 'restart' }]);
  });

  it('end with a code when they would cost more than they may', () => {
    const track = audience();
    const reader = new MemoryLogReader(track);
    const range = { from: momentOf(reader, 'live', 0), to: reader.head('live')! };
    expect(() => incidentsOf(reader, 'live', range, {}, { eventsMax: 50 })).toThrow(
      expect.objectContaining({ code: 'query_too_costly' }),
    );
  });
});

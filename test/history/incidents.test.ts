import { describe, expect, it } from '@jest/globals';
import { type IncidentsJson, incidentsOf } from '../../src/history/incidents.js';
import type { IncidentThresholds } from '../../src/history/incidents/thresholds.js';
import { metered, ReadMeter } from '../../src/history/metered-reader.js';
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
function audience(peers = 52): RecordedTrack {
  const track = new RecordedTrack('live', { policy: 'resilient', policyVersion: 1, rootPeerCount: 4 });
  for (let peer = 1; peer <= peers; peer += 1) track.later(100).join(`peer-${peer}`, 3);
  return track.later(60_000);
}

/** A root and nobody else under the origin, with all of the audience below it. */
function narrow(peers: number): RecordedTrack {
  const track = new RecordedTrack('live', { rootPeerCount: 1, maxChildren: 3 });
  for (let peer = 1; peer <= peers; peer += 1) track.later(100).join(`peer-${peer}`, 3);
  return track.later(60_000);
}

const suspect = (track: RecordedTrack, name: string): RecordedTrack =>
  track.command({ type: 'Suspect', peer: track.number(name), complaints: 2 });
const ROOTS = ['peer-1', 'peer-2', 'peer-3'];

describe('departures', () => {
  it('are relays that time out together and take a large part of the audience along', () => {
    const track = audience();
    const begun = track.events.length;
    for (const root of ROOTS) track.later(400).expire(root, 10_200);
    const { incident_count, incidents: found } = incidents(track);
    expect(incident_count).toBe(1);
    expect(found[0]).toMatchObject({
      kind: 'departures',
      rules: ['departures', 'interruption'],
      first_position: begun + 1,
      last_position: track.events.length,
      started_at: STARTED_AT + 52 * 100 + 60_000 + 400 - 10_200,
      departed: 3,
      goodbyes: 0,
      relays: 3,
      timed_out: 3,
      suspected: 0,
      audience: 52,
      silent_ms_max: 10_200,
      follows: null,
      peers: [{ peer_id: 'peer-1' }, { peer_id: 'peer-2' }, { peer_id: 'peer-3' }],
      cause_count: 3,
      consequences: [],
      replay: `meshledger replay --track live --from ${begun} --to ${track.events.length}`,
    });
    expect(found[0]!['interrupted']).toBeGreaterThan(20);
    expect(found[0]!.size).toBe(3 + Number(found[0]!['interrupted']));
    expect(found[0]!.hit).toHaveLength(Number(found[0]!['interrupted']));
    expect(found[0]!.text).toMatch(
      /^3 peers timed out at once, 3 relays among them \(peer-1, peer-2, peer-3\); \d+ more of 52 peers lost their feed; silent for up to 10.2 s$/,
    );
  });

  it('have a chain of causes: each fact with all that was decided because of it', () => {
    const track = audience();
    for (const root of ROOTS) track.later(400).expire(root, 10_200);
    const [found] = incidents(track).incidents;
    expect(found!.cause_chain.map(({ text }) => text)).toEqual(
      ROOTS.map((root) => `${root} timed out after 10.2 s of silence`),
    );
    for (const { position, decision_count, decisions } of found!.cause_chain) {
      const decided = track.events.filter((event) => 'causedBy' in event && event.causedBy === position);
      expect(decided.length).toBeGreaterThan(0);
      expect(decision_count).toBe(decided.length);
      expect(decisions.map((decision) => decision.position)).toEqual(
        decided.slice(0, 5).map((event) => event.position),
      );
      expect(decisions[0]!.text).toMatch(/moved from peer-\d to .*, because of \d+$/);
    }
  });

  it('count goodbyes too, and say how many they were', () => {
    const track = audience();
    track.leave('peer-50').later(3_000).leave('peer-51').later(3_000).expire('peer-52', 10_000);
    expect(incidents(track).incidents).toMatchObject([
      { kind: 'departures', rules: ['departures'], departed: 3, goodbyes: 2, timed_out: 1, interrupted: 0, size: 3 },
    ]);
  });

  it('are a share of the audience, but never fewer than the floor', () => {
    const small = audience(12).leave('peer-12').leave('peer-11');
    expect(kinds(small)).toEqual([]);
    expect(kinds(small, { departedShareFloor: 2 })).toEqual(['departures']);
    const large = audience(70).leave('peer-70').leave('peer-69').leave('peer-68');
    expect(kinds(large)).toEqual([]);
    expect(kinds(large, { departedPercentageMin: 4 })).toEqual(['departures']);
  });

  it('are told from so many on whatever their share is', () => {
    const track = audience(500);
    for (let peer = 500; peer > 481; peer -= 1) track.leave(`peer-${peer}`);
    expect(kinds(track)).toEqual([]);
    track.leave('peer-481');
    expect(incidents(track).incidents).toMatchObject([{ kind: 'departures', departed: 20, audience: 500 }]);
  });

  it('are none when they happen far apart', () => {
    const track = audience();
    for (let peer = 52; peer > 40; peer -= 1) track.later(5_001).leave(`peer-${peer}`);
    expect(kinds(track)).toEqual([]);
  });

  it('are none when a peer is replaced by its own next join', () => {
    const track = audience();
    for (const name of ['peer-50', 'peer-51', 'peer-52']) track.join(name, 3, true);
    expect(kinds(track)).toEqual([]);
  });

  it('begin with the suspicion, and are told once when the suspects time out long after', () => {
    const track = audience();
    for (const root of ROOTS) suspect(track, root);
    track.later(18_000);
    for (const root of ROOTS) track.expire(root, 20_000);
    const { incidents: found } = incidents(track);
    expect(found).toMatchObject([{ kind: 'departures', timed_out: 3, suspected: 0, relays: 3, cause_count: 6 }]);
  });

  it('name the time the service was away that they follow', () => {
    const track = audience().recover('restart', 4_000);
    const recovered = track.events.length;
    track.later(20_000);
    for (let peer = 40; peer > 20; peer -= 1) track.expire(`peer-${peer}`, 20_000);
    expect(incidents(track).incidents).toMatchObject([
      { kind: 'service_gap' },
      { kind: 'departures', follows: recovered },
    ]);
  });

  it('end where they become rare again, and a later burst is another incident', () => {
    const track = audience();
    for (let peer = 52; peer > 40; peer -= 1) track.later(100).expire(`peer-${peer}`, 10_000);
    const end = track.nowMs;
    track.later(60_000);
    for (let peer = 40; peer > 35; peer -= 1) track.expire(`peer-${peer}`, 10_000);
    expect(incidents(track).incidents).toMatchObject([{ timed_out: 12, ended_at: end }, { timed_out: 5 }]);
  });
});

describe('an interruption', () => {
  it('is one relay that goes with enough peers below it', () => {
    const track = narrow(30).leave('peer-1');
    expect(incidents(track).incidents).toMatchObject([
      { kind: 'interruption', goodbyes: 1, interrupted: 29, size: 30, peers: [{ peer_id: 'peer-1' }] },
    ]);
    expect(kinds(track, { interruptedPeersMin: 30 })).toEqual([]);
  });

  it('is a suspicion of such a relay too, even when it answers', () => {
    const track = suspect(narrow(30), 'peer-1').later(500);
    track.command({ type: 'Clear', peer: track.number('peer-1') });
    expect(incidents(track, { offloadPointsMin: 100 }).incidents).toMatchObject([
      { kind: 'interruption', departed: 0, suspected: 0, interrupted: 29 },
    ]);
  });

  it('is none when the same number is spread over time', () => {
    const track = audience(52);
    track.leave('peer-1').later(1_001).leave('peer-2');
    expect(kinds(track)).toEqual([]);
  });
});

it('a failed forwarder is told with the children it starved, and all that was decided because of it', () => {
  const track = audience();
  suspect(track, 'peer-1')
    .later(300)
    .command({ type: 'Clear', peer: track.number('peer-1') });
  track.later(5_000).command({ type: 'Revoke', peer: track.number('peer-1'), complaints: 3, windowMs: 5_000 });
  const { incidents: found } = incidents(track);
  expect(found).toMatchObject([
    {
      kind: 'forwarding_failed',
      complaints: 3,
      window_ms: 5_000,
      peers: [{ peer_id: 'peer-1' }],
      last_position: track.events.length,
      text: 'peer-1 forwarded nothing for 5.0 s while it was fed: 3 children got nothing, and it lost its slots',
    },
  ]);
  expect(found[0]!.cause_chain.map(({ text }) => text.replace(/:.*/, ''))).toEqual([
    'peer-1 was suspected',
    'peer-1 answered a probe and was cleared',
    'peer-1 forwarded nothing while it was fed itself',
  ]);
});

it('a time the service was away is told from its length on, and hits everybody', () => {
  const track = audience().recover('stall', 2_500);
  expect(incidents(track).incidents).toMatchObject([
    {
      kind: 'service_gap',
      reason: 'stall',
      gap_ms: 2_500,
      started_at: track.nowMs - 2_500,
      ended_at: track.nowMs,
      size: 52,
      text: 'the service could hear nobody for 2.5 s (stall), with 52 peers in the track',
    },
  ]);
  expect(incidents(track).incidents[0]!.hit).toHaveLength(52);
  expect(kinds(track, { gapMsMin: 2_501 })).toEqual([]);
});

describe('a long wait', () => {
  const crowded = (): RecordedTrack => {
    const track = new RecordedTrack('live', { rootPeerCount: 2 });
    for (let peer = 1; peer <= 14; peer += 1) track.join(`peer-${peer}`, 0);
    return track;
  };

  it('is one peer that waits for longer than it should', () => {
    const track = new RecordedTrack('live', { rootPeerCount: 1 }).join('root', 0).join('waits', 0);
    const joined = track.number('waits');
    track.later(10_001).leave('waits');
    expect(incidents(track).incidents).toMatchObject([
      {
        kind: 'long_wait',
        peers: [{ peer_id: 'waits' }],
        waiting_max: 1,
        waited_ms_max: 10_001,
        audience: 2,
        started_at: STARTED_AT,
        first_position: joined,
        cause_chain: [{ position: joined, text: 'waits joined with a capacity of 0', decision_count: 1 }],
      },
    ]);
  });

  it('has everybody who waits at that time', () => {
    const track = crowded().later(30_000).leave('peer-14');
    expect(incidents(track).incidents).toMatchObject([
      { kind: 'long_wait', waiting_max: 12, size: 12, audience: 14, started_at: STARTED_AT, waited_ms_max: 30_000 },
    ]);
  });

  it('is none when it is no longer than it may be, or when few wait', () => {
    expect(kinds(crowded().later(10_000).leave('peer-14'))).toEqual([]);
    expect(kinds(crowded().later(60_000).leave('peer-14'), { waitingPeersMin: 13 })).toEqual([]);
  });

  it('is none when many wait for a short time, one after the other', () => {
    const track = new RecordedTrack('live', { rootPeerCount: 1 }).join('root', 0);
    for (let peer = 1; peer <= 20; peer += 1) track.join(`peer-${peer}`, 0).later(5_000).leave(`peer-${peer}`);
    expect(kinds(track)).not.toContain('long_wait');
  });

  it('does not count those whom a departure unplaces for the moment of its decisions', () => {
    const track = audience().leave('peer-1').later(60_000).leave('peer-2');
    expect(kinds(track)).toEqual([]);
  });

  it('that followed from departures is told with them', () => {
    const track = new RecordedTrack('live', { rootPeerCount: 3, maxChildren: 2, maxDepth: 1 });
    for (let peer = 1; peer <= 9; peer += 1) track.later(100).join(`peer-${peer}`, peer <= 3 ? 2 : 0);
    track.later(60_000);
    for (const root of ROOTS) track.expire(root, 10_000);
    track.later(20_000).leave('peer-9');
    expect(incidents(track).incidents).toMatchObject([
      { kind: 'departures', interrupted: 6, consequences: [{ kind: 'long_wait', waited_ms_max: 20_000 }] },
    ]);
  });
});

describe('a fall of the offload', () => {
  /** One relay that feeds 20 viewers; when it shrinks they wait. */
  const fed = (viewers: number): RecordedTrack => {
    const track = new RecordedTrack('live', { rootPeerCount: 1, maxChildren: 40 }).join('relay', 40);
    for (let viewer = 1; viewer <= viewers; viewer += 1) track.later(100).join(`viewer-${viewer}`, 0);
    return track.later(120_000);
  };
  const only = { waitingMs: 1_000_000, interruptedPeersMin: 1_000 };

  it('is told with what led to it', () => {
    const track = fed(30);
    const claimed = track.events.length + 1;
    track.claim('relay', 25).later(1_000).join('late', 0);
    expect(incidents(track, only).incidents).toMatchObject([
      {
        kind: 'offload_drop',
        offload_percentage_before: 96.8,
        offload_percentage_after: 78.1,
        audience: 31,
        first_position: claimed,
        cause_chain: [{ position: claimed, text: 'relay claimed a capacity of 25' }, {}],
      },
    ]);
    expect(kinds(track, { ...only, offloadPointsMin: 19 })).toEqual([]);
  });

  it('is none when it takes its time, or in a small audience', () => {
    const slow = fed(30);
    for (let capacity = 29; capacity > 20; capacity -= 1) slow.claim('relay', capacity).later(70_000);
    expect(kinds(slow, only)).toEqual([]);
    expect(kinds(fed(18).claim('relay', 10).later(1_000), only)).toEqual([]);
  });

  it('counts from the figure that lasted until then, however long ago it was reached', () => {
    const track = fed(30).later(3_600_000).claim('relay', 20);
    expect(kinds(track, only)).toEqual(['offload_drop']);
  });

  it('and a long wait that have one cause are one incident', () => {
    const track = fed(30).claim('relay', 20).later(20_000).leave('viewer-1');
    expect(incidents(track).incidents).toMatchObject([{ kind: 'long_wait', consequences: [{ kind: 'offload_drop' }] }]);
  });
});

describe('a restless peer', () => {
  const reassign = (track: RecordedTrack, times: number, pauseMs: number): RecordedTrack => {
    for (let time = 0; time < times; time += 1) {
      const parent = track.tree.peerNamed('moves')?.parent?.identity?.peerId;
      track.later(pauseMs).leave(parent!);
    }
    return track;
  };
  /** A chain, at whose end one moves up whenever its parent goes. */
  const tree = (): RecordedTrack => {
    const track = new RecordedTrack('live', { rootPeerCount: 1, maxChildren: 1, maxDepth: 20 });
    for (let peer = 1; peer <= 12; peer += 1) track.join(`peer-${peer}`, 1);
    return track.join('moves', 0);
  };
  const only = { departedPeersMin: 1_000, departedPercentageMin: 100, offloadPointsMin: 100 };

  it('is given another parent again and again within a minute', () => {
    const track = tree();
    const first = track.number('moves');
    reassign(track, 5, 12_000);
    const { incidents: found } = incidents(track, only);
    expect(found).toMatchObject([
      { kind: 'restless_peer', peers: [{ peer: first, peer_id: 'moves' }], reassignments_max: 5, cause_count: 5 },
    ]);
    expect(found[0]!.cause_chain[0]).toMatchObject({
      text: expect.stringMatching(/^peer-\d+ left$/),
      decision_count: 1,
    });
  });

  it('is none when it takes its time, or is moved along with its parent', () => {
    expect(kinds(reassign(tree(), 8, 15_001), only)).toEqual([]);
    expect(kinds(reassign(tree(), 4, 1_000), only)).toEqual([]);
    const carried = tree();
    for (let peer = 2; peer < 10; peer += 1) carried.later(1_000).leave(`peer-${peer}`);
    const restless = incidents(carried, only).incidents.flatMap(({ peers }) => peers.map(({ peer_id }) => peer_id));
    expect(restless).not.toContain('moves');
  });
});

describe('the incidents of a range', () => {
  it('are none in an ordinary evening', () => {
    expect(incidents(eveningTrack())).toMatchObject({
      track: 'live/evening',
      from: { position: 0, recorded_at: null },
      to: { position: 24 },
      thresholds: { window_ms: 10_000, departed_peers_min: 20, departed_percentage_min: 5 },
      incident_count: 0,
      incidents: [],
    });
  });

  it('stand in the order of the log, and only those of the range', () => {
    const track = audience().recover('storage', 9_000);
    track.command({ type: 'Revoke', peer: track.number('peer-1'), complaints: 3, windowMs: 5_000 });
    const middle = track.events.length;
    track.later(1_000).recover('restart', 1_000);
    expect(kinds(track)).toEqual(['service_gap', 'forwarding_failed', 'service_gap']);
    expect(incidents(track, {}, middle).incidents).toMatchObject([{ kind: 'service_gap', reason: 'restart' }]);
  });

  it('end with a code when they would cost more than they may', () => {
    const track = audience();
    const reader = metered(new MemoryLogReader(track), new ReadMeter(50));
    const range = { from: momentOf(reader, 'live', 0), to: reader.head('live')! };
    expect(() => incidentsOf(reader, 'live', range)).toThrow(expect.objectContaining({ code: 'query_too_costly' }));
  });
});

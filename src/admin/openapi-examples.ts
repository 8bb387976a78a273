/** One answer for each route, as an audience of one gives it: ana joins live/demo and is a root. */

const AT = 1_769_890_440_000;
const HASH = '3f1a6c0e5b2d49788a91c4de07b35f6290e1d2c3b4a5968778695a4b3c2d1e0f';
const EMPTY_HASH = '9c41ab07d2e85f6310ba4c9d8e7f60512233445566778899aabbccddeeff0011';
const PEER_FIELDS = {
  peer_id: 'ana',
  role: 'Root',
  parent_id: null,
  depth: 0,
  children: [],
  capacity: 3,
  effective_capacity: 3,
  joined_at: AT,
};
const OPENED = {
  track: 'live/demo',
  position: 1,
  type: 'TrackOpened',
  version: 1,
  recorded_at: AT,
  settings: {
    policy: 'resilient',
    policy_version: 1,
    root_peer_count: 30,
    max_children: 3,
    max_depth: 6,
    heartbeat_timeout_ms: 10_000,
  },
};
const JOINED = {
  track: 'live/demo',
  position: 2,
  type: 'PeerJoined',
  version: 1,
  recorded_at: AT,
  peer: 2,
  peer_id: 'ana',
  capacity: 3,
};
const ASSIGNED = {
  track: 'live/demo',
  position: 3,
  type: 'ParentAssigned',
  version: 1,
  recorded_at: AT,
  caused_by: 2,
  peer: 2,
  peer_id: 'ana',
  parent: 0,
  parent_id: null,
  former_parent: null,
  former_parent_id: null,
  depth: 0,
  cause: 'joined',
};

export const MESH = {
  enabled: true,
  peer_count: 1,
  offload_percentage: 0,
  peers: [
    {
      peer_id: 'ana',
      role: 'Root',
      parent: null,
      depth: 0,
      intended_children: 0,
      forwarded_frames: 0,
      capacity: 3,
    },
  ],
};

export const TRACKS = {
  next_after: null,
  tracks: [
    {
      track: 'live/demo',
      open: true,
      position: 3,
      recorded_at: AT,
      peer_count: 1,
      root_count: 1,
      waiting_count: 0,
      settings: OPENED.settings,
    },
  ],
};

export const TREE = {
  track: 'live/demo',
  position: 3,
  recorded_at: AT,
  state_hash: HASH,
  peer_count: 1,
  root_count: 1,
  waiting_count: 0,
  offload_percentage: 0,
  max_depth_seen: 0,
  peers: [PEER_FIELDS],
};

export const PEER = { track: 'live/demo', position: 3, recorded_at: AT, peer: 2, ...PEER_FIELDS };

export const EVENTS = { events: [OPENED, JOINED, ASSIGNED], next_after: null };

export const DIFF = {
  track: 'live/demo',
  from: { position: 0, recorded_at: null, state_hash: EMPTY_HASH, peer_count: 0 },
  to: { position: 3, recorded_at: AT, state_hash: HASH, peer_count: 1 },
  joined_count: 1,
  left_count: 0,
  moved_count: 0,
  passed_through_count: 0,
  joined: [
    {
      peer: 2,
      peer_id: 'ana',
      joined_at: AT,
      returned: false,
      to: { role: 'Root', parent: 0, parent_id: null, depth: 0 },
    },
  ],
  left: [],
  moved: [],
  capacity_changed_count: 0,
  capacity_changed: [],
  offload_percentage: { from: 0, to: 0, change: 0 },
  max_depth_seen: { from: 0, to: 0, change: 0 },
};

export const INCIDENTS = {
  track: 'live/demo',
  from: { position: 0, recorded_at: null },
  to: { position: 3, recorded_at: AT },
  thresholds: { window_ms: 10_000, departed_peers_min: 20, departed_percentage_min: 5 },
  incident_count: 1,
  incidents: [
    {
      kind: 'service_gap',
      rules: ['service_gap'],
      first_position: 3,
      last_position: 3,
      started_at: AT - 2_000,
      ended_at: AT,
      text: 'the service could hear nobody for 2.0 s (restart), with 1 peer in the track',
      size: 1,
      peers: [],
      hit: [{ peer: 2, peer_id: 'ana' }],
      reason: 'restart',
      gap_ms: 2_000,
      audience: 1,
      cause_chain: [
        {
          position: 3,
          recorded_at: AT,
          text: 'restart: no peer could be heard for 2.0 s',
          decision_count: 0,
          decisions: [],
        },
      ],
      cause_count: 1,
      consequences: [],
      replay: 'meshledger replay --track live/demo --from 2 --to 3',
    },
  ],
};

export const TIMELINE = {
  track: 'live/demo',
  peer_id: 'ana',
  peers: [2],
  position: 3,
  entries: [
    { kind: 'event', ...JOINED, text: 'joined' },
    { kind: 'event', ...ASSIGNED, text: 'became a root, fed by the origin' },
  ],
  session_count: 1,
  sessions: [{ peer: 2, position: 2, from: AT, until: null, end: null }],
  interruption_count: 0,
  without_feed_ms: 0,
  interruptions: [],
  pulses: { heartbeats: 0, forward_reports: 0, silence_count: 0, longest_silence_ms: 0 },
};

export const STREAM = `retry: 1000
id: 0

id: 1.1.e070b36dc58e
data: ${JSON.stringify(OPENED)}

: keep-alive
id: 1.3.e070b36dc58e

`;

export const EXPLANATION = {
  track: 'live/demo',
  position: 3,
  kind: 'decision',
  event: ASSIGNED,
  told: 'ana became a root, fed by the origin, because of 2',
  policy: { name: 'resilient', version: 1 },
  triggered_by: { ...JOINED, told: 'ana joined with a capacity of 3' },
  decisions: [
    {
      position: 3,
      event: ASSIGNED,
      told: 'ana became a root, fed by the origin, because of 2',
      rule: 'root_slot',
      because: 'the origin has a free root slot, and root slots come first: it feeds ana',
      winner: { peer: 0, peer_id: null },
      candidates: [
        { class: 'free_root_slots', count: 30, eligible: true },
        { class: 'not_placed', count: 1, eligible: false },
      ],
      runners_up: [],
      agrees: true,
    },
  ],
  decision_count: 1,
};

export const CONFIGURED = {
  ok: true,
  position: 43,
  settings: { ...OPENED.settings, max_children: 2 },
  is_moving: false,
};

export const COMMAND = { ok: true, position: 42 };

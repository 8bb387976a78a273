import * as z from 'zod';

/** What HTTP answers, one schema each. Times are epoch milliseconds; a peer_id is null once the person was forgotten. */

const position = z.int().min(0).meta({ description: 'place in the log of the track; 0 is before the first event' });
const time = z.int().meta({ description: 'epoch milliseconds' });
const peerName = z.string().nullable();
const count = z.int().min(0);
const role = z.enum(['Root', 'Relay', 'Leaf', 'Waiting']);
const stateHash = z.string().regex(/^[0-9a-f]{64}$/);

const peerFields = {
  peer_id: peerName,
  role,
  parent_id: peerName,
  depth: count.nullable().meta({ description: 'hops from the roots; null without a place' }),
  children: z.array(peerName),
  capacity: count.nullable().meta({ description: 'as claimed; null leaves it to the operator' }),
  effective_capacity: count,
  joined_at: time,
  forwarded_frames: count.optional().meta({ description: 'with liveness=true' }),
  last_heartbeat_at: time.nullable().optional().meta({ description: 'with liveness=true' }),
  overdue: z.boolean().optional().meta({ description: 'with liveness=true' }),
};

export const treeAnswer = z.strictObject({
  track: z.string(),
  position,
  recorded_at: time.nullable(),
  state_hash: stateHash,
  peer_count: count,
  root_count: count,
  waiting_count: count,
  offload_percentage: z.number().min(0).max(100),
  max_depth_seen: count,
  peers: z.array(z.strictObject(peerFields)),
});

export const peerAnswer = z.strictObject({
  track: z.string(),
  position,
  recorded_at: time.nullable(),
  peer: position.meta({ description: 'its number: the position of its join' }),
  ...peerFields,
});

const trackSettings = z
  .looseObject({ policy: z.string(), policy_version: count })
  .meta({ description: 'the rules now in force' });

export const tracksAnswer = z.strictObject({
  next_after: z.string().nullable().meta({ description: 'the `after` of the next page; null on the last' }),
  tracks: z.array(
    z.strictObject({
      track: z.string(),
      open: z.boolean(),
      position,
      recorded_at: time,
      peer_count: count,
      root_count: count,
      waiting_count: count,
      settings: trackSettings.nullable(),
    }),
  ),
});

export const eventAnswer = z
  .looseObject({
    track: z.string(),
    position,
    type: z.string(),
    version: z.int().min(1),
    recorded_at: time,
    caused_by: position.nullable().optional().meta({ description: 'of decisions: the fact that triggered it' }),
  })
  .meta({ description: 'docs/events.md lists the fields of each type' });

export const eventsAnswer = z.strictObject({
  events: z.array(eventAnswer),
  next_after: position.nullable().meta({ description: 'the `after` of the next page; null at the end of the log' }),
});

const diffMoment = z.strictObject({
  position,
  recorded_at: time.nullable(),
  state_hash: stateHash,
  peer_count: count,
});
const place = z.strictObject({
  role,
  parent: position.nullable().meta({ description: '0 is the origin; null waits' }),
  parent_id: peerName,
  depth: count.nullable(),
});
const diffPeer = { peer: position, peer_id: peerName };

const capacities = z.strictObject({ capacity: count.nullable(), effective_capacity: count });
const beforeAfter = z.strictObject({ from: z.number(), to: z.number(), change: z.number() });

export const diffAnswer = z.strictObject({
  track: z.string(),
  from: diffMoment,
  to: diffMoment,
  joined_count: count,
  left_count: count,
  moved_count: count,
  passed_through_count: count,
  joined: z.array(z.strictObject({ ...diffPeer, joined_at: time, returned: z.boolean(), to: place })),
  left: z.array(
    z.strictObject({
      ...diffPeer,
      position,
      left_at: time,
      cause: z.enum(['left', 'replaced', 'timed_out', 'kicked']),
      from: place,
    }),
  ),
  moved: z.array(
    z.strictObject({ ...diffPeer, from: place, to: place, decisions: count, cause: z.string().nullable() }),
  ),
  capacity_changed_count: count,
  capacity_changed: z.array(z.strictObject({ ...diffPeer, from: capacities, to: capacities })),
  offload_percentage: beforeAfter,
  max_depth_seen: beforeAfter,
});

const moment = z.strictObject({ position, recorded_at: time.nullable() });

const finding = {
  kind: z.string(),
  rules: z.array(z.string()).meta({ description: 'every rule it meets, its kind first' }),
  first_position: position,
  last_position: position,
  started_at: time,
  ended_at: time,
  text: z.string(),
  size: count.meta({ description: 'peers it is about or hit' }),
  peers: z.array(z.strictObject(diffPeer)).meta({ description: 'the first 100 it is about' }),
  hit: z.array(z.strictObject(diffPeer)).meta({ description: 'the first 100 it hit besides' }),
};
const cause = z.strictObject({
  position,
  recorded_at: time,
  text: z.string(),
  decision_count: count,
  decisions: z
    .array(z.strictObject({ position, text: z.string() }))
    .meta({ description: 'the first 5 that it led to' }),
});

export const incidentsAnswer = z.strictObject({
  track: z.string(),
  from: moment,
  to: moment,
  thresholds: z.record(z.string(), z.number()),
  incident_count: count,
  incidents: z.array(
    z.looseObject({
      ...finding,
      cause_chain: z.array(cause).meta({ description: 'the facts that led to it: the first 9 and the last' }),
      cause_count: count,
      consequences: z.array(z.looseObject(finding)).meta({ description: 'what else followed from the same facts' }),
      replay: z.string().meta({ description: 'the command that plays this part of the log again' }),
    }),
  ),
});

export const explanationAnswer = z.strictObject({
  track: z.string(),
  position,
  kind: z.enum(['decision', 'fact', 'pulse']),
  event: eventAnswer,
  told: z.string().meta({ description: 'the event as a sentence' }),
  policy: z.strictObject({ name: z.string(), version: count }).nullable(),
  triggered_by: z.looseObject({ position, type: z.string(), told: z.string() }).nullable(),
  decisions: z.array(
    z.looseObject({
      position,
      event: eventAnswer,
      told: z.string(),
      agrees: z.boolean(),
      rule: z.string().nullable(),
      because: z.string(),
      winner: z.strictObject(diffPeer).nullable(),
      candidates: z.array(z.strictObject({ class: z.string(), count, eligible: z.boolean() })),
      runners_up: z.array(z.strictObject({ ...diffPeer, lost: z.string(), because: z.string() })),
    }),
  ),
  decision_count: count,
});

export const timelineAnswer = z.strictObject({
  track: z.string(),
  peer_id: peerName,
  peers: z.array(position),
  position,
  entries: z.array(z.looseObject({ kind: z.enum(['event', 'pulses', 'pulse']) })),
  session_count: count,
  sessions: z.array(
    z.strictObject({ peer: position, position, from: time, until: time.nullable(), end: z.string().nullable() }),
  ),
  interruption_count: count,
  without_feed_ms: count,
  interruptions: z.array(z.looseObject({ cause: z.string(), peer: position, from: time, until: time.nullable() })),
  pulses: z.strictObject({
    heartbeats: count,
    forward_reports: count,
    silence_count: count,
    longest_silence_ms: count,
  }),
});

export const meshAnswer = z.strictObject({
  enabled: z.literal(true),
  peer_count: count,
  offload_percentage: z.number().min(0).max(100),
  peers: z.array(
    z.strictObject({
      peer_id: peerName,
      role: z.enum(['Root', 'Relay', 'Leaf']),
      parent: peerName,
      depth: count,
      intended_children: count,
      forwarded_frames: count,
      capacity: count.nullable(),
    }),
  ),
});

export const configuredAnswer = z.strictObject({
  ok: z.literal(true),
  position,
  settings: z
    .looseObject({ policy: z.string(), policy_version: count })
    .meta({ description: 'the rules now in force' }),
  is_moving: z.boolean(),
});

export const commandAnswer = z.strictObject({ ok: z.literal(true), position });

export const problemAnswer = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string().meta({ description: 'what programs look at' }),
    detail: z.string().meta({ description: 'for people' }),
  })
  .meta({ description: 'RFC 9457 problem document' });

import fc from 'fast-check';
import type { SettingsChange, TopologyCommand } from '../../src/domain/commands.js';
import type { TrackSettings } from '../../src/domain/events.js';
import type { PeerNode } from '../../src/domain/peer-node.js';
import type { RelayTree } from '../../src/domain/relay-tree.js';

/** What only the policy `resilient` makes something of. */
const DOUBTS = ['tenure', 'suspect', 'clear', 'stall', 'follow', 'revoke', 'restore'] as const;
type Doubt = (typeof DOUBTS)[number];

/** A command whose peer is chosen among those present when it is run, so that most commands hit somebody. */
export type CommandPlan = Readonly<{
  kind:
    | 'join'
    | 'rejoin'
    | 'replace'
    | 'leave'
    | 'expire'
    | 'kick'
    | 'claim'
    | 'disconnect'
    | 'reassign'
    | 'tend'
    | 'recover'
    | 'close'
    | 'configure'
    | Doubt;
  /** Picks a present peer, as a share of 1,000. */
  pick: number;
  capacity: number | null;
  elapsedMs: number;
  /** Of `configure` only. */
  change?: SettingsChange;
}>;

export const trackSettings = fc.record({
  policy: fc.constant('shallowest'),
  policyVersion: fc.constant(1),
  rootPeerCount: fc.integer({ min: 1, max: 5 }),
  maxChildren: fc.integer({ min: 0, max: 5 }),
  maxDepth: fc.integer({ min: 0, max: 8 }),
  heartbeatTimeoutMs: fc.constant(10_000),
});

export const commandPlan: fc.Arbitrary<CommandPlan> = fc.record({
  kind: fc.oneof(
    { weight: 10, arbitrary: fc.constant('join' as const) },
    { weight: 3, arbitrary: fc.constantFrom('leave' as const, 'expire' as const, 'kick' as const) },
    {
      weight: 2,
      arbitrary: fc.constantFrom('claim' as const, 'replace' as const, 'rejoin' as const, 'reassign' as const),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom('disconnect' as const, 'tend' as const, 'recover' as const, 'close' as const),
    },
  ),
  pick: fc.integer({ min: 0, max: 999 }),
  capacity: fc.option(fc.integer({ min: 0, max: 5 }), { nil: null }),
  elapsedMs: fc.integer({ min: 0, max: 5_000 }),
});

export const resilientSettings = fc.record({
  policy: fc.constant('resilient'),
  policyVersion: fc.constant(1),
  rootPeerCount: fc.integer({ min: 1, max: 5 }),
  maxChildren: fc.integer({ min: 0, max: 5 }),
  maxDepth: fc.integer({ min: 1, max: 8 }),
  heartbeatTimeoutMs: fc.constant(10_000),
  ideas: fc.record({
    swap: fc.boolean(),
    heir: fc.boolean(),
    tenureMs: fc.option(fc.integer({ min: 0, max: 30_000 }), { nil: null }),
  }),
});

/** The commands of any audience, and those that come of tenure, complaints and verification. */
export const doubtingPlan: fc.Arbitrary<CommandPlan> = fc.oneof(
  { weight: 3, arbitrary: commandPlan },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom(...DOUBTS),
      pick: fc.integer({ min: 0, max: 999 }),
      capacity: fc.constant(null),
      elapsedMs: fc.integer({ min: 0, max: 5_000 }),
    }),
  },
);

/** Other limits, and another policy, for a running track. */
const configuration = fc.record({
  kind: fc.constant('configure' as const),
  pick: fc.constant(0),
  capacity: fc.constant(null),
  elapsedMs: fc.integer({ min: 0, max: 5_000 }),
  change: fc.record(
    {
      policy: fc.constantFrom('shallowest', 'resilient'),
      rootPeerCount: fc.integer({ min: 1, max: 5 }),
      maxChildren: fc.integer({ min: 0, max: 5 }),
      maxDepth: fc.integer({ min: 0, max: 8 }),
      ideas: fc.record({
        swap: fc.boolean(),
        heir: fc.boolean(),
        tenureMs: fc.option(fc.integer({ min: 0, max: 30_000 }), { nil: null }),
      }),
    },
    { requiredKeys: [] },
  ),
});

/** As `doubtingPlan`, on a track whose rules change meanwhile. */
export const configuringPlan: fc.Arbitrary<CommandPlan> = fc.oneof(
  { weight: 8, arbitrary: doubtingPlan },
  { weight: 1, arbitrary: configuration },
);

const lowered: fc.Arbitrary<CommandPlan> = fc.record({
  kind: fc.constant('configure' as const),
  pick: fc.constant(0),
  capacity: fc.constant(null),
  elapsedMs: fc.constant(10),
  change: fc.record({
    rootPeerCount: fc.integer({ min: 1, max: 2 }),
    maxChildren: fc.integer({ min: 0, max: 2 }),
    maxDepth: fc.integer({ min: 1, max: 5 }),
  }),
});

/** A crowd, and then limits so much lower that the surplus takes several commands to move. */
export const crowdedPlans: fc.Arbitrary<CommandPlan[]> = fc
  .tuple(
    fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 50, maxLength: 80, size: 'max' }),
    lowered,
    fc.array(configuringPlan, { maxLength: 30, size: 'max' }),
  )
  .map(([capacities, lower, plans]) => [
    ...capacities.map((capacity) => ({ kind: 'join' as const, pick: 0, capacity, elapsedMs: 10 })),
    lower,
    ...plans,
  ]);

/** Room for a crowd, under either policy. */
export const roomySettings: fc.Arbitrary<TrackSettings> = fc
  .tuple(
    fc.oneof(trackSettings, resilientSettings),
    fc.record({
      rootPeerCount: fc.integer({ min: 3, max: 5 }),
      maxChildren: fc.integer({ min: 3, max: 5 }),
      maxDepth: fc.integer({ min: 4, max: 8 }),
    }),
  )
  .map(([settings, room]) => ({ ...settings, ...room }));

/** Turns a plan into the command it means for this tree. `serial` names newcomers. */
export function planned(tree: RelayTree, plan: CommandPlan, settings: TrackSettings, serial: number): TopologyCommand {
  const present = [...tree.peers()];
  const picked = present[Math.floor((plan.pick * present.length) / 1000)];
  const join = (peerId: string, replace: boolean): TopologyCommand => ({
    type: 'Join',
    identity: { peerId, resumeHash: `hash-of-${peerId}` },
    capacity: plan.capacity,
    settings,
    peersMax: 1_000,
    replace,
  });
  const peerId = picked?.identity?.peerId ?? 'nobody';
  switch (plan.kind) {
    case 'join':
      return join(`peer-${String(serial)}`, false);
    case 'rejoin':
      return join(peerId, false);
    case 'replace':
      return join(peerId, true);
    case 'leave':
      return { type: 'Leave', peer: picked?.number ?? 1 };
    case 'expire':
      return { type: 'Expire', peer: picked?.number ?? 1, silentMs: 10_000 };
    case 'kick':
      return { type: 'Kick', peerId };
    case 'claim':
      return { type: 'ClaimCapacity', peer: picked?.number ?? 1, capacity: plan.capacity };
    case 'disconnect':
      return { type: 'Disconnect', peer: picked?.number ?? 1 };
    case 'reassign':
      return { type: 'Reassign', peerId };
    case 'tend':
      return { type: 'Tend' };
    case 'recover':
      return { type: 'Recover', reason: 'stall', gapMs: plan.elapsedMs };
    case 'close':
      return { type: 'Close' };
    case 'configure':
      return { type: 'Configure', change: plan.change ?? {} };
    default:
      return doubt(plan.kind, picked);
  }
}

function doubt(kind: Doubt, picked: PeerNode | undefined): TopologyCommand {
  const peer = picked?.number ?? 1;
  switch (kind) {
    case 'tenure':
      return { type: 'Tenure', peer };
    case 'suspect':
      return { type: 'Suspect', peer, complaints: picked?.children.length ?? 1 };
    case 'clear':
      return { type: 'Clear', peer };
    case 'stall':
      return { type: 'ReportStall', peer, parent: picked?.parent?.number ?? 0, silentMs: 2_000 };
    case 'follow':
      return { type: 'FollowPlan', peer, lostParent: picked?.parent?.number ?? null, connectedTo: 0 };
    case 'revoke':
      return { type: 'Revoke', peer, complaints: 1, windowMs: 5_000 };
    case 'restore':
      return { type: 'Restore', peer };
  }
}

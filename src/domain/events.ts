import type { PeerNumber, Position } from './ids.js';

/** What happened: someone outside the decision made it true. */
export type Fact<Type extends string, Version extends number, Payload> = Readonly<
  { type: Type; version: Version } & Payload
>;

/**
 * What the service chose. `causedBy` is the position of the fact that triggered it, null when an
 * operator or a timer asked for it without a fact of its own.
 */
export type Decision<Type extends string, Version extends number, Payload> = Readonly<
  { type: Type; version: Version; causedBy: Position | null } & Payload
>;

/** Where and when an event stands in its track's log. `recordedAt` is in epoch milliseconds and never goes back. */
export type Recorded<Event> = Event & Readonly<{ position: Position; recordedAt: number }>;

/** Why a peer has its parent. A new cause is a new version of `ParentAssigned`. */
export const ASSIGNMENT_CAUSES = [
  'joined',
  'orphaned',
  'heir',
  'sibling',
  'swapped',
  'promoted',
  'refilled',
  'tenured',
  'suspected',
  'verified',
  'shrunk',
  'reassigned',
  'configured',
] as const;
export type AssignmentCause = (typeof ASSIGNMENT_CAUSES)[number];

export const DEPARTURE_CAUSES = ['left', 'replaced'] as const;
export type DepartureCause = (typeof DEPARTURE_CAUSES)[number];

export const RECOVERY_REASONS = ['restart', 'stall', 'storage'] as const;
export type RecoveryReason = (typeof RECOVERY_REASONS)[number];

/** Switches of the policy `resilient`, one for each of its ideas, so that what it brings can be measured. */
export type PolicyIdeas = Readonly<{
  /** A peer with spare capacity that finds no slot takes the slot of a weaker one. */
  swap: boolean;
  /** The best child of a departed peer takes its slot, and the others go under it. */
  heir: boolean;
  /** After this time in the track a peer's slots come first, and it may move up once; null switches it off. Milliseconds. */
  tenureMs: number | null;
}>;

/** The rules a track was opened with; every decision in it obeys them until they are configured anew. */
export type TrackSettings = Readonly<{
  policy: string;
  policyVersion: number;
  /** Peers the origin feeds, at most. */
  rootPeerCount: number;
  /** Children one peer may have, at most. */
  maxChildren: number;
  /** Hops from the roots, at most; roots have depth 0. */
  maxDepth: number;
  /** A peer not heard for so long is timed out. */
  heartbeatTimeoutMs: number;
  /** Absent where the policy has none, or for those of its version. */
  ideas?: PolicyIdeas;
}>;

/**
 * A peer's name and the SHA-256 (hex) of its resume token. Kept beside the log in the one erasable
 * table, so it is null after the peer was forgotten.
 */
export type PeerIdentity = Readonly<{ peerId: string; resumeHash: string | null }>;

/** Events that change the relay tree; the state hash covers their fold. `peer` of `PeerJoined` is its own position. */
export type TopologyEvent =
  | Fact<'TrackOpened', 1, { settings: TrackSettings }>
  /** An operator gave the running track other rules, all of which stand here. Old decisions stay as they were. */
  | Fact<'TrackConfigured', 1, { settings: TrackSettings }>
  | Fact<'TrackClosed', 1, object>
  | Fact<'ServiceRecovered', 1, { reason: RecoveryReason; gapMs: number }>
  | Fact<'PeerJoined', 1, { peer: PeerNumber; capacity: number | null; identity: PeerIdentity | null }>
  | Fact<'PeerResumed', 1, { peer: PeerNumber }>
  | Fact<'PeerDisconnected', 1, { peer: PeerNumber }>
  | Fact<'CapacityClaimed', 1, { peer: PeerNumber; capacity: number | null }>
  | Fact<'PeerLeft', 1, { peer: PeerNumber; formerParent: PeerNumber | null; cause: DepartureCause }>
  | Fact<'PeerTimedOut', 1, { peer: PeerNumber; formerParent: PeerNumber | null; silentMs: number }>
  | Fact<'PeerKicked', 1, { peer: PeerNumber; formerParent: PeerNumber | null }>
  /** A child says that no media has come from `parent` for so long; `ORIGIN` when a root says so. */
  | Fact<'StallReported', 1, { peer: PeerNumber; parent: PeerNumber; silentMs: number }>
  /** A peer lost its parent and turned to `connectedTo` by itself; `lostParent` is null when that had left the track already. */
  | Fact<'PlanFollowed', 1, { peer: PeerNumber; lostParent: PeerNumber | null; connectedTo: PeerNumber }>
  /** `complaints` distinct children say that no media comes from the peer. */
  | Fact<'PeerSuspected', 1, { peer: PeerNumber; complaints: number }>
  | Fact<'PeerCleared', 1, { peer: PeerNumber }>
  /** The peer is fed, and for `windowMs` nothing has come through it to `complaints` distinct children. */
  | Fact<'ForwardingFailed', 1, { peer: PeerNumber; complaints: number; windowMs: number }>
  /**
   * An operator removed the part of the log up to and with `throughPosition`. `chainHash` (hex) is the link the rest of the chain
   * hangs on, `stateHash` (hex) that of the topology state there, which is kept.
   */
  | Fact<'RetentionApplied', 1, { throughPosition: Position; chainHash: string; stateHash: string }>
  /** The name of a peer that has left was erased; its number stays. */
  | Fact<'PeerForgotten', 1, { peer: PeerNumber }>
  | Decision<'CapacityRevoked', 1, { peer: PeerNumber }>
  | Decision<'CapacityRestored', 1, { peer: PeerNumber }>
  | Decision<'PeerTenured', 1, { peer: PeerNumber }>
  | Decision<
      'ParentAssigned',
      2,
      {
        peer: PeerNumber;
        parent: PeerNumber;
        formerParent: PeerNumber | null;
        depth: number;
        cause: AssignmentCause;
        /** Stood under `parent` and gives up this slot; it and all below it are unplaced. New in version 2. */
        displaced: PeerNumber;
      }
    >
  | Decision<
      'ParentAssigned',
      1,
      {
        peer: PeerNumber;
        /** `ORIGIN` makes the peer a root. */
        parent: PeerNumber;
        /** The parent it has lost or is taken from; null when it had none. */
        formerParent: PeerNumber | null;
        depth: number;
        cause: AssignmentCause;
      }
    >
  | Decision<'PeerWaiting', 1, { peer: PeerNumber; formerParent: PeerNumber | null }>;

/** Events that say a peer is alive and what it does; they never change the tree by themselves. */
export type PulseEvent =
  | Fact<'HeartbeatReceived', 1, { peer: PeerNumber }>
  | Fact<
      'ForwardReported',
      1,
      {
        peer: PeerNumber;
        /** Cumulative since the client's session began. */
        forwardedFrames: number;
        receivedFrames: number | null;
      }
    >;

export type MeshEvent = TopologyEvent | PulseEvent;
export type RecordedTopologyEvent = Recorded<TopologyEvent>;
export type RecordedPulseEvent = Recorded<PulseEvent>;
export type RecordedEvent = Recorded<MeshEvent>;
export type TopologyEventType = TopologyEvent['type'];
export type PulseEventType = PulseEvent['type'];
export type EventType = MeshEvent['type'];

/** Every type this version writes, in the order of their codes in the log. Codes are never reused. */
export const TOPOLOGY_EVENT_TYPES = [
  'TrackOpened',
  'TrackClosed',
  'ServiceRecovered',
  'PeerJoined',
  'PeerResumed',
  'PeerDisconnected',
  'CapacityClaimed',
  'PeerLeft',
  'PeerTimedOut',
  'PeerKicked',
  'ParentAssigned',
  'PeerWaiting',
  'PeerTenured',
  'PeerSuspected',
  'PeerCleared',
  'StallReported',
  'PlanFollowed',
  'ForwardingFailed',
  'CapacityRevoked',
  'CapacityRestored',
  'TrackConfigured',
  'RetentionApplied',
  'PeerForgotten',
] as const satisfies readonly TopologyEventType[];

export const PULSE_EVENT_TYPES = ['HeartbeatReceived', 'ForwardReported'] as const satisfies readonly PulseEventType[];

export const EVENT_TYPES: readonly EventType[] = [...TOPOLOGY_EVENT_TYPES, ...PULSE_EVENT_TYPES];

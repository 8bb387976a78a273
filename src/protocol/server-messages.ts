import type { IceCandidate } from './client-messages.js';
import type { Refusal } from './rejection.js';

/** What a peer is told of its place. `Waiting`: no slot yet, or below a peer that has none. */
type AssignedRole = 'Root' | 'Relay' | 'Leaf' | 'Waiting';

/** One server of an `RTCConfiguration`. */
export type IceServer = Readonly<{
  urls: string | readonly string[];
  username?: string | undefined;
  credential?: string | undefined;
}>;

/**
 * Whom to turn to when the parent is lost, without waiting for the service: the heir to its grandparent at once, the others to
 * the heir a moment later. `connect_to` null is the origin; `connect_after_ms` counts from the loss.
 */
export type FailoverPlan = Readonly<{ rank: 'heir' | 'sibling'; connect_to: string | null; connect_after_ms: number }>;

/** Body of `assign_parent`, and the `assignment` in the answer to `register`. */
export type Assignment = Readonly<{
  peer_id: string;
  role: AssignedRole;
  /** Null for a root, which the origin feeds, and for a peer that waits without a parent. */
  parent_id: string | null;
  /** Hops from the roots; null while waiting. */
  depth: number | null;
  /** Why it has this parent; null without a place. One of the causes of `ParentAssigned`. */
  cause: string | null;
  /** Null where there is none: then the service will say. */
  plan: FailoverPlan | null;
  ice_servers: readonly IceServer[];
  /** The track's head when this was true. */
  position: number;
}>;

/** Everything the service sends without being asked. */
export type ServerMessage = Readonly<
  | { type: 'assign_parent'; body: Assignment }
  | { type: 'peer_left'; body: { peer_id: string } }
  | { type: 'offer' | 'answer'; body: { from: string; sdp: string } }
  | { type: 'ice_candidate'; body: { from: string; candidate: IceCandidate } }
  /** To be acknowledged at once: children say that no media comes from this peer. */
  | { type: 'probe'; body: Readonly<Record<string, never>> }
  | { type: 'superseded'; body: Readonly<Record<string, never>> }
>;

export type Recorded = Readonly<{ ok: true; position: number }>;
export type Registered = Readonly<{
  ok: true;
  assignment: Assignment;
  resume_token: string;
  heartbeat_interval_ms: number;
  position: number;
}>;
type CapacityTaken = Readonly<{ ok: true; effective_capacity: number; position: number }>;
export type Relayed = Readonly<{ ok: true }>;

/** Acknowledgement of each request. */
export interface Acknowledgements {
  register: Registered | Refusal;
  heartbeat: Recorded | Refusal;
  capacity: CapacityTaken | Refusal;
  forward_report: Recorded | Refusal;
  stall_report: Recorded | Refusal;
  plan_followed: Recorded | Refusal;
  offer: Relayed | Refusal;
  answer: Relayed | Refusal;
  ice_candidate: Relayed | Refusal;
  leave: Recorded | Refusal;
}
/** Any of them. None may ever have a key `event`: Nest would take it for a message. */
export type Acknowledgement = Acknowledgements[keyof Acknowledgements];
export type Answer<Name extends keyof Acknowledgements> = (acknowledgement: Acknowledgements[Name]) => void;

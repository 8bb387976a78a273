import type { PeerIdentity, RecoveryReason, TrackSettings } from './events.js';
import type { PeerNumber, Position } from './ids.js';

/**
 * What a peer, an operator or a timer asks of one track. Each is decided against the tree alone;
 * asked again, it gives the same answer and no second event.
 */
export type TopologyCommand =
  | Readonly<{
      type: 'Join';
      identity: PeerIdentity;
      capacity: number | null;
      /** Rules for the track, in case this join opens it. */
      settings: TrackSettings;
      peersMax: number;
      /** The peer lost all its links (a page reload): its old self leaves in the same batch. */
      replace: boolean;
    }>
  | Readonly<{ type: 'Disconnect'; peer: PeerNumber }>
  | Readonly<{ type: 'ClaimCapacity'; peer: PeerNumber; capacity: number | null }>
  | Readonly<{ type: 'Leave'; peer: PeerNumber }>
  | Readonly<{ type: 'Expire'; peer: PeerNumber; silentMs: number }>
  /** The peer has been in the track for the policy's time of tenure. */
  | Readonly<{ type: 'Tenure'; peer: PeerNumber }>
  /** The peer gets no media from `parent`, which is `ORIGIN` for a root. Says nothing once it has another parent. */
  | Readonly<{ type: 'ReportStall'; peer: PeerNumber; parent: PeerNumber; silentMs: number }>
  /** The peer lost its parent and turned to another without waiting for the service; `ORIGIN` is the media server. */
  | Readonly<{ type: 'FollowPlan'; peer: PeerNumber; lostParent: PeerNumber | null; connectedTo: PeerNumber }>
  /** So many of its children say that no media comes from the peer. */
  | Readonly<{ type: 'Suspect'; peer: PeerNumber; complaints: number }>
  | Readonly<{ type: 'Clear'; peer: PeerNumber }>
  /** The peer is fed, and so many of its children got nothing through it for `windowMs`: it serves nobody for now. */
  | Readonly<{ type: 'Revoke'; peer: PeerNumber; complaints: number; windowMs: number }>
  /** Its time without children is over. */
  | Readonly<{ type: 'Restore'; peer: PeerNumber }>
  | Readonly<{ type: 'Kick'; peerId: string }>
  | Readonly<{ type: 'Reassign'; peerId: string }>
  /** Erase the name of a peer: one that is in the track is kicked first. */
  | Readonly<{ type: 'Forget'; peer: PeerNumber }>
  /** The log up to and with `throughPosition` is about to be removed. Hashes in hex. */
  | Readonly<{ type: 'RecordRetention'; throughPosition: Position; chainHash: string; stateHash: string }>
  | Readonly<{ type: 'Recover'; reason: RecoveryReason; gapMs: number }>
  /** Other rules for the running track; what is not named stays as it is. */
  | Readonly<{ type: 'Configure'; change: SettingsChange }>
  /** Goes on where an earlier command reached its bound: moves the surplus of lowered limits, places waiting peers. */
  | Readonly<{ type: 'Tend' }>
  | Readonly<{ type: 'Close' }>;

/**
 * What an operator changes in a track's rules. A `policy` without a version means the newest one this build has; with another policy the
 * switches of the old one (`ideas`) are dropped unless they are given too.
 */
export type SettingsChange = Readonly<Partial<TrackSettings>>;

/** An expected no. The codes are part of the public contract. */
export type RejectionCode =
  | 'invalid_message'
  | 'invalid_peer_id'
  | 'invalid_track'
  | 'invalid_capacity'
  | 'not_registered'
  | 'already_registered'
  | 'peer_id_taken'
  | 'unauthorized'
  | 'forbidden_target'
  | 'unknown_peer'
  | 'track_full'
  | 'track_limit'
  | 'rate_limited'
  | 'busy'
  | 'storage_unavailable'
  | 'track_stopped'
  | 'shutting_down';

export type Rejection = Readonly<{ ok: false; code: RejectionCode; reason: string }>;

/**
 * What a command came to. `position` is that of its last event, or the track's head when it caused none;
 * `peer` is the peer it was about, where there is one.
 */
export type Accepted = Readonly<{ ok: true; position: Position; peer: PeerNumber | null }>;
export type Outcome = Accepted | Rejection;

export function rejection(code: RejectionCode, reason: string): Rejection {
  return { ok: false, code, reason };
}

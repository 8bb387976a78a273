import type { RecordedTopologyEvent, RecoveryReason } from '../../domain/events.js';
import type { PeerNumber, Position } from '../../domain/ids.js';
import type { RelayTree } from '../../domain/relay-tree.js';

export const INCIDENT_KINDS = [
  'mass_failure',
  'free_rider',
  'service_gap',
  'long_wait',
  'flash_crowd',
  'flapping_peer',
] as const;
export type IncidentKind = (typeof INCIDENT_KINDS)[number];

/** A moment worth a look: what was found, where it stands in the log, and the figures that made it one. */
export interface Incident {
  readonly kind: IncidentKind;
  /** Of the event that began it. */
  readonly firstPosition: Position;
  /** Of the last event that belongs to it, or was decided because of it. */
  lastPosition: Position;
  /** When it began as far as the log can tell, which may be before it was noticed. Epoch milliseconds. */
  readonly startedAt: number;
  endedAt: number;
  /** Whom it is about, in order of appearance. */
  readonly peers: readonly PeerNumber[];
  readonly figures: IncidentFigures;
}

export type IncidentFigures =
  | Readonly<{
      kind: 'mass_failure';
      /** Failed peers that had children. */
      relays: number;
      timedOut: number;
      suspected: number;
      /** Peers that lost their feed because one above them failed. */
      interrupted: number;
      /** Peers in the track when it began. */
      audience: number;
      /** The longest silence before a failure was noticed. */
      silentMsMax: number;
      /** Position of the `ServiceRecovered` whose consequence this may be; null when there was none shortly before. */
      follows: Position | null;
    }>
  | Readonly<{ kind: 'free_rider'; complaints: number; windowMs: number }>
  | Readonly<{ kind: 'service_gap'; reason: RecoveryReason; gapMs: number; audience: number }>
  | Readonly<{ kind: 'long_wait'; waitingMax: number; audience: number }>
  | Readonly<{ kind: 'flash_crowd'; joins: number; audienceBefore: number }>
  | Readonly<{ kind: 'flapping_peer'; returns: number }>;

/** Looks for one kind of incident while the log is folded. */
export interface IncidentWatch {
  /** The event is about to be applied to the tree. */
  before?(event: RecordedTopologyEvent, tree: RelayTree): void;
  /** It has been. */
  after?(event: RecordedTopologyEvent, tree: RelayTree): void;
  /** The range ends here. @returns all that was found. */
  finish(tree: RelayTree): Incident[];
}

/** @param percentage of `whole`. */
export function isShare(part: number, whole: number, percentage: number): boolean {
  return part * 100 >= whole * percentage;
}

import type { RecordedTopologyEvent, RecoveryReason } from '../../domain/events.js';
import type { PeerNumber, Position } from '../../domain/ids.js';
import type { RelayTree } from '../../domain/relay-tree.js';

export const INCIDENT_KINDS = [
  'departures',
  'interruption',
  'forwarding_failed',
  'service_gap',
  'offload_drop',
  'long_wait',
  'restless_peer',
] as const;
export type IncidentKind = (typeof INCIDENT_KINDS)[number];

/** A moment worth a look: what was found, where it stands in the log, and the figures that made it one. */
export interface Incident {
  readonly kind: IncidentKind;
  /** Every rule it meets: its kind first. */
  readonly rules: readonly IncidentKind[];
  /** Of the event that began it. */
  readonly firstPosition: Position;
  /** Of the last event that belongs to it. */
  lastPosition: Position;
  /** When it began as far as the log can tell, which may be before it was noticed. Epoch milliseconds. */
  readonly startedAt: number;
  endedAt: number;
  /** Whom it is about, in order of appearance: who departed, failed, waited, or was moved about. */
  readonly peers: readonly PeerNumber[];
  /** Whom it hit besides: those who lost their feed with them, or could not be heard. */
  readonly hit: readonly PeerNumber[];
  /** Peers it is about and peers it hit, each counted once. */
  readonly size: number;
  /** Positions of what led to it, ascending: facts, or decisions that no fact has triggered. */
  readonly causes: readonly Position[];
  readonly figures: IncidentFigures;
  /** Other incidents that followed from the same facts; they are told with this one. */
  readonly consequences: Incident[];
}

export type IncidentFigures =
  | Readonly<{
      kind: 'departures' | 'interruption';
      /** Those who departed, by how they went. */
      departed: number;
      goodbyes: number;
      timedOut: number;
      kicked: number;
      /** Suspected, and neither cleared nor gone by the end. */
      suspected: number;
      /** Of those it is about: how many had children. */
      relays: number;
      /** Peers that lost their feed because one above them went. */
      interrupted: number;
      /** Peers in the track when it began. */
      audience: number;
      /** The longest silence before a failure was noticed. */
      silentMsMax: number;
      /** Position of the `ServiceRecovered` whose consequence this may be; null when there was none shortly before. */
      follows: Position | null;
    }>
  | Readonly<{ kind: 'forwarding_failed'; complaints: number; windowMs: number; interrupted: number }>
  | Readonly<{ kind: 'service_gap'; reason: RecoveryReason; gapMs: number; audience: number }>
  | Readonly<{
      kind: 'offload_drop';
      /** Tenths of a percent: the highest within the window before, and the lowest after. */
      beforePermille: number;
      afterPermille: number;
      audience: number;
    }>
  | Readonly<{
      kind: 'long_wait';
      waitingMax: number;
      audience: number;
      waitedMsMax: number;
    }>
  | Readonly<{ kind: 'restless_peer'; reassignmentsMax: number }>;

/** Whom one event took the feed from, and whom it gave it to; peers that are gone are in neither. */
export interface FeedChange {
  readonly cut: readonly PeerNumber[];
  readonly fed: readonly PeerNumber[];
}

/** Looks for one kind of incident while the log is folded. */
export interface IncidentWatch {
  /** The event is about to be applied to the tree. */
  before?(event: RecordedTopologyEvent, tree: RelayTree): void;
  /** It has been. */
  after?(event: RecordedTopologyEvent, tree: RelayTree, change: FeedChange): void;
  /** The range ends here. @returns all that was found. */
  finish(tree: RelayTree): Incident[];
}

/** What led to an event: the fact that triggered a decision, and else itself. */
export function causeOf(event: RecordedTopologyEvent): Position {
  return 'causedBy' in event && event.causedBy !== null ? event.causedBy : event.position;
}

/** Each once, ascending. */
export function inOrder(positions: Iterable<Position>): Position[] {
  return [...new Set(positions)].sort((one, other) => one - other);
}

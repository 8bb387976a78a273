import {
  ASSIGNMENT_CAUSES,
  DEPARTURE_CAUSES,
  RECOVERY_REASONS,
  type PeerIdentity,
  type RecordedTopologyEvent,
} from '../domain/events.js';
import { CorruptLogError } from '../domain/errors.js';
import type { PeerNumber } from '../domain/ids.js';
import { detailOfRetention, hashesOfRetention } from './retention-detail.js';
import { detailOfSettings, settingsOfDetail } from './track-settings-detail.js';
import { TOPOLOGY_ROW_CODEC, faultOfRow, typeCode, typeOfCode, type TopologyRow } from './topology-row.js';

const PARENT_ASSIGNED = typeCode('ParentAssigned');

/** What children say of their parents, and what was made of it. */
type Complaint = Extract<
  RecordedTopologyEvent,
  { type: 'StallReported' | 'PlanFollowed' | 'PeerSuspected' | 'ForwardingFailed' }
>;

/** A row under construction. Filled in place: spreading an object costs more than all the rest of an append. */
type MutableRow = { -readonly [Column in keyof TopologyRow]: TopologyRow[Column] };

function blankRow(event: RecordedTopologyEvent): MutableRow {
  return {
    position: event.position,
    recordedAt: event.recordedAt,
    type: typeCode(event.type),
    version: event.version,
    codec: TOPOLOGY_ROW_CODEC,
    peer: null,
    parent: null,
    formerParent: null,
    causedBy: null,
    cause: null,
    amount: null,
    depth: null,
    nameDigest: null,
    detail: null,
  };
}

/** An event as its row. The name digest comes later, from the store that salts the name. */
export function rowOfEvent(event: RecordedTopologyEvent): TopologyRow {
  const row = blankRow(event);
  switch (event.type) {
    case 'TrackOpened':
    case 'TrackConfigured':
      row.detail = detailOfSettings(event.settings);
      break;
    case 'TrackClosed':
      break;
    case 'ServiceRecovered':
      row.cause = RECOVERY_REASONS.indexOf(event.reason) + 1;
      row.amount = event.gapMs;
      break;
    case 'PeerJoined':
    case 'CapacityClaimed':
      row.peer = event.peer;
      row.amount = event.capacity;
      break;
    case 'PeerResumed':
    case 'PeerDisconnected':
    case 'PeerCleared':
    case 'PeerForgotten':
      row.peer = event.peer;
      break;
    case 'RetentionApplied':
      row.amount = event.throughPosition;
      row.detail = detailOfRetention(event);
      break;
    case 'StallReported':
    case 'PlanFollowed':
    case 'PeerSuspected':
    case 'ForwardingFailed':
      setComplaint(row, event);
      break;
    case 'PeerTenured':
    case 'CapacityRevoked':
    case 'CapacityRestored':
      row.peer = event.peer;
      row.causedBy = event.causedBy;
      break;
    case 'PeerLeft':
      setDeparture(row, event);
      row.cause = DEPARTURE_CAUSES.indexOf(event.cause) + 1;
      break;
    case 'PeerTimedOut':
      setDeparture(row, event);
      row.amount = event.silentMs;
      break;
    case 'PeerKicked':
      setDeparture(row, event);
      break;
    case 'ParentAssigned':
      setDeparture(row, event);
      row.causedBy = event.causedBy;
      row.parent = event.parent;
      row.depth = event.depth;
      row.cause = ASSIGNMENT_CAUSES.indexOf(event.cause) + 1;
      if (event.version === 2) row.amount = event.displaced;
      break;
    case 'PeerWaiting':
      setDeparture(row, event);
      row.causedBy = event.causedBy;
      break;
  }
  return row;
}

function setComplaint(row: MutableRow, event: Complaint): void {
  row.peer = event.peer;
  switch (event.type) {
    case 'StallReported':
      row.parent = event.parent;
      row.amount = event.silentMs;
      return;
    case 'PlanFollowed':
      row.parent = event.connectedTo;
      row.formerParent = event.lostParent;
      return;
    case 'PeerSuspected':
      row.amount = event.complaints;
      return;
    case 'ForwardingFailed':
      row.amount = event.complaints;
      row.detail = detailOfWindow(event.windowMs);
      return;
  }
}

function setDeparture(row: MutableRow, event: { peer: PeerNumber; formerParent: PeerNumber | null }): void {
  row.peer = event.peer;
  row.formerParent = event.formerParent;
}

/**
 * A row as its event; `identity` is the name of the peer that a `PeerJoined` introduces.
 *
 * @param isSound `faultOfRow` found nothing in it.
 * @throws CorruptLogError when the row cannot have been written by any version.
 */
export function eventOfRow(row: TopologyRow, identity: PeerIdentity | null, isSound = false): RecordedTopologyEvent {
  const fault = isSound ? null : faultOfRow(row);
  if (fault !== null) throw new CorruptLogError(row.position, fault);
  if (row.version !== 1 && !(row.version === 2 && row.type === PARENT_ASSIGNED))
    throw new CorruptLogError(row.position, `version ${String(row.version)} is unknown`);
  const { position, recordedAt, formerParent } = row;
  const type = typeOfCode(row.type);
  switch (type) {
    case 'TrackOpened':
    case 'TrackConfigured': {
      const settings = settingsOfDetail(row.detail ?? '');
      if (settings === null) throw new CorruptLogError(position, 'detail holds no track settings');
      return { type, version: 1, position, recordedAt, settings };
    }
    case 'TrackClosed':
      return { type, version: 1, position, recordedAt };
    case 'ServiceRecovered':
      return { type, version: 1, position, recordedAt, reason: named(RECOVERY_REASONS, row), gapMs: row.amount ?? 0 };
    case 'PeerJoined':
      return { type, version: 1, position, recordedAt, peer: peerOf(row), capacity: row.amount, identity };
    case 'CapacityClaimed':
      return { type, version: 1, position, recordedAt, peer: peerOf(row), capacity: row.amount };
    case 'PeerResumed':
    case 'PeerDisconnected':
    case 'PeerCleared':
    case 'PeerForgotten':
      return { type, version: 1, position, recordedAt, peer: peerOf(row) };
    case 'RetentionApplied': {
      const hashes = hashesOfRetention(row.detail ?? '');
      if (hashes === null) throw new CorruptLogError(position, 'detail holds no hashes');
      return { type, version: 1, position, recordedAt, throughPosition: row.amount ?? 0, ...hashes };
    }
    case 'PeerTenured':
    case 'CapacityRevoked':
    case 'CapacityRestored':
      return { type, version: 1, position, recordedAt, causedBy: row.causedBy, peer: peerOf(row) };
    case 'StallReported':
    case 'PlanFollowed':
    case 'PeerSuspected':
    case 'ForwardingFailed':
      return complaintOf(type, row);
    case 'PeerLeft':
      return {
        type,
        version: 1,
        position,
        recordedAt,
        peer: peerOf(row),
        formerParent,
        cause: named(DEPARTURE_CAUSES, row),
      };
    case 'PeerTimedOut':
      return { type, version: 1, position, recordedAt, peer: peerOf(row), formerParent, silentMs: row.amount ?? 0 };
    case 'PeerKicked':
      return { type, version: 1, position, recordedAt, peer: peerOf(row), formerParent };
    case 'ParentAssigned':
      return assignmentOf(row);
    case 'PeerWaiting':
      return { type, version: 1, position, recordedAt, causedBy: row.causedBy, peer: peerOf(row), formerParent };
    case undefined:
      throw new CorruptLogError(position, `event type ${String(row.type)} is unknown`);
  }
}

/** Written out field by field: most rows of a log are assignments, and a spread costs more than all the rest. */
function assignmentOf(row: TopologyRow): RecordedTopologyEvent {
  const { position, recordedAt, causedBy, formerParent } = row;
  const type = 'ParentAssigned';
  const peer = peerOf(row);
  const parent = row.parent ?? 0;
  const depth = row.depth ?? 0;
  const cause = named(ASSIGNMENT_CAUSES, row);
  if (row.version === 1)
    return { type, version: 1, position, recordedAt, causedBy, peer, parent, formerParent, depth, cause };
  const displaced = row.amount ?? 0;
  return { type, version: 2, position, recordedAt, causedBy, peer, parent, formerParent, depth, cause, displaced };
}

function complaintOf(type: Complaint['type'], row: TopologyRow): RecordedTopologyEvent {
  const about = { version: 1, position: row.position, recordedAt: row.recordedAt, peer: peerOf(row) } as const;
  const amount = row.amount ?? 0;
  switch (type) {
    case 'StallReported':
      return { type, ...about, parent: row.parent ?? 0, silentMs: amount };
    case 'PlanFollowed':
      return { type, ...about, lostParent: row.formerParent, connectedTo: row.parent ?? 0 };
    case 'PeerSuspected':
      return { type, ...about, complaints: amount };
    case 'ForwardingFailed': {
      const windowMs = windowOfDetail(row.detail ?? '');
      if (windowMs === null) throw new CorruptLogError(row.position, 'detail holds no window');
      return { type, ...about, complaints: amount, windowMs };
    }
  }
}

/** `detail` of `ForwardingFailed`: JSON, whose bytes are hashed. */
function detailOfWindow(windowMs: number): string {
  return JSON.stringify({ window_ms: windowMs });
}

function windowOfDetail(detail: string): number | null {
  const digits = /^\{"window_ms":(\d{1,15})\}$/.exec(detail)?.[1];
  return digits === undefined ? null : Number(digits);
}

/** `faultOfRow` has made sure that the peer is there. */
function peerOf(row: TopologyRow): PeerNumber {
  if (row.peer === null) throw new CorruptLogError(row.position, 'peer is missing');
  return row.peer;
}

function named<Name extends string>(names: readonly Name[], row: TopologyRow): Name {
  const name = names[(row.cause ?? 0) - 1];
  if (name === undefined) throw new CorruptLogError(row.position, `cause ${String(row.cause)} is unknown`);
  return name;
}

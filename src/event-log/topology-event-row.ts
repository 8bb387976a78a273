import {
  ASSIGNMENT_CAUSES,
  DEPARTURE_CAUSES,
  RECOVERY_REASONS,
  type PeerIdentity,
  type RecordedTopologyEvent,
} from '../domain/events.js';
import { CorruptLogError } from '../domain/errors.js';
import type { PeerNumber, Position } from '../domain/ids.js';
import { detailOfSettings, settingsOfDetail } from './track-settings-detail.js';
import { TOPOLOGY_ROW_CODEC, faultOfRow, typeCode, typeOfCode, type TopologyRow } from './topology-row.js';

const NOTHING = {
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

/** An event as its row. The name digest comes later, from the store that salts the name. */
export function rowOfEvent(event: RecordedTopologyEvent): TopologyRow {
  const { position, recordedAt, version } = event;
  const row = { ...NOTHING, position, recordedAt, version, type: typeCode(event.type) };
  switch (event.type) {
    case 'TrackOpened':
      return { ...row, detail: detailOfSettings(event.settings) };
    case 'TrackClosed':
      return row;
    case 'ServiceRecovered':
      return { ...row, cause: RECOVERY_REASONS.indexOf(event.reason) + 1, amount: event.gapMs };
    case 'PeerJoined':
    case 'CapacityClaimed':
      return { ...row, peer: event.peer, amount: event.capacity };
    case 'PeerResumed':
    case 'PeerDisconnected':
      return { ...row, peer: event.peer };
    case 'PeerLeft':
      return {
        ...row,
        peer: event.peer,
        formerParent: event.formerParent,
        cause: DEPARTURE_CAUSES.indexOf(event.cause) + 1,
      };
    case 'PeerTimedOut':
      return { ...row, peer: event.peer, formerParent: event.formerParent, amount: event.silentMs };
    case 'PeerKicked':
      return { ...row, peer: event.peer, formerParent: event.formerParent };
    case 'ParentAssigned':
      return {
        ...row,
        causedBy: event.causedBy,
        peer: event.peer,
        parent: event.parent,
        formerParent: event.formerParent,
        depth: event.depth,
        cause: ASSIGNMENT_CAUSES.indexOf(event.cause) + 1,
      };
    case 'PeerWaiting':
      return { ...row, causedBy: event.causedBy, peer: event.peer, formerParent: event.formerParent };
  }
}

/**
 * A row as its event; `identity` is the name of the peer that a `PeerJoined` introduces.
 *
 * @throws CorruptLogError when the row cannot have been written by any version.
 */
export function eventOfRow(row: TopologyRow, identity: PeerIdentity | null): RecordedTopologyEvent {
  const fault = faultOfRow(row);
  if (fault !== null) throw new CorruptLogError(row.position, fault);
  if (row.version !== 1) throw new CorruptLogError(row.position, `version ${String(row.version)} is unknown`);
  const { position, recordedAt } = row;
  const type = typeOfCode(row.type);
  switch (type) {
    case 'TrackOpened': {
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
      return { type, version: 1, position, recordedAt, peer: peerOf(row) };
    case 'PeerLeft':
      return { type, version: 1, ...departureOf(row), cause: named(DEPARTURE_CAUSES, row) };
    case 'PeerTimedOut':
      return { type, version: 1, ...departureOf(row), silentMs: row.amount ?? 0 };
    case 'PeerKicked':
      return { type, version: 1, ...departureOf(row) };
    case 'ParentAssigned':
      return {
        type,
        version: 1,
        position,
        recordedAt,
        causedBy: row.causedBy,
        peer: peerOf(row),
        parent: row.parent ?? 0,
        formerParent: row.formerParent,
        depth: row.depth ?? 0,
        cause: named(ASSIGNMENT_CAUSES, row),
      };
    case 'PeerWaiting':
      return { type, version: 1, ...departureOf(row), causedBy: row.causedBy };
    case undefined:
      throw new CorruptLogError(position, `event type ${String(row.type)} is unknown`);
  }
}

/** `faultOfRow` has made sure that the peer is there. */
function peerOf(row: TopologyRow): PeerNumber {
  if (row.peer === null) throw new CorruptLogError(row.position, 'peer is missing');
  return row.peer;
}

function departureOf(row: TopologyRow): {
  position: Position;
  recordedAt: number;
  peer: PeerNumber;
  formerParent: PeerNumber | null;
} {
  return { position: row.position, recordedAt: row.recordedAt, peer: peerOf(row), formerParent: row.formerParent };
}

function named<Name extends string>(names: readonly Name[], row: TopologyRow): Name {
  const name = names[(row.cause ?? 0) - 1];
  if (name === undefined) throw new CorruptLogError(row.position, `cause ${String(row.cause)} is unknown`);
  return name;
}

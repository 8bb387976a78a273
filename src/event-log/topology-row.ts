import { TOPOLOGY_EVENT_TYPES, type TopologyEventType } from '../domain/events.js';
import { CAPACITY_CLAIM_MAX, CHILDREN_PER_PEER_MAX, DEPTH_MAX } from '../domain/limits.js';
import type { Position } from '../domain/ids.js';

/** A row of `topology_event`, whatever its type: what is written, hashed, read and upcast. */
export interface TopologyRow {
  readonly position: Position;
  readonly recordedAt: number;
  /** Code of the type, see `typeCode`. */
  readonly type: number;
  readonly version: number;
  readonly codec: number;
  readonly peer: number | null;
  readonly parent: number | null;
  readonly formerParent: number | null;
  readonly causedBy: number | null;
  readonly cause: number | null;
  readonly amount: number | null;
  readonly depth: number | null;
  readonly nameDigest: Uint8Array | null;
  readonly detail: string | null;
}

/** An object of its own, column by column: a row may be a view of a page, of which a spread gives nothing. */
export function copyOfRow(row: TopologyRow): TopologyRow {
  return {
    position: row.position,
    recordedAt: row.recordedAt,
    type: row.type,
    version: row.version,
    codec: row.codec,
    peer: row.peer,
    parent: row.parent,
    formerParent: row.formerParent,
    causedBy: row.causedBy,
    cause: row.cause,
    amount: row.amount,
    depth: row.depth,
    nameDigest: row.nameDigest,
    detail: row.detail,
  };
}

/** How a row's columns are laid out; the only one so far. */
export const TOPOLOGY_ROW_CODEC = 1;
export const NAME_DIGEST_BYTES = 16;

type Presence = 'required' | 'optional' | 'absent';

/** Which columns an event type uses, and the highest `cause` and `amount` it may hold. */
interface RowLayout {
  readonly peer: Presence;
  readonly parent: Presence;
  readonly formerParent: Presence;
  readonly causedBy: Presence;
  readonly cause: Presence;
  readonly amount: Presence;
  readonly amountMax: number;
  readonly depth: Presence;
  readonly detail: Presence;
}

const BARE: RowLayout = {
  peer: 'absent',
  parent: 'absent',
  formerParent: 'absent',
  causedBy: 'absent',
  cause: 'absent',
  amount: 'absent',
  amountMax: Number.MAX_SAFE_INTEGER,
  depth: 'absent',
  detail: 'absent',
};
const ABOUT_PEER: RowLayout = { ...BARE, peer: 'required' };
/** A peer has no more children than that to complain about it. */
const COMPLAINTS_MAX = CHILDREN_PER_PEER_MAX;
const DEPARTURE: RowLayout = { ...ABOUT_PEER, formerParent: 'optional' };

const LAYOUTS: Readonly<Record<TopologyEventType, RowLayout>> = {
  TrackOpened: { ...BARE, detail: 'required' },
  TrackConfigured: { ...BARE, detail: 'required' },
  TrackClosed: BARE,
  ServiceRecovered: { ...BARE, cause: 'required', amount: 'required' },
  PeerJoined: { ...ABOUT_PEER, amount: 'optional', amountMax: CAPACITY_CLAIM_MAX },
  PeerResumed: ABOUT_PEER,
  PeerDisconnected: ABOUT_PEER,
  CapacityClaimed: { ...ABOUT_PEER, amount: 'optional', amountMax: CAPACITY_CLAIM_MAX },
  PeerLeft: { ...DEPARTURE, cause: 'required' },
  PeerTimedOut: { ...DEPARTURE, amount: 'required' },
  PeerKicked: DEPARTURE,
  ParentAssigned: { ...DEPARTURE, parent: 'required', causedBy: 'optional', cause: 'required', depth: 'required' },
  PeerWaiting: { ...DEPARTURE, causedBy: 'optional' },
  PeerTenured: { ...ABOUT_PEER, causedBy: 'optional' },
  PeerSuspected: { ...ABOUT_PEER, amount: 'required', amountMax: COMPLAINTS_MAX },
  PeerCleared: ABOUT_PEER,
  StallReported: { ...ABOUT_PEER, parent: 'required', amount: 'required' },
  PlanFollowed: { ...DEPARTURE, parent: 'required' },
  ForwardingFailed: { ...ABOUT_PEER, amount: 'required', amountMax: COMPLAINTS_MAX, detail: 'required' },
  CapacityRevoked: { ...ABOUT_PEER, causedBy: 'optional' },
  CapacityRestored: { ...ABOUT_PEER, causedBy: 'optional' },
  RetentionApplied: { ...BARE, amount: 'required', detail: 'required' },
  PeerForgotten: ABOUT_PEER,
};
/** From version 2 on an assignment names in `amount` the peer that gives up its slot. */
const DISPLACING: RowLayout = { ...LAYOUTS.ParentAssigned, amount: 'required' };

/** The columns of numbers that some types use, and the range of each. A peer, and what caused an event, stands at or before its position. */
export const RANGES = {
  peer: { lowest: 1, highest: 'position' },
  parent: { lowest: 0, highest: 'position' },
  formerParent: { lowest: 0, highest: 'position' },
  causedBy: { lowest: 1, highest: 'position' },
  cause: { lowest: 1, highest: 0xff },
  amount: { lowest: 0, highest: 'layout' },
  depth: { lowest: 0, highest: DEPTH_MAX },
} as const;
export type RangedColumn = keyof typeof RANGES;

/** What a column may hold in rows of one type. */
export interface ColumnBounds {
  /** Above `highest` when the type does not use the column. */
  readonly lowest: number;
  /** Null: the position of the row. */
  readonly highest: number | null;
  readonly mayBeNull: boolean;
}

const LAYOUT_BY_CODE: readonly RowLayout[] = TOPOLOGY_EVENT_TYPES.map((type) => LAYOUTS[type]);
const TYPE_CODES = Object.fromEntries(TOPOLOGY_EVENT_TYPES.map((type, index) => [type, index + 1])) as Record<
  TopologyEventType,
  number
>;
const PARENT_ASSIGNED_CODE = TYPE_CODES.ParentAssigned;
const PEER_JOINED_CODE = TYPE_CODES.PeerJoined;

/** The code of an event type in the log, 1 and up; never reused. */
export function typeCode(type: TopologyEventType): number {
  return TYPE_CODES[type];
}

/** The event type behind a code; undefined when this version does not know it. */
export function typeOfCode(code: number): TopologyEventType | undefined {
  return TOPOLOGY_EVENT_TYPES[code - 1];
}

/**
 * What is wrong with a row, or null. The same rules guard writing and reading, so nothing can be
 * appended that could not be read again.
 */
export function faultOfRow(row: TopologyRow): string | null {
  const layout = row.type === PARENT_ASSIGNED_CODE && row.version === 2 ? DISPLACING : LAYOUT_BY_CODE[row.type - 1];
  if (layout === undefined) return `event type ${String(row.type)} is unknown`;
  if (row.codec !== TOPOLOGY_ROW_CODEC) return `row codec ${String(row.codec)} is unknown`;
  return (
    faultOfNumber('position', row.position, 'required', 1, Number.MAX_SAFE_INTEGER) ??
    faultOfNumber('recorded_at', row.recordedAt, 'required', 0, Number.MAX_SAFE_INTEGER) ??
    faultOfNumber('version', row.version, 'required', 1, 0xffff) ??
    faultOfNumber('peer', row.peer, layout.peer, RANGES.peer.lowest, row.position) ??
    faultOfNumber('parent', row.parent, layout.parent, RANGES.parent.lowest, row.position) ??
    faultOfNumber('former_parent', row.formerParent, layout.formerParent, RANGES.formerParent.lowest, row.position) ??
    faultOfNumber('caused_by', row.causedBy, layout.causedBy, RANGES.causedBy.lowest, row.position) ??
    faultOfNumber('cause', row.cause, layout.cause, RANGES.cause.lowest, RANGES.cause.highest) ??
    faultOfNumber('amount', row.amount, layout.amount, RANGES.amount.lowest, layout.amountMax) ??
    faultOfNumber('depth', row.depth, layout.depth, RANGES.depth.lowest, RANGES.depth.highest) ??
    faultOfPresence('detail', row.detail !== null, layout.detail) ??
    faultOfName(row)
  );
}

/** What a column may hold in a row of the first version without detail; null for a type that has no such rows. */
export function boundsInBareRow(type: TopologyEventType, column: RangedColumn): ColumnBounds | null {
  const layout = LAYOUTS[type];
  if (layout.detail === 'required') return null;
  const { lowest, highest } = RANGES[column];
  if (layout[column] === 'absent') return { lowest: Infinity, highest: 0, mayBeNull: true };
  const bounds = { lowest, mayBeNull: layout[column] === 'optional' };
  if (highest === 'position') return { ...bounds, highest: null };
  return { ...bounds, highest: highest === 'layout' ? layout.amountMax : highest };
}

function faultOfNumber(
  column: string,
  value: number | null,
  presence: Presence,
  lowest: number,
  highest: number,
): string | null {
  if (value === null) return presence === 'required' ? `${column} is missing` : null;
  if (presence === 'absent') return `${column} does not belong to this event type`;
  if (Number.isSafeInteger(value) && value >= lowest && value <= highest) return null;
  return `${column} ${String(value)} is outside ${String(lowest)}..${String(highest)}`;
}

function faultOfPresence(column: string, present: boolean, presence: Presence): string | null {
  if (present && presence === 'absent') return `${column} does not belong to this event type`;
  return !present && presence === 'required' ? `${column} is missing` : null;
}

function faultOfName(row: TopologyRow): string | null {
  if (row.type === PEER_JOINED_CODE) {
    if (row.peer !== row.position) return `peer ${String(row.peer)} of a PeerJoined is not its own position`;
    return row.nameDigest === null || row.nameDigest.length === NAME_DIGEST_BYTES
      ? null
      : 'name_digest has a wrong length';
  }
  return row.nameDigest === null ? null : 'name_digest does not belong to this event type';
}

import type { RecordedTopologyEvent } from '../domain/events.js';
import { assignedClause, departedClause, type EventOf, lossClause, trustClause } from './event-clauses.js';
import { type PeerNaming, spokenName } from './peer-names.js';
import type { PeerPlace } from './peer-place.js';
import { counted, spokenDuration } from './spoken-figures.js';

/** How an event concerns the peer of a timeline. */
export type Touch =
  /** It is about the peer itself; `joins` counts its joins so far. */
  | { readonly kind: 'self'; readonly joins: number }
  /** It is about a peer `levels` above: 1 is the parent; null when the event changed its place from elsewhere. */
  | { readonly kind: 'above'; readonly levels: number | null }
  /** Somebody became its child (`taken`), or ceased to be. */
  | { readonly kind: 'child'; readonly taken: boolean }
  | { readonly kind: 'service' };

/**
 * What an event meant for the peer, as a clause a support person can read out: "its parent relay-7 timed out after 10.2 s of silence",
 * "moved from relay-7 to relay-2 (depth 2)". `before` and `after` are the peer's place around the event.
 */
export function sentenceOf(
  event: RecordedTopologyEvent,
  touch: Touch,
  before: PeerPlace | null,
  after: PeerPlace | null,
  naming: PeerNaming,
): string {
  switch (touch.kind) {
    case 'self':
      return aboutItself(event, touch.joins, before, after, naming);
    case 'child':
      return aboutChild(event, touch.taken, after, naming);
    case 'above':
      return aboutAbove(event, touch.levels, before, after, naming);
    case 'service':
      return event.type === 'ServiceRecovered' ? recovered(event) : event.type;
  }
}

function aboutItself(
  event: RecordedTopologyEvent,
  joins: number,
  before: PeerPlace | null,
  after: PeerPlace | null,
  naming: PeerNaming,
): string {
  switch (event.type) {
    case 'PeerJoined':
      return `${joins > 1 ? 'joined again' : 'joined'} ${
        event.capacity === null ? 'without a capacity claim' : `with a capacity of ${String(event.capacity)}`
      }`;
    case 'PeerResumed':
      return 'came back with its resume token and kept its place';
    case 'PeerDisconnected':
      return 'lost its connection to the service; its place is kept until its deadline';
    case 'CapacityClaimed':
      return `${claimedClause(event)} (${String(after?.effectiveCapacity ?? 0)} in effect)${lettingGo(before, after)}`;
    case 'PeerLeft':
    case 'PeerTimedOut':
    case 'PeerKicked':
      return departedClause(event) + leavingBehind(before);
    case 'ParentAssigned':
      return assignedClause(event, naming);
    case 'PeerWaiting':
      return event.formerParent === null
        ? 'found no free slot: waiting'
        : `lost ${spokenName(naming, event.formerParent)} and found no free slot: waiting`;
    case 'PeerTenured':
    case 'PeerCleared':
    case 'PeerSuspected':
    case 'ForwardingFailed':
    case 'CapacityRevoked':
    case 'CapacityRestored':
      return trustClause(event) + lettingGo(before, after, '; ');
    case 'StallReported':
    case 'PlanFollowed':
      return lossClause(event, naming);
    case 'PeerForgotten':
      return 'was forgotten: its name is erased';
    default:
      return event.type;
  }
}

function aboutChild(event: RecordedTopologyEvent, taken: boolean, after: PeerPlace | null, naming: PeerNaming): string {
  if (!('peer' in event)) return event.type;
  const child = spokenName(naming, event.peer);
  const its = after === null ? 'its former child' : 'its child';
  switch (event.type) {
    case 'PeerLeft':
    case 'PeerTimedOut':
    case 'PeerKicked':
      return `${its} ${child} ${departedClause(event)}`;
    case 'PeerWaiting':
      return `its former child ${child} found no free slot: waiting`;
    case 'ParentAssigned':
      if (!taken) return `${its} ${child} moved to ${spokenName(naming, event.parent)}`;
      return `took on ${child}${after === null ? '' : ` (${slots(after)})`}`;
    case 'StallReported':
      return `${its} ${child} got no media from it for ${spokenDuration(event.silentMs)}`;
    case 'PlanFollowed':
      return taken
        ? `${child} lost its parent and turned to it by its plan`
        : `${its} ${child} lost it and turned to ${spokenName(naming, event.connectedTo)} by its plan`;
    default:
      return `${its} ${child}: ${event.type}`;
  }
}

/** The peer did nothing, but what happened above it took its feed away or moved it along. */
function aboutAbove(
  event: RecordedTopologyEvent,
  levels: number | null,
  before: PeerPlace | null,
  after: PeerPlace | null,
  naming: PeerNaming,
): string {
  if (!('peer' in event)) return event.type;
  const name = spokenName(naming, event.peer);
  const who =
    levels === 1 ? `its parent ${name}` : levels === null ? name : `${name}, ${String(levels)} levels above it,`;
  switch (event.type) {
    case 'PeerLeft':
    case 'PeerTimedOut':
    case 'PeerKicked':
      return `${who} ${departedClause(event)}`;
    case 'CapacityClaimed':
      return `${who} ${claimedClause(event)}${after?.standing === 'unplaced' ? ' and let it go' : ''}`;
    case 'PeerSuspected':
    case 'CapacityRevoked':
      return `${who} ${trustClause(event)}${after?.standing === 'unplaced' ? '; cut off' : ''}`;
    case 'PeerWaiting':
      return `${who} found no free slot: waiting below it`;
    case 'ParentAssigned':
      return `${who} ${assignedClause(event, naming)}${movedAlong(before, after, event.version === 2)}`;
    default:
      return `${who} ${event.type}`;
  }
}

function movedAlong(before: PeerPlace | null, after: PeerPlace | null, displaces: boolean): string {
  if (after === null) return '';
  if (displaces && after.standing !== 'placed') return '';
  if (after.standing === 'unplaced') return ', and it would have stood too deep: cut off';
  if (after.depth === null || before?.depth === after.depth) return '';
  return `: it moved along to depth ${String(after.depth)}`;
}

function claimedClause(event: EventOf<'CapacityClaimed'>): string {
  return event.capacity === null ? 'withdrew its capacity claim' : `claimed a capacity of ${String(event.capacity)}`;
}

/** @param joint a word or sign that cannot make it sound as if somebody else, of whom the clause before speaks, had let go. */
function lettingGo(before: PeerPlace | null, after: PeerPlace | null, joint = ' and '): string {
  const gone = (before?.children ?? 0) - (after?.children ?? 0);
  return gone > 0 ? `${joint}let go of ${counted(gone, 'child', 'children')}` : '';
}

function leavingBehind(before: PeerPlace | null): string {
  const orphans = before?.children ?? 0;
  return orphans > 0 ? `, leaving ${counted(orphans, 'child', 'children')} without a parent` : '';
}

function slots(place: PeerPlace): string {
  return `${String(place.children)} of ${counted(place.effectiveCapacity, 'slot')} taken`;
}

function recovered(event: EventOf<'ServiceRecovered'>): string {
  return `the service could not hear it for ${spokenDuration(event.gapMs)} (${event.reason}); its deadline began anew`;
}

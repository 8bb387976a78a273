import type { AssignmentCause, RecordedEvent, RecordedTopologyEvent, TrackSettings } from '../domain/events.js';
import { ORIGIN } from '../domain/ids.js';
import { type PeerNaming, spokenName } from './peer-names.js';
import { counted, grouped, spokenDuration } from './spoken-figures.js';

export type EventOf<Type extends RecordedTopologyEvent['type']> = Extract<RecordedTopologyEvent, { type: Type }>;
type Departure = EventOf<'PeerLeft' | 'PeerTimedOut' | 'PeerKicked'>;

/** `left`, `timed out after 10.2 s of silence`: how a peer went, without saying who. */
export function departedClause(event: Departure): string {
  switch (event.type) {
    case 'PeerLeft':
      return event.cause === 'replaced' ? 'lost all its links and was replaced by its next join' : 'left';
    case 'PeerTimedOut':
      return `timed out after ${spokenDuration(event.silentMs)} of silence`;
    case 'PeerKicked':
      return 'was kicked by an operator';
  }
}

/** `moved from relay-7 to relay-2 (depth 2)`: where a peer went and why, without saying who. */
export function assignedClause(event: EventOf<'ParentAssigned'>, naming: PeerNaming): string {
  const { parent, formerParent, depth } = event;
  if (parent === ORIGIN && formerParent === null)
    return `became a root, fed by the origin${REASONS[event.cause]}${displacing(event, naming)}`;
  const to = parent === ORIGIN ? 'the origin as a root' : `${spokenName(naming, parent)} (depth ${String(depth)})`;
  const from = formerParent === null ? 'assigned to' : `moved from ${spokenName(naming, formerParent)} to`;
  return `${from} ${to}${REASONS[event.cause]}${displacing(event, naming)}`;
}

function displacing(event: EventOf<'ParentAssigned'>, naming: PeerNaming): string {
  return event.version === 2 ? `, in the slot of ${spokenName(naming, event.displaced)}` : '';
}

/** Causes that the events around an assignment do not already tell. */
const REASONS: Record<AssignmentCause, string> = {
  joined: '',
  orphaned: '',
  heir: ', as the heir of its parent',
  sibling: ', which was its sibling',
  swapped: ', so that capacity stands higher',
  promoted: ', promoted',
  refilled: ', where a slot had come free',
  tenured: ', by tenure',
  suspected: ', away from a suspected parent',
  verified: ', away from a parent that forwarded nothing',
  shrunk: '',
  reassigned: ', on request of an operator',
  configured: ', by a new configuration',
};

type Trust = EventOf<
  'PeerTenured' | 'PeerCleared' | 'PeerSuspected' | 'ForwardingFailed' | 'CapacityRevoked' | 'CapacityRestored'
>;

/** `reached tenure`, `was suspected on the word of 2 children`: what the service thinks of a peer, without saying who. */
export function trustClause(event: Trust): string {
  switch (event.type) {
    case 'PeerTenured':
      return 'reached tenure: its slots come first';
    case 'PeerSuspected':
      return `was suspected: ${saying(event.complaints)} that no media comes from it`;
    case 'PeerCleared':
      return 'answered a probe and was cleared';
    case 'ForwardingFailed':
      return `forwarded nothing while it was fed itself: ${saying(event.complaints)} that for ${spokenDuration(event.windowMs)} nothing came`;
    case 'CapacityRevoked':
      return 'lost its slots for a time';
    case 'CapacityRestored':
      return 'got its slots back';
  }
}

function saying(complaints: number): string {
  return `${counted(complaints, 'child', 'children')} ${complaints === 1 ? 'says' : 'say'}`;
}

/** `got no media from relay-7 for 2.0 s`: what a peer says of its parent, without saying who. */
export function lossClause(event: EventOf<'StallReported' | 'PlanFollowed'>, naming: PeerNaming): string {
  if (event.type === 'StallReported')
    return `got no media from ${spokenName(naming, event.parent)} for ${spokenDuration(event.silentMs)}`;
  const lost = event.lostParent === null ? 'its parent' : spokenName(naming, event.lostParent);
  return `lost ${lost} and turned to ${spokenName(naming, event.connectedTo)} by its plan`;
}

/** Any event as one readable line without its time, naming the peers: what `events` prints. */
export function eventSentence(event: RecordedEvent, naming: PeerNaming): string {
  switch (event.type) {
    case 'TrackOpened':
      return settingsClause(event.settings);
    case 'TrackConfigured':
      return `from here on ${settingsClause(event.settings)}`;
    case 'TrackClosed':
      return 'the last peer is gone';
    case 'RetentionApplied':
      return `an operator removed the log up to position ${grouped(event.throughPosition)}`;
    case 'ServiceRecovered':
      return `${event.reason}: no peer could be heard for ${spokenDuration(event.gapMs)}`;
    default:
      return `${'peer' in event ? spokenName(naming, event.peer) : ''} ${peerClause(event, naming)}`;
  }
}

/** `policy resilient v1, up to 30 roots, 3 children each, depth 6, timeout 10 s`: the rules of a track. */
export function settingsClause(settings: TrackSettings): string {
  const { policy, policyVersion, rootPeerCount, maxChildren, maxDepth, heartbeatTimeoutMs, ideas } = settings;
  const own = ideas === undefined ? '' : ' with switches of its own';
  return `policy ${policy} v${String(policyVersion)}${own}, up to ${counted(rootPeerCount, 'root')}, ${counted(maxChildren, 'child', 'children')} each, depth ${String(maxDepth)}, timeout ${spokenDuration(heartbeatTimeoutMs)}`;
}

type PeerEvent = Exclude<
  RecordedEvent,
  { type: 'TrackOpened' | 'TrackConfigured' | 'TrackClosed' | 'ServiceRecovered' | 'RetentionApplied' }
>;

function peerClause(event: PeerEvent, naming: PeerNaming): string {
  switch (event.type) {
    case 'PeerJoined':
      return event.capacity === null
        ? 'joined without a capacity claim'
        : `joined with a capacity of ${String(event.capacity)}`;
    case 'PeerForgotten':
      return 'was forgotten: its name is erased';
    case 'PeerResumed':
      return 'came back and kept its place';
    case 'PeerDisconnected':
      return 'lost its connection; its place is kept until its deadline';
    case 'CapacityClaimed':
      return event.capacity === null
        ? 'withdrew its capacity claim'
        : `claimed a capacity of ${String(event.capacity)}`;
    case 'PeerLeft':
    case 'PeerTimedOut':
    case 'PeerKicked':
      return departedClause(event);
    case 'ParentAssigned':
      return `${assignedClause(event, naming)}${causedBy(event.causedBy)}`;
    case 'PeerWaiting':
      return `found no free slot: waiting${causedBy(event.causedBy)}`;
    case 'PeerTenured':
    case 'PeerCleared':
    case 'PeerSuspected':
    case 'ForwardingFailed':
    case 'CapacityRevoked':
    case 'CapacityRestored':
      return trustClause(event);
    case 'StallReported':
    case 'PlanFollowed':
      return lossClause(event, naming);
    case 'HeartbeatReceived':
      return 'beat';
    case 'ForwardReported':
      return `forwarded ${grouped(event.forwardedFrames)} frames in all${
        event.receivedFrames === null ? '' : `, received ${grouped(event.receivedFrames)}`
      }`;
  }
}

function causedBy(position: number | null): string {
  return position === null ? '' : `, because of ${String(position)}`;
}

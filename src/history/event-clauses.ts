import type { AssignmentCause, RecordedEvent, RecordedTopologyEvent } from '../domain/events.js';
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
  if (parent === ORIGIN && formerParent === null) return `became a root, fed by the origin${REASONS[event.cause]}`;
  const to = parent === ORIGIN ? 'the origin as a root' : `${spokenName(naming, parent)} (depth ${String(depth)})`;
  const from = formerParent === null ? 'assigned to' : `moved from ${spokenName(naming, formerParent)} to`;
  return `${from} ${to}${REASONS[event.cause]}`;
}

/** Causes that the events around an assignment do not already tell. */
const REASONS: Record<AssignmentCause, string> = {
  joined: '',
  orphaned: '',
  heir: ', as its heir',
  sibling: ', to a sibling',
  swapped: ', trading places with a weaker peer',
  promoted: ', promoted',
  refilled: ', where a slot had come free',
  tenured: ', tenured',
  suspected: ', away from a suspected parent',
  verified: ', verified',
  shrunk: '',
  reassigned: ', on request of an operator',
  configured: ', by a new configuration',
};

/** Any event as one readable line without its time, naming the peers: what `events` prints. */
export function eventSentence(event: RecordedEvent, naming: PeerNaming): string {
  switch (event.type) {
    case 'TrackOpened': {
      const { policy, policyVersion, rootPeerCount, maxChildren, maxDepth, heartbeatTimeoutMs } = event.settings;
      return `policy ${policy} v${String(policyVersion)}, up to ${counted(rootPeerCount, 'root')}, ${counted(maxChildren, 'child', 'children')} each, depth ${String(maxDepth)}, timeout ${spokenDuration(heartbeatTimeoutMs)}`;
    }
    case 'TrackClosed':
      return 'the last peer is gone';
    case 'ServiceRecovered':
      return `${event.reason}: no peer could be heard for ${spokenDuration(event.gapMs)}`;
    default:
      return `${'peer' in event ? spokenName(naming, event.peer) : ''} ${peerClause(event, naming)}`;
  }
}

type PeerEvent = Exclude<RecordedEvent, { type: 'TrackOpened' | 'TrackClosed' | 'ServiceRecovered' }>;

function peerClause(event: PeerEvent, naming: PeerNaming): string {
  switch (event.type) {
    case 'PeerJoined':
      return event.capacity === null
        ? 'joined without a capacity claim'
        : `joined with a capacity of ${String(event.capacity)}`;
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

import type { PeerIdentity, RecordedEvent, TrackSettings } from '../domain/events.js';
import { forgottenName, type PeerNumber, type Position } from '../domain/ids.js';
import { type PeerNaming, shownName } from './peer-names.js';

/** The rules of a track as every face shows them. Times in milliseconds. */
export interface SettingsJson {
  policy: string;
  policy_version: number;
  root_peer_count: number;
  max_children: number;
  max_depth: number;
  heartbeat_timeout_ms: number;
  /** Only where a track has switches of its own. */
  ideas?: object;
}

/** An event as the CLI, HTTP and exports show it: snake_case, times in epoch milliseconds. */
export interface EventJson {
  track: string;
  position: Position;
  type: string;
  version: number;
  recorded_at: number;
  /** Of decisions only: position of the fact that triggered it; null when an operator or a timer asked. */
  caused_by?: Position | null;
  [field: string]: unknown;
}

/**
 * One event of a track in the public form. Peers are named by number and by peer_id (`#` and the number: forgotten); as a parent,
 * 0 with a null name is the origin, and null with null is none. Hashes of resume tokens stay in the log.
 */
export function eventJson(track: string, event: RecordedEvent, naming: PeerNaming): EventJson {
  const { position, type, version, recordedAt } = event;
  return {
    track,
    position,
    type,
    version,
    recorded_at: recordedAt,
    ...('causedBy' in event ? { caused_by: event.causedBy } : {}),
    ...payload(event, naming),
  };
}

function payload(event: RecordedEvent, naming: PeerNaming): object {
  switch (event.type) {
    case 'TrackOpened':
    case 'TrackConfigured':
      return { settings: settingsJson(event.settings) };
    case 'TrackClosed':
      return {};
    case 'ServiceRecovered':
      return { reason: event.reason, gap_ms: event.gapMs };
    case 'PeerJoined':
      return { ...joined(event.peer, event.identity), capacity: event.capacity };
    case 'RetentionApplied':
      return { through_position: event.throughPosition, chain_hash: event.chainHash, state_hash: event.stateHash };
    case 'PeerForgotten':
    case 'PeerResumed':
    case 'PeerDisconnected':
    case 'PeerCleared':
    case 'PeerTenured':
    case 'CapacityRevoked':
    case 'CapacityRestored':
    case 'HeartbeatReceived':
      return subject(event.peer, naming);
    case 'CapacityClaimed':
      return { ...subject(event.peer, naming), capacity: event.capacity };
    case 'ForwardReported':
      return {
        ...subject(event.peer, naming),
        forwarded_frames: event.forwardedFrames,
        received_frames: event.receivedFrames,
      };
    case 'PeerLeft':
      return { ...subject(event.peer, naming), ...former(event.formerParent, naming), cause: event.cause };
    case 'PeerTimedOut':
      return { ...subject(event.peer, naming), ...former(event.formerParent, naming), silent_ms: event.silentMs };
    case 'PeerKicked':
    case 'PeerWaiting':
      return { ...subject(event.peer, naming), ...former(event.formerParent, naming) };
    case 'ParentAssigned':
      return {
        ...subject(event.peer, naming),
        parent: event.parent,
        parent_id: shownName(naming, event.parent),
        ...former(event.formerParent, naming),
        depth: event.depth,
        cause: event.cause,
        ...(event.version === 2
          ? { displaced: event.displaced, displaced_id: shownName(naming, event.displaced) }
          : {}),
      };
    case 'StallReported':
      return {
        ...subject(event.peer, naming),
        parent: event.parent,
        parent_id: shownName(naming, event.parent),
        silent_ms: event.silentMs,
      };
    case 'PlanFollowed':
      return {
        ...subject(event.peer, naming),
        lost_parent: event.lostParent,
        lost_parent_id: event.lostParent === null ? null : shownName(naming, event.lostParent),
        connected_to: event.connectedTo,
        connected_to_id: shownName(naming, event.connectedTo),
      };
    case 'PeerSuspected':
      return { ...subject(event.peer, naming), complaints: event.complaints };
    case 'ForwardingFailed':
      return { ...subject(event.peer, naming), complaints: event.complaints, window_ms: event.windowMs };
  }
}

function joined(peer: PeerNumber, identity: PeerIdentity | null): object {
  return { peer, peer_id: identity?.peerId ?? forgottenName(peer) };
}

function subject(peer: PeerNumber, naming: PeerNaming): object {
  return { peer, peer_id: shownName(naming, peer) };
}

function former(formerParent: PeerNumber | null, naming: PeerNaming): object {
  return {
    former_parent: formerParent,
    former_parent_id: formerParent === null ? null : shownName(naming, formerParent),
  };
}

/** The rules of a track in the public form. */
export function settingsJson(settings: TrackSettings): SettingsJson {
  return {
    policy: settings.policy,
    policy_version: settings.policyVersion,
    root_peer_count: settings.rootPeerCount,
    max_children: settings.maxChildren,
    max_depth: settings.maxDepth,
    heartbeat_timeout_ms: settings.heartbeatTimeoutMs,
    ...(settings.ideas === undefined
      ? {}
      : { ideas: { swap: settings.ideas.swap, heir: settings.ideas.heir, tenure_ms: settings.ideas.tenureMs } }),
  };
}

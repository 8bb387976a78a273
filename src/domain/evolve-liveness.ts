import type { RecordedEvent, RecordedTopologyEvent } from './events.js';
import { CAPACITY_REVOKED_MS, STALL_COUNTED_MS } from './limits.js';
import type { Liveness } from './liveness.js';

/** Applies one event of either kind. Events must come in order of position, or the list would lose its order. */
export function evolveLiveness(liveness: Liveness, event: RecordedEvent): void {
  switch (event.type) {
    case 'HeartbeatReceived':
      liveness.heard(event.peer, event.recordedAt).lastHeartbeatAt = event.recordedAt;
      return;
    case 'ForwardReported':
      liveness.reported(event.peer, event.recordedAt, event.forwardedFrames, event.receivedFrames);
      return;
    default:
      evolveByTopology(liveness, event);
  }
}

function evolveByTopology(liveness: Liveness, event: RecordedTopologyEvent): void {
  switch (event.type) {
    case 'PeerJoined':
      liveness.heard(event.peer, event.recordedAt);
      return;
    case 'PeerResumed':
      liveness.heard(event.peer, event.recordedAt).connected = true;
      liveness.lastResumeAt = event.recordedAt;
      return;
    case 'CapacityClaimed':
      liveness.heard(event.peer, event.recordedAt);
      return;
    case 'PeerDisconnected': {
      const peer = liveness.of(event.peer);
      if (peer !== null) peer.connected = false;
      return;
    }
    case 'PeerLeft':
    case 'PeerTimedOut':
    case 'PeerKicked':
      liveness.forget(event.peer);
      return;
    case 'ServiceRecovered':
      liveness.restartedAt = event.recordedAt;
      return;
    case 'ParentAssigned':
      liveness.assigned(event.peer, event.parent, event.recordedAt);
      return;
    case 'StallReported': {
      const child = liveness.heard(event.peer, event.recordedAt);
      if (event.silentMs >= STALL_COUNTED_MS) liveness.complained(child, event.recordedAt);
      return;
    }
    case 'PlanFollowed': {
      const child = liveness.heard(event.peer, event.recordedAt);
      child.turnedTo = event.connectedTo;
      if (event.lostParent !== null && event.lostParent === child.parent) liveness.complained(child, event.recordedAt);
      return;
    }
    case 'PeerSuspected':
      liveness.accused.delete(event.peer);
      return;
    case 'PeerCleared':
      liveness.heard(event.peer, event.recordedAt);
      return;
    case 'ForwardingFailed':
      liveness.revokedUntil.set(event.peer, event.recordedAt + event.complaints * CAPACITY_REVOKED_MS);
      return;
    case 'CapacityRestored':
      liveness.revokedUntil.delete(event.peer);
      return;
    case 'TrackOpened':
    case 'TrackConfigured':
    case 'TrackClosed':
    case 'PeerWaiting':
    case 'PeerTenured':
    case 'CapacityRevoked':
    case 'RetentionApplied':
    case 'PeerForgotten':
      return;
  }
}

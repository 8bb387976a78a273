import type { DecisionTrace } from '../domain/decision-trace.js';
import { Deciding } from '../domain/deciding.js';
import type { Emit } from '../domain/recording.js';
import { CorruptLogError } from '../domain/errors.js';
import type { RecordedTopologyEvent } from '../domain/events.js';
import { evolve } from '../domain/evolve.js';
import type { PeerNode } from '../domain/peer-node.js';
import { placementFor } from '../domain/policies/registry.js';
import type { RelayTree } from '../domain/relay-tree.js';

/** An event that puts rules in force. */
export type SetsRules = Extract<RecordedTopologyEvent, { type: 'TrackOpened' | 'TrackConfigured' }>;

/**
 * Carries out anew the command whose first event in the log is `event`, on the tree of the position before it. Where this build does not
 * have the policy, the event is applied as it is.
 *
 * @returns whether it was decided; false when it was only applied.
 * @throws CorruptLogError when the log says what cannot have happened.
 */
export function redecideCommand(
  tree: RelayTree,
  event: RecordedTopologyEvent,
  emit: Emit,
  trace: DecisionTrace | null = null,
): boolean {
  const isConfigured = event.type === 'TrackConfigured';
  if (bringsUnknownPolicy(event) || (isUndecidable(tree) && !isConfigured)) {
    evolve(tree, event);
    emit(event);
    return false;
  }
  // Pulses take positions between commands, never within one.
  tree.position = event.position - 1;
  carryOut(new Deciding(tree, event.recordedAt, emit, trace), tree, event);
  return true;
}

/** Whether the event puts a policy in force that this build does not have. */
export function bringsUnknownPolicy(event: RecordedTopologyEvent): event is SetsRules {
  return (event.type === 'TrackOpened' || event.type === 'TrackConfigured') && placementFor(event.settings) === null;
}

/** A policy that is not in this build: the log can be applied, not decided. */
export function isUndecidable(tree: RelayTree): boolean {
  return tree.settings !== null && tree.placement === null;
}

function carryOut(decision: Deciding, tree: RelayTree, event: RecordedTopologyEvent): void {
  switch (event.type) {
    case 'TrackOpened':
      decision.facts.opened(event.settings);
      return;
    case 'TrackConfigured':
      decision.configured(event.settings);
      return;
    case 'TrackClosed':
      decision.facts.closed();
      return;
    case 'ServiceRecovered':
      decision.facts.recovered(event.reason, event.gapMs);
      return;
    case 'RetentionApplied':
      decision.retained(event.throughPosition, event.chainHash, event.stateHash);
      return;
    case 'PeerForgotten':
      decision.forgotten(event.peer);
      return;
    case 'PeerJoined':
      decision.joined(event.identity, event.capacity);
      return;
    default: {
      const peer = tree.peer(event.peer);
      if (peer === null)
        throw new CorruptLogError(
          event.position,
          `${event.type} names peer ${String(event.peer)}, which is not in the track`,
        );
      carryOutFor(decision, peer, event);
    }
  }
}

type AboutPeer = Exclude<
  RecordedTopologyEvent,
  { type: SetsRules['type'] | 'TrackClosed' | 'ServiceRecovered' | 'PeerJoined' | 'RetentionApplied' | 'PeerForgotten' }
>;

function carryOutFor(decision: Deciding, peer: PeerNode, event: AboutPeer): void {
  switch (event.type) {
    case 'PeerResumed':
      return decision.facts.resumed(peer);
    case 'PeerDisconnected':
      return decision.facts.disconnected(peer);
    case 'CapacityClaimed':
      return decision.claim(peer, event.capacity);
    case 'PeerLeft':
      return decision.left(peer, event.cause);
    case 'PeerTimedOut':
      return decision.timedOut(peer, event.silentMs);
    case 'PeerKicked':
      return decision.kicked(peer);
    case 'StallReported':
      return decision.facts.stalled(peer, event.parent, event.silentMs);
    case 'PlanFollowed':
      return decision.facts.followed(peer, event.lostParent, event.connectedTo);
    case 'PeerSuspected':
      return decision.suspected(peer, event.complaints);
    case 'PeerCleared':
      return decision.cleared(peer);
    case 'PeerTenured':
      return decision.tenured(peer);
    case 'ForwardingFailed':
      return decision.revoked(peer, event.complaints, event.windowMs);
    case 'CapacityRestored':
      return decision.restored(peer);
    case 'ParentAssigned':
    case 'PeerWaiting':
    case 'CapacityRevoked':
      return carryOutAlone(decision, peer, event);
  }
}

/**
 * A decision that no fact stands before: an operator moved the peer, or the track was tended: the surplus of lowered limits moved, waiting
 * peers were placed, where a command had reached its bound.
 */
function carryOutAlone(decision: Deciding, peer: PeerNode, event: AboutPeer): void {
  if ('causedBy' in event && event.causedBy !== null) return;
  if (event.type === 'ParentAssigned' && event.cause === 'reassigned') decision.reassign(peer);
  else decision.tend();
}

/** Whether a decision came out as it stands in the log. Names are not compared, for they may have been erased since; nor rules, which are the fact itself. */
export function isSameEvent(recorded: RecordedTopologyEvent, redecided: RecordedTopologyEvent): boolean {
  if (recorded === redecided) return true;
  const fields = Object.keys({ ...recorded, ...redecided }) as (keyof RecordedTopologyEvent)[];
  return fields.every(
    (field) =>
      (field as string) === 'identity' || (field as string) === 'settings' || recorded[field] === redecided[field],
  );
}

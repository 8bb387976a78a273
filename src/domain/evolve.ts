import { CorruptLogError } from './errors.js';
import type { RecordedTopologyEvent, TrackSettings } from './events.js';
import { ORIGIN, type PeerNumber } from './ids.js';
import { parentNumber, type PeerNode } from './peer-node.js';
import { placementFor } from './policies/registry.js';
import { RelayTree } from './relay-tree.js';
import { NAME_TAKEN } from './roster.js';
import { canTakeSlot } from './slot-rules.js';

/**
 * Applies one event to the tree, in place. It never searches, decides, reads a clock or skips: the same events
 * give the same tree on every machine.
 *
 * @throws CorruptLogError when the event cannot follow from what is before it.
 */
export function evolve(tree: RelayTree, event: RecordedTopologyEvent): void {
  checkOrder(tree, event);
  applyEvent(tree, event);
  tree.position = event.position;
  tree.recordedAt = event.recordedAt;
}

/** Rebuilds the tree from its events; give `tree` to go on from an earlier state, which is changed. */
export function fold(events: Iterable<RecordedTopologyEvent>, tree = new RelayTree()): RelayTree {
  for (const event of events) evolve(tree, event);
  return tree;
}

/** Pulses take positions too, so a fold over topology events alone sees gaps; what it can't see is a step back. */
function checkOrder(tree: RelayTree, event: RecordedTopologyEvent): void {
  if (event.position <= tree.position)
    throw new CorruptLogError(event.position, `stands behind position ${String(tree.position)}`);
  if (event.recordedAt < tree.recordedAt) throw new CorruptLogError(event.position, 'recorded_at goes back');
}

function applyEvent(tree: RelayTree, event: RecordedTopologyEvent): void {
  switch (event.type) {
    case 'TrackOpened':
      if (tree.settings !== null) throw new CorruptLogError(event.position, 'opens a track that is open');
      tree.open(event.settings, placementFor(event.settings));
      return;
    case 'TrackConfigured':
      settingsInForce(tree, event);
      tree.configure(event.settings, placementFor(event.settings));
      return;
    case 'TrackClosed':
      if (tree.size > 0) throw new CorruptLogError(event.position, 'closes a track that has peers');
      settingsInForce(tree, event);
      tree.close();
      return;
    case 'ServiceRecovered':
      settingsInForce(tree, event);
      return;
    case 'PeerJoined':
      applyJoin(tree, event);
      return;
    case 'PeerResumed':
    case 'PeerDisconnected':
      presentPeer(tree, event.peer, event);
      return;
    case 'CapacityClaimed':
      tree.claim(presentPeer(tree, event.peer, event), event.capacity, settingsInForce(tree, event));
      return;
    case 'PeerLeft':
    case 'PeerTimedOut':
    case 'PeerKicked':
      applyDeparture(tree, event);
      return;
    case 'RetentionApplied':
      return;
    case 'PeerForgotten':
      if (tree.peer(event.peer) !== null)
        throw new CorruptLogError(event.position, `forgets peer ${String(event.peer)}, which is in the track`);
      return;
    case 'PeerTenured':
      applyTenure(tree, event);
      return;
    case 'StallReported':
    case 'PlanFollowed':
    case 'ForwardingFailed':
      presentPeer(tree, event.peer, event);
      return;
    case 'CapacityRevoked':
      tree.trust(presentPeer(tree, event.peer, event), 'revoked', true, settingsInForce(tree, event));
      return;
    case 'CapacityRestored':
      tree.trust(presentPeer(tree, event.peer, event), 'revoked', false, settingsInForce(tree, event));
      return;
    case 'PeerSuspected':
      tree.trust(presentPeer(tree, event.peer, event), 'suspected', true, settingsInForce(tree, event));
      return;
    case 'PeerCleared':
      tree.trust(presentPeer(tree, event.peer, event), 'suspected', false, settingsInForce(tree, event));
      return;
    case 'ParentAssigned':
      applyAssignment(tree, event);
      return;
    case 'PeerWaiting':
      applyWaiting(tree, event);
      return;
  }
}

type Of<Type extends RecordedTopologyEvent['type']> = Extract<RecordedTopologyEvent, { type: Type }>;

function applyJoin(tree: RelayTree, event: Of<'PeerJoined'>): void {
  if (event.peer !== event.position)
    throw new CorruptLogError(event.position, `peer number ${String(event.peer)} is not its position`);
  if (event.identity !== null && tree.isKnownTaken(event.identity.peerId)) {
    throw new CorruptLogError(event.position, NAME_TAKEN);
  }
  tree.admit(event.peer, event.recordedAt, event.identity, event.capacity, settingsInForce(tree, event));
}

function applyDeparture(tree: RelayTree, event: Of<'PeerLeft' | 'PeerTimedOut' | 'PeerKicked'>): void {
  const peer = presentPeer(tree, event.peer, event);
  checkFormerParent(event, parentNumber(peer));
  tree.remove(peer);
}

function applyAssignment(tree: RelayTree, event: Of<'ParentAssigned'>): void {
  const peer = presentPeer(tree, event.peer, event);
  const settings = settingsInForce(tree, event);
  checkFormerParent(event, parentNumber(peer) ?? peer.formerParent);
  const parent = event.parent === ORIGIN ? null : presentPeer(tree, event.parent, event);
  if (event.depth !== (parent === null ? 0 : parent.depth + 1) || event.depth > settings.maxDepth) {
    throw new CorruptLogError(
      event.position,
      `peer ${String(event.peer)} cannot stand at depth ${String(event.depth)}`,
    );
  }
  const displaced = event.version === 2 ? vacate(tree, event, parent) : null;
  if (!canTakeSlot(tree, peer, parent, displaced)) {
    throw new CorruptLogError(
      event.position,
      `peer ${String(event.parent)} has no slot for peer ${String(event.peer)}`,
    );
  }
  tree.attach(peer, parent, event.cause);
}

/** Whoever gives up the slot must have it: else the event could not have been decided. */
function vacate(
  tree: RelayTree,
  event: Extract<RecordedTopologyEvent, { version: 2 }>,
  parent: PeerNode | null,
): PeerNode {
  const displaced = presentPeer(tree, event.displaced, event);
  if (displaced.standing !== 'placed' || displaced.parent !== parent) {
    throw new CorruptLogError(event.position, `peer ${String(event.displaced)} has no slot to give up there`);
  }
  tree.displace(displaced, event.cause === 'tenured' ? 'tenured' : 'swapped');
  return displaced;
}

function applyTenure(tree: RelayTree, event: Of<'PeerTenured'>): void {
  const peer = presentPeer(tree, event.peer, event);
  if (peer.tenured) throw new CorruptLogError(event.position, `peer ${String(event.peer)} is tenured already`);
  tree.grantTenure(peer);
}

function applyWaiting(tree: RelayTree, event: Of<'PeerWaiting'>): void {
  const peer = presentPeer(tree, event.peer, event);
  if (tree.isSurplus(peer)) tree.displace(peer, 'configured');
  if (peer.standing !== 'unplaced')
    throw new CorruptLogError(event.position, `peer ${String(event.peer)} has a place already`);
  checkFormerParent(event, peer.formerParent);
  tree.wait(peer);
}

function presentPeer(tree: RelayTree, number: PeerNumber, event: RecordedTopologyEvent): PeerNode {
  const peer = tree.peer(number);
  if (peer === null)
    throw new CorruptLogError(event.position, `${event.type} names peer ${String(number)}, which is not in the track`);
  return peer;
}

function settingsInForce(tree: RelayTree, event: RecordedTopologyEvent): TrackSettings {
  if (tree.settings === null) throw new CorruptLogError(event.position, `${event.type} in a track that is not open`);
  return tree.settings;
}

function checkFormerParent(
  event: RecordedTopologyEvent & { formerParent: PeerNumber | null },
  known: PeerNumber | null,
): void {
  if (event.formerParent !== known) {
    throw new CorruptLogError(
      event.position,
      `former parent ${String(event.formerParent)} is not the one known, ${String(known)}`,
    );
  }
}

import { type Outcome, rejection, type SettingsChange, type TopologyCommand } from './commands.js';
import type { DecisionTrace } from './decision-trace.js';
import { Deciding } from './deciding.js';
import { isPeerId, type PeerNumber } from './ids.js';
import { CAPACITY_CLAIM_MAX } from './limits.js';
import type { PeerNode } from './peer-node.js';
import type { Emit } from './recording.js';
import type { RelayTree } from './relay-tree.js';
import { changedSettings, isSameSettings } from './settings-change.js';

/**
 * Decides one command against the tree: the facts it brings, and the placements that follow from them. Every event is applied
 * to the tree as it is emitted, so the next command of a batch already sees it. A rejection comes before the first event.
 * A command repeated after it took effect causes nothing and is accepted, so a retry is safe.
 *
 * @param nowMs epoch milliseconds; `recorded_at` of every event of this command, never before the tree's last.
 * @param trace hears why, for each decision; without it nothing is looked at and nothing is paid.
 * @throws PolicyUnavailableError when the track's rules name a policy this build does not have.
 */
export function decide(
  tree: RelayTree,
  command: TopologyCommand,
  nowMs: number,
  emit: Emit,
  trace: DecisionTrace | null = null,
): Outcome {
  const decision = new Deciding(tree, nowMs, emit, trace);
  switch (command.type) {
    case 'Join':
      return decideJoin(decision, command);
    case 'Disconnect':
      return decision.about(command.peer, (peer) => decision.facts.disconnected(peer));
    case 'ClaimCapacity':
      return decideClaim(decision, command.peer, command.capacity);
    case 'Leave':
      return decision.about(command.peer, (peer) => decision.left(peer, 'left'));
    case 'Expire':
      return decision.about(command.peer, (peer) => decision.timedOut(peer, command.silentMs));
    case 'Tenure':
      return decision.about(command.peer, (peer) => decision.tenured(peer));
    case 'Suspect':
      return decision.about(command.peer, (peer) => decision.suspected(peer, command.complaints));
    case 'Clear':
      return decision.about(command.peer, (peer) => decision.cleared(peer));
    case 'ReportStall':
      return decision.about(command.peer, (peer) => decision.facts.stalled(peer, command.parent, command.silentMs));
    case 'FollowPlan':
      return decision.about(command.peer, (peer) =>
        decision.facts.followed(peer, command.lostParent, command.connectedTo),
      );
    case 'Revoke':
      return decision.about(command.peer, (peer) => decision.revoked(peer, command.complaints, command.windowMs));
    case 'Restore':
      return decision.about(command.peer, (peer) => decision.restored(peer));
    case 'Kick':
      return decideNamed(decision, command.peerId, (peer) => decision.kicked(peer));
    case 'Reassign':
      return decideNamed(decision, command.peerId, (peer) => decision.reassign(peer));
    case 'Forget':
      return decision.forgotten(command.peer);
    case 'RecordRetention':
      return decision.retained(command.throughPosition, command.chainHash, command.stateHash);
    case 'Recover':
      if (tree.settings !== null) decision.facts.recovered(command.reason, command.gapMs);
      return decision.accepted(null);
    case 'Configure':
      return decideConfigure(decision, command.change);
    case 'Tend':
      if (tree.settings !== null) decision.tend();
      return decision.accepted(null);
    case 'Close':
      if (tree.settings !== null && tree.size === 0) decision.facts.closed();
      return decision.accepted(null);
  }
}

type Join = Extract<TopologyCommand, { type: 'Join' }>;

/**
 * Admits a peer and gives it a parent by the track's policy; without a slot it waits. The first join opens the track. A present
 * peer that shows its resume token keeps its place, and its children with it; a claim that differs is taken over.
 */
function decideJoin(decision: Deciding, command: Join): Outcome {
  const { tree } = decision;
  if (!isPeerId(command.identity.peerId)) return rejection('invalid_peer_id', 'peer_id is 1 to 64 of A-Z a-z 0-9 _ -');
  if (!isCapacity(command.capacity)) return invalidCapacity();
  const present = tree.peerNamed(command.identity.peerId);
  if (present !== null && !command.replace) return decideResume(decision, present, command);
  if (present === null && tree.size >= command.peersMax) {
    return rejection('track_full', `the track has its limit of ${String(command.peersMax)} peers`);
  }
  if (present !== null) decision.left(present, 'replaced');
  if (tree.settings === null) decision.facts.opened(command.settings);
  return decision.accepted(decision.joined(command.identity, command.capacity));
}

function decideResume(decision: Deciding, present: PeerNode, command: Join): Outcome {
  const { resumeHash } = command.identity;
  if (resumeHash === null || present.identity?.resumeHash !== resumeHash) {
    return rejection('peer_id_taken', 'a peer with this peer_id is in the track, and the resume token is not its own');
  }
  decision.facts.resumed(present);
  if (command.capacity !== null) decision.claim(present, command.capacity);
  return decision.accepted(present.number);
}

function decideClaim(decision: Deciding, number: PeerNumber, capacity: number | null): Outcome {
  if (!isCapacity(capacity)) return invalidCapacity();
  if (decision.tree.peer(number) === null) return rejection('not_registered', 'the peer is no longer in the track');
  return decision.about(number, (peer) => decision.claim(peer, capacity));
}

/** Rules that are in force already make no event, so a retry is safe. */
function decideConfigure(decision: Deciding, change: SettingsChange): Outcome {
  const { settings } = decision.tree;
  if (settings === null) return rejection('invalid_track', 'the track is not open, so it has no rules to change');
  const changed = changedSettings(settings, change);
  if ('ok' in changed) return changed;
  if (!isSameSettings(settings, changed)) decision.configured(changed);
  return decision.accepted(null);
}

function decideNamed(decision: Deciding, peerId: string, act: (peer: PeerNode) => void): Outcome {
  const peer = decision.tree.peerNamed(peerId);
  if (peer === null) return rejection('unknown_peer', `no peer ${peerId} is in the track`);
  return decision.about(peer.number, act);
}

function isCapacity(claim: number | null): boolean {
  return claim === null || (Number.isInteger(claim) && claim >= 0 && claim <= CAPACITY_CLAIM_MAX);
}

function invalidCapacity(): Outcome {
  return rejection(
    'invalid_capacity',
    `capacity is a whole number of children, 0 to ${String(CAPACITY_CLAIM_MAX)}, or null`,
  );
}

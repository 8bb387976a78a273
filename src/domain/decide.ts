import { type Outcome, rejection, type TopologyCommand } from './commands.js';
import { CorruptLogError } from './errors.js';
import type { RecordedTopologyEvent, TopologyEvent } from './events.js';
import { evolve } from './evolve.js';
import { isPeerId, ORIGIN, type PeerNumber, type Position } from './ids.js';
import { CAPACITY_CLAIM_MAX } from './limits.js';
import { parentNumber, type PeerNode } from './peer-node.js';
import { findPolicy } from './policies/registry.js';
import type { Decisions, PlacementPolicy } from './policies/placement-policy.js';
import type { RelayTree } from './relay-tree.js';

/** Takes each event of a decision, already applied to the tree, in order. */
export type Emit = (event: RecordedTopologyEvent) => void;

/**
 * Decides one command against the tree: the facts it brings, and the placements that follow from them. Every event is applied
 * to the tree as it is emitted, so the next command of a batch already sees it. A rejection comes before the first event.
 * A command repeated after it took effect causes nothing and is accepted, so a retry is safe.
 *
 * @param nowMs epoch milliseconds; `recorded_at` of every event of this command, never before the tree's last.
 * @throws CorruptLogError when the track was opened with a policy this build does not have.
 */
export function decide(tree: RelayTree, command: TopologyCommand, nowMs: number, emit: Emit): Outcome {
  const decision = new Deciding(tree, nowMs, emit);
  switch (command.type) {
    case 'Join':
      return decideJoin(decision, command);
    case 'Disconnect':
      return decision.about(command.peer, (peer) => decision.fact({ type: 'PeerDisconnected', version: 1, peer: peer.number }));
    case 'ClaimCapacity':
      return decideClaim(decision, command.peer, command.capacity);
    case 'Leave':
      return decision.about(command.peer, (peer) => decision.departure({ type: 'PeerLeft', version: 1, ...leaver(peer), cause: 'left' }));
    case 'Expire':
      return decision.about(command.peer, (peer) =>
        decision.departure({ type: 'PeerTimedOut', version: 1, ...leaver(peer), silentMs: command.silentMs }),
      );
    case 'Kick':
      return decideNamed(decision, command.peerId, (peer) => decision.departure({ type: 'PeerKicked', version: 1, ...leaver(peer) }));
    case 'Reassign':
      return decideNamed(decision, command.peerId, (peer) => decision.reassign(peer));
    case 'Recover':
      if (tree.settings !== null) decision.fact({ type: 'ServiceRecovered', version: 1, reason: command.reason, gapMs: command.gapMs });
      return decision.accepted(null);
    case 'Tend':
      if (tree.settings !== null) decision.settle(null);
      return decision.accepted(null);
    case 'Close':
      if (tree.settings !== null && tree.size === 0) decision.fact({ type: 'TrackClosed', version: 1 });
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
  if (present !== null) decision.departure({ type: 'PeerLeft', version: 1, ...leaver(present), cause: 'replaced' });
  const settings = tree.settings ?? command.settings;
  if (tree.settings === null) decision.fact({ type: 'TrackOpened', version: 1, settings });
  const peer = tree.position + 1;
  decision.fact({ type: 'PeerJoined', version: 1, peer, capacity: command.capacity, identity: command.identity });
  decision.settle(peer);
  return decision.accepted(peer);
}

function decideResume(decision: Deciding, present: PeerNode, command: Join): Outcome {
  const { resumeHash } = command.identity;
  if (resumeHash === null || present.identity?.resumeHash !== resumeHash) {
    return rejection('peer_id_taken', 'a peer with this peer_id is in the track, and the resume token is not its own');
  }
  decision.fact({ type: 'PeerResumed', version: 1, peer: present.number });
  if (command.capacity !== null) decision.claim(present, command.capacity);
  return decision.accepted(present.number);
}

function decideClaim(decision: Deciding, number: PeerNumber, capacity: number | null): Outcome {
  if (!isCapacity(capacity)) return invalidCapacity();
  if (decision.tree.peer(number) === null) return rejection('not_registered', 'the peer is no longer in the track');
  return decision.about(number, (peer) => decision.claim(peer, capacity));
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
  return rejection('invalid_capacity', `capacity is a whole number of children, 0 to ${String(CAPACITY_CLAIM_MAX)}, or null`);
}

function leaver(peer: PeerNode): { peer: PeerNumber; formerParent: PeerNumber | null } {
  return { peer: peer.number, formerParent: parentNumber(peer) };
}

type Departure = Extract<TopologyEvent, { type: 'PeerLeft' | 'PeerTimedOut' | 'PeerKicked' }>;

/** One command on its way: stamps events, applies them, hands them on. */
class Deciding {
  constructor(
    readonly tree: RelayTree,
    private readonly nowMs: number,
    private readonly emit: Emit,
  ) {}

  accepted(peer: PeerNumber | null): Outcome {
    return { ok: true, position: this.tree.position, peer };
  }

  /** Acts on a peer that is present. One that has gone already is a retry: numbers are never used again. */
  about(number: PeerNumber, act: (peer: PeerNode) => void): Outcome {
    const peer = this.tree.peer(number);
    if (peer !== null) act(peer);
    return this.accepted(number);
  }

  fact(event: TopologyEvent): void {
    const recorded = { ...event, position: this.tree.position + 1, recordedAt: this.nowMs };
    evolve(this.tree, recorded);
    this.emit(recorded);
  }

  departure(event: Departure): void {
    this.fact(event);
    this.settle(this.tree.position);
  }

  claim(peer: PeerNode, capacity: number | null): void {
    if (peer.claim === capacity) return;
    this.fact({ type: 'CapacityClaimed', version: 1, peer: peer.number, capacity });
    this.settle(this.tree.position);
  }

  settle(causedBy: Position | null): void {
    this.#policy().settle(this.tree, this.#decisions(causedBy));
  }

  reassign(peer: PeerNode): void {
    if (peer.standing === 'placed') this.#policy().reassign(this.tree, peer, this.#decisions(null));
    this.settle(null);
  }

  #policy(): PlacementPolicy {
    const { policy, policyVersion } = this.tree.settings ?? { policy: 'none', policyVersion: 0 };
    const found = findPolicy(policy, policyVersion);
    if (found === null) throw new CorruptLogError(this.tree.position, `policy ${policy} version ${String(policyVersion)} is not in this build`);
    return found;
  }

  #decisions(causedBy: Position | null): Decisions {
    return {
      assign: (peer, parent, cause) => {
        this.fact({
          type: 'ParentAssigned',
          version: 1,
          causedBy,
          peer: peer.number,
          parent: parent?.number ?? ORIGIN,
          formerParent: parentNumber(peer) ?? peer.formerParent,
          depth: parent === null ? 0 : parent.depth + 1,
          cause,
        });
      },
      wait: (peer) => {
        this.fact({ type: 'PeerWaiting', version: 1, causedBy, peer: peer.number, formerParent: peer.formerParent });
      },
    };
  }
}


import { Assigning } from './assigning.js';
import { BareFacts } from './bare-facts.js';
import type { Outcome } from './commands.js';
import type { DecisionTrace } from './decision-trace.js';
import { PolicyUnavailableError } from './errors.js';
import type { DepartureCause, PeerIdentity, RecordedTopologyEvent, TrackSettings } from './events.js';
import type { PeerNumber, Position } from './ids.js';
import { SURPLUS_MOVES_PER_COMMAND_MAX } from './limits.js';
import { parentNumber, type PeerNode } from './peer-node.js';
import type { Decisions, Placement, Vacancy } from './policies/placement-policy.js';
import { type Emit, Recording } from './recording.js';
import type { RelayTree } from './relay-tree.js';
import { isWithinLimits } from './surplus.js';

/**
 * One command on its way: writes its facts and has the policy settle what follows from them. Events are written out field by field:
 * spreading drafts into stamped events cost half of a join.
 */
export class Deciding {
  readonly facts: BareFacts;
  readonly #recording: Recording;

  constructor(
    readonly tree: RelayTree,
    private readonly nowMs: number,
    emit: Emit,
    private readonly trace: DecisionTrace | null = null,
  ) {
    this.#recording = new Recording(tree, nowMs, emit);
    this.facts = new BareFacts(this.#recording);
  }

  accepted(peer: PeerNumber | null): Outcome {
    return { ok: true, position: this.tree.position, peer };
  }

  /** Acts on a peer that is present. One that has gone already is a retry: numbers are never used again. */
  about(number: PeerNumber, act: (peer: PeerNode) => void): Outcome {
    const peer = this.tree.peer(number);
    if (peer !== null) act(peer);
    return this.accepted(number);
  }

  /** Other rules from here on: what lies above a lowered limit moves, a bounded part of it at once, and waiting peers are placed. */
  configured(settings: TrackSettings): void {
    this.#record({ type: 'TrackConfigured', version: 1, position: this.#next, recordedAt: this.nowMs, settings });
    this.#tend(this.tree.position);
  }

  /** Goes on where an earlier command reached its bound. */
  tend(): void {
    this.#tend(null);
  }

  /** Also in a track that is closed. */
  forgotten(peer: PeerNumber): Outcome {
    const present = this.tree.peer(peer);
    if (present !== null) this.kicked(present);
    this.#record({ type: 'PeerForgotten', version: 1, position: this.#next, recordedAt: this.nowMs, peer });
    return this.accepted(peer);
  }

  /** Also in a track that is closed. */
  retained(throughPosition: Position, chainHash: string, stateHash: string): Outcome {
    const [position, recordedAt] = [this.#next, this.nowMs];
    this.#record({ type: 'RetentionApplied', version: 1, position, recordedAt, throughPosition, chainHash, stateHash });
    return this.accepted(null);
  }

  joined(identity: PeerIdentity | null, capacity: number | null): PeerNumber {
    const peer = this.#next;
    this.#record({ type: 'PeerJoined', version: 1, position: peer, recordedAt: this.nowMs, peer, capacity, identity });
    this.settle(peer);
    return peer;
  }

  claim(peer: PeerNode, capacity: number | null): void {
    if (peer.claim === capacity) return;
    const { number } = peer;
    this.#record({
      type: 'CapacityClaimed',
      version: 1,
      position: this.#next,
      recordedAt: this.nowMs,
      peer: number,
      capacity,
    });
    this.settle(this.tree.position);
  }

  left(peer: PeerNode, cause: DepartureCause): void {
    const formerParent = parentNumber(peer);
    const vacancy = vacancyOf(this.tree, peer);
    this.#record({
      type: 'PeerLeft',
      version: 1,
      position: this.#next,
      recordedAt: this.nowMs,
      peer: peer.number,
      formerParent,
      cause,
    });
    this.settle(this.tree.position, vacancy);
  }

  timedOut(peer: PeerNode, silentMs: number): void {
    const formerParent = parentNumber(peer);
    const vacancy = vacancyOf(this.tree, peer);
    this.#record({
      type: 'PeerTimedOut',
      version: 1,
      position: this.#next,
      recordedAt: this.nowMs,
      peer: peer.number,
      formerParent,
      silentMs,
    });
    this.settle(this.tree.position, vacancy);
  }

  kicked(peer: PeerNode): void {
    const formerParent = parentNumber(peer);
    const vacancy = vacancyOf(this.tree, peer);
    const { number } = peer;
    this.#record({
      type: 'PeerKicked',
      version: 1,
      position: this.#next,
      recordedAt: this.nowMs,
      peer: number,
      formerParent,
    });
    this.settle(this.tree.position, vacancy);
  }

  reassign(peer: PeerNode): void {
    // Who is above a lowered limit, or below somebody who is, stands in no index; the tending moves the surplus.
    if (peer.standing === 'placed' && !this.#isInTransition(peer))
      this.#placement().reassign(this.tree, peer, this.#decisions(null));
    this.#tend(null);
  }

  /** Once for each peer, and only where the policy knows tenure. */
  tenured(peer: PeerNode): void {
    const { tenureMs } = this.#placement();
    if (peer.tenured || tenureMs === null || this.nowMs - peer.joinedAt < tenureMs) return;
    const { number } = peer;
    this.#record({
      type: 'PeerTenured',
      version: 1,
      position: this.#next,
      recordedAt: this.nowMs,
      causedBy: null,
      peer: number,
    });
    this.#placement().tenured(this.tree, peer, this.#decisions(null));
    if (this.tree.nextUnplaced() !== null) this.settle(null);
  }

  suspected(peer: PeerNode, complaints: number): void {
    if (peer.suspected) return;
    const orphans = [...peer.children];
    const { number } = peer;
    this.#record({
      type: 'PeerSuspected',
      version: 1,
      position: this.#next,
      recordedAt: this.nowMs,
      peer: number,
      complaints,
    });
    this.#placement().suspected(this.tree, peer, orphans, this.#decisions(this.tree.position));
  }

  cleared(peer: PeerNode): void {
    if (!peer.suspected) return;
    const { number } = peer;
    this.#record({ type: 'PeerCleared', version: 1, position: this.#next, recordedAt: this.nowMs, peer: number });
    this.settle(this.tree.position);
  }

  /** The evidence, and what follows from it: the peer serves nobody, and its children move. */
  revoked(peer: PeerNode, complaints: number, windowMs: number): void {
    if (peer.revoked) return;
    const { number } = peer;
    this.#record({
      type: 'ForwardingFailed',
      version: 1,
      position: this.#next,
      recordedAt: this.nowMs,
      peer: number,
      complaints,
      windowMs,
    });
    const causedBy = this.tree.position;
    this.#changeCapacity('CapacityRevoked', number, causedBy);
    this.settle(causedBy);
  }

  restored(peer: PeerNode): void {
    if (!peer.revoked) return;
    this.#changeCapacity('CapacityRestored', peer.number, null);
    this.settle(null);
  }

  /**
   * Has the policy place everyone who needs a parent now.
   *
   * @param causedBy the fact behind it; null for a timer or an operator. @param vacancy what a departed peer has left.
   */
  settle(causedBy: Position | null, vacancy: Vacancy | null = null): void {
    if (this.tree.nextUnplaced() === null && this.tree.nextWaiting() === null) return;
    this.#placement().settle(this.tree, this.#decisions(causedBy), vacancy);
  }

  #tend(causedBy: Position | null): void {
    let moves = 0;
    for (
      let peer = this.tree.nextSurplus();
      peer !== null && moves < SURPLUS_MOVES_PER_COMMAND_MAX;
      peer = this.tree.nextSurplus()
    ) {
      const before = this.tree.position;
      this.#shed(peer, causedBy);
      moves += this.tree.position - before;
    }
    this.settle(causedBy);
  }

  /**
   * Takes one peer out of the surplus. It stands nowhere while the policy looks for its place, and the first event says which that is: so
   * the log needs no event for a state that nobody ever sees.
   */
  #shed(peer: PeerNode, causedBy: Position | null): void {
    const { position } = this.tree;
    this.tree.displace(peer, 'configured');
    this.settle(causedBy);
    if (this.tree.position === position) throw new Error(`the policy left peer ${String(peer.number)} undecided`);
  }

  #isInTransition({ parent }: PeerNode): boolean {
    const { settings } = this.tree;
    if (settings === null || this.tree.nextSurplus() === null) return false;
    return parent !== null && !isWithinLimits(parent, settings);
  }

  #changeCapacity(type: 'CapacityRevoked' | 'CapacityRestored', peer: PeerNumber, causedBy: Position | null): void {
    this.#record({ type, version: 1, position: this.#next, recordedAt: this.nowMs, causedBy, peer });
  }

  get #next(): Position {
    return this.#recording.next;
  }

  #record(event: RecordedTopologyEvent): void {
    this.#recording.record(event);
  }

  #placement(): Placement {
    const { placement, settings, position } = this.tree;
    if (placement !== null) return placement;
    const { policy, policyVersion } = settings ?? { policy: 'none', policyVersion: 0 };
    throw new PolicyUnavailableError(position, policy, policyVersion);
  }

  #decisions(causedBy: Position | null): Decisions {
    return new Assigning(this.#recording, causedBy, this.trace);
  }
}

/** Only a placed peer leaves a slot that its heir can take, and none where there are more than limits allow now. */
function vacancyOf(tree: RelayTree, peer: PeerNode): Vacancy | null {
  if (peer.standing !== 'placed' || tree.isSurplus(peer)) return null;
  return { parent: peer.parent, orphans: [...peer.children] };
}

import type { Outcome } from './commands.js';
import { CorruptLogError } from './errors.js';
import type { DepartureCause, PeerIdentity, RecordedTopologyEvent, RecoveryReason, TrackSettings } from './events.js';
import { evolve } from './evolve.js';
import { ORIGIN, type PeerNumber, type Position } from './ids.js';
import { parentNumber, type PeerNode } from './peer-node.js';
import type { Decisions, PlacementPolicy } from './policies/placement-policy.js';
import { findPolicy } from './policies/registry.js';
import type { RelayTree } from './relay-tree.js';

/** Takes each event of a decision, already applied to the tree, in order. */
export type Emit = (event: RecordedTopologyEvent) => void;

/**
 * One command on its way: writes its facts, has the policy settle what follows from them, and applies and hands on each event.
 * Events are written out field by field: spreading drafts into stamped events cost half of a join.
 */
export class Deciding {
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

  opened(settings: TrackSettings): void {
    this.#record({ type: 'TrackOpened', version: 1, position: this.#next, recordedAt: this.nowMs, settings });
  }

  closed(): void {
    this.#record({ type: 'TrackClosed', version: 1, position: this.#next, recordedAt: this.nowMs });
  }

  recovered(reason: RecoveryReason, gapMs: number): void {
    this.#record({ type: 'ServiceRecovered', version: 1, position: this.#next, recordedAt: this.nowMs, reason, gapMs });
  }

  joined(identity: PeerIdentity, capacity: number | null): PeerNumber {
    const peer = this.#next;
    this.#record({ type: 'PeerJoined', version: 1, position: peer, recordedAt: this.nowMs, peer, capacity, identity });
    this.settle(peer);
    return peer;
  }

  resumed({ number: peer }: PeerNode): void {
    this.#record({ type: 'PeerResumed', version: 1, position: this.#next, recordedAt: this.nowMs, peer });
  }

  disconnected({ number: peer }: PeerNode): void {
    this.#record({ type: 'PeerDisconnected', version: 1, position: this.#next, recordedAt: this.nowMs, peer });
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
    this.#record({
      type: 'PeerLeft',
      version: 1,
      position: this.#next,
      recordedAt: this.nowMs,
      peer: peer.number,
      formerParent,
      cause,
    });
    this.settle(this.tree.position);
  }

  timedOut(peer: PeerNode, silentMs: number): void {
    const formerParent = parentNumber(peer);
    this.#record({
      type: 'PeerTimedOut',
      version: 1,
      position: this.#next,
      recordedAt: this.nowMs,
      peer: peer.number,
      formerParent,
      silentMs,
    });
    this.settle(this.tree.position);
  }

  kicked(peer: PeerNode): void {
    const formerParent = parentNumber(peer);
    const { number } = peer;
    this.#record({
      type: 'PeerKicked',
      version: 1,
      position: this.#next,
      recordedAt: this.nowMs,
      peer: number,
      formerParent,
    });
    this.settle(this.tree.position);
  }

  reassign(peer: PeerNode): void {
    if (peer.standing === 'placed') this.#policy().reassign(this.tree, peer, this.#decisions(null));
    this.settle(null);
  }

  /** Has the policy place everyone who needs a parent now. @param causedBy the fact behind it; null for a timer or an operator. */
  settle(causedBy: Position | null): void {
    if (this.tree.nextUnplaced() === null && this.tree.nextWaiting() === null) return;
    this.#policy().settle(this.tree, this.#decisions(causedBy));
  }

  get #next(): Position {
    return this.tree.position + 1;
  }

  #record(event: RecordedTopologyEvent): void {
    evolve(this.tree, event);
    this.emit(event);
  }

  #policy(): PlacementPolicy {
    const { policy, policyVersion } = this.tree.settings ?? { policy: 'none', policyVersion: 0 };
    const found = findPolicy(policy, policyVersion);
    if (found !== null) return found;
    throw new CorruptLogError(
      this.tree.position,
      `policy ${policy} version ${String(policyVersion)} is not in this build`,
    );
  }

  #decisions(causedBy: Position | null): Decisions {
    return {
      assign: (peer, parent, cause) => {
        this.#record({
          type: 'ParentAssigned',
          version: 1,
          position: this.#next,
          recordedAt: this.nowMs,
          causedBy,
          peer: peer.number,
          parent: parent?.number ?? ORIGIN,
          formerParent: parentNumber(peer) ?? peer.formerParent,
          depth: parent === null ? 0 : parent.depth + 1,
          cause,
        });
      },
      wait: (peer) => {
        const { number, formerParent } = peer;
        this.#record({
          type: 'PeerWaiting',
          version: 1,
          position: this.#next,
          recordedAt: this.nowMs,
          causedBy,
          peer: number,
          formerParent,
        });
      },
    };
  }
}

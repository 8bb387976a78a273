import type { DecisionTrace } from './decision-trace.js';
import type { AssignmentCause } from './events.js';
import { ORIGIN, type Position } from './ids.js';
import { parentNumber, type PeerNode } from './peer-node.js';
import type { Decisions } from './policies/placement-policy.js';
import type { Recording } from './recording.js';
import { canTakeSlot } from './slot-rules.js';

/**
 * A policy's choices as events. Each event is one whole literal: an object that is spread into another has a shape of its own each time,
 * and every later read of it is slow, which was most of a join.
 */
export class Assigning implements Decisions {
  /** Whether links were above a lowered limit when the policy began, or later: then a slot that somebody has left may be none. */
  #mayBeAboveLimits: boolean;

  /** @param causedBy the fact behind it; null for a timer or an operator. */
  constructor(
    private readonly recording: Recording,
    private readonly causedBy: Position | null,
    readonly trace: DecisionTrace | null,
  ) {
    this.#mayBeAboveLimits = recording.tree.nextSurplus() !== null;
  }

  assign(peer: PeerNode, parent: PeerNode | null, cause: AssignmentCause, displaced?: PeerNode): void {
    const { tree, nowMs: recordedAt } = this.recording;
    this.#mayBeAboveLimits ||= tree.nextSurplus() !== null;
    if (this.#mayBeAboveLimits && !canTakeSlot(tree, peer, parent, displaced ?? null)) return;
    const formerParent = parentNumber(peer) ?? peer.formerParent;
    const depth = parent === null ? 0 : parent.depth + 1;
    if (displaced === undefined) {
      this.recording.record({
        type: 'ParentAssigned',
        version: 1,
        position: this.recording.next,
        recordedAt,
        causedBy: this.causedBy,
        peer: peer.number,
        parent: parent?.number ?? ORIGIN,
        formerParent,
        depth,
        cause,
      });
      return;
    }
    this.recording.record({
      type: 'ParentAssigned',
      version: 2,
      position: this.recording.next,
      recordedAt,
      causedBy: this.causedBy,
      peer: peer.number,
      parent: parent?.number ?? ORIGIN,
      formerParent,
      depth,
      cause,
      displaced: displaced.number,
    });
  }

  wait({ number: peer, formerParent }: PeerNode): void {
    this.recording.record({
      type: 'PeerWaiting',
      version: 1,
      position: this.recording.next,
      recordedAt: this.recording.nowMs,
      causedBy: this.causedBy,
      peer,
      formerParent,
    });
  }
}

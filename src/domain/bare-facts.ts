import type { RecoveryReason, TrackSettings } from './events.js';
import type { PeerNumber, Position } from './ids.js';
import { parentNumber, type PeerNode } from './peer-node.js';
import type { Recording } from './recording.js';

/** Facts that are written down and from which no decision follows. */
export class BareFacts {
  constructor(private readonly recording: Recording) {}

  opened(settings: TrackSettings): void {
    this.recording.record({
      type: 'TrackOpened',
      version: 1,
      position: this.#position,
      recordedAt: this.#recordedAt,
      settings,
    });
  }

  closed(): void {
    this.recording.record({ type: 'TrackClosed', version: 1, position: this.#position, recordedAt: this.#recordedAt });
  }

  recovered(reason: RecoveryReason, gapMs: number): void {
    this.recording.record({
      type: 'ServiceRecovered',
      version: 1,
      position: this.#position,
      recordedAt: this.#recordedAt,
      reason,
      gapMs,
    });
  }

  resumed({ number: peer }: PeerNode): void {
    this.recording.record({
      type: 'PeerResumed',
      version: 1,
      position: this.#position,
      recordedAt: this.#recordedAt,
      peer,
    });
  }

  disconnected({ number: peer }: PeerNode): void {
    this.recording.record({
      type: 'PeerDisconnected',
      version: 1,
      position: this.#position,
      recordedAt: this.#recordedAt,
      peer,
    });
  }

  /** Every report of the present parent is a new fact; of any other it is too late to matter. */
  stalled(child: PeerNode, parent: PeerNumber, silentMs: number): void {
    if (parentNumber(child) !== parent) return;
    const { number: peer } = child;
    this.recording.record({
      type: 'StallReported',
      version: 1,
      position: this.#position,
      recordedAt: this.#recordedAt,
      peer,
      parent,
      silentMs,
    });
  }

  followed({ number: peer }: PeerNode, lostParent: PeerNumber | null, connectedTo: PeerNumber): void {
    this.recording.record({
      type: 'PlanFollowed',
      version: 1,
      position: this.#position,
      recordedAt: this.#recordedAt,
      peer,
      lostParent,
      connectedTo,
    });
  }

  get #position(): Position {
    return this.recording.next;
  }

  get #recordedAt(): number {
    return this.recording.nowMs;
  }
}

import type { Acknowledged, Move, RecordedKind } from './acknowledged-positions.js';
import type { LogEvent } from './log-reader.js';

/** What the log has said of one peer so far. */
type Testimony = {
  present: boolean;
  capacity: number | null;
  /** Where it was last placed, sent waiting, or joined; 0 before. */
  decidedAt: number;
  /** The parent of that placement; undefined where the event names none. */
  parentId: string | null | undefined;
  /** Where it last lost children: it departed, or its capacity changed. */
  lostChildrenAt: number;
};

const PULSE_TYPES: Partial<Record<RecordedKind, string>> = {
  heartbeat: 'HeartbeatReceived',
  forward_report: 'ForwardReported',
};

/** Follows the log event by event, and says of every acknowledgement whether the log bears it out. */
export class LogWitness {
  readonly #testimonies = new Map<string, Testimony>();
  #last: LogEvent | null = null;

  /** Of the event heard last; null before the first. */
  get position(): number | null {
    return this.#last?.position ?? null;
  }

  hear(event: LogEvent): void {
    this.#last = event;
    const { peer_id: peerId, position } = event;
    if (typeof peerId !== 'string') return;
    const peer = this.#testimony(peerId);
    switch (event.type) {
      case 'PeerJoined':
        peer.present = true;
        peer.capacity = event.capacity ?? null;
        peer.decidedAt = position;
        peer.parentId = undefined;
        return;
      case 'CapacityClaimed':
        peer.capacity = event.capacity ?? null;
        peer.lostChildrenAt = position;
        return;
      case 'CapacityRevoked':
        peer.lostChildrenAt = position;
        return;
      case 'PeerLeft':
      case 'PeerTimedOut':
      case 'PeerKicked':
        peer.present = false;
        peer.lostChildrenAt = position;
        return;
      case 'ParentAssigned':
      case 'PeerWaiting':
        peer.decidedAt = position;
        peer.parentId = event.type === 'PeerWaiting' ? undefined : event.parent_id;
        return;
    }
  }

  /** What is wrong with an acknowledgement of the position heard last; null when the log bears it out. */
  faultOf({ position, kind, peerId, capacity }: Acknowledged): string | null {
    const event = this.#last;
    if (event?.position !== position) return `position ${String(position)} is not in the log`;
    const shown = `position ${String(position)} is ${event.type} of ${event.peer_id ?? 'no peer'}`;
    const pulseType = PULSE_TYPES[kind];
    if (pulseType !== undefined) {
      return event.type === pulseType && event.peer_id === peerId ? null : `${shown}, not ${pulseType} of ${peerId}`;
    }
    const peer = this.#testimonies.get(peerId);
    switch (kind) {
      case 'register':
        return peer?.present === true ? null : `${shown}, and up to there ${peerId} has not joined`;
      case 'leave':
        return peer?.present === false ? null : `${shown}, and up to there ${peerId} has not left`;
      default:
        if (peer?.present === true && peer.capacity === capacity) return null;
        return `${shown}, and up to there the claim of ${peerId} is not ${String(capacity)}`;
    }
  }

  /** What is wrong with a peer's change of parent, seen up to the position heard last. */
  faultOfMove({ peerId, parentId, formerParentId, afterPosition, position }: Move): string | null {
    const peer = this.#testimonies.get(peerId);
    const between = `between ${String(afterPosition)} and ${String(position)}`;
    const shown = `from ${formerParentId ?? 'no parent'} to ${parentId ?? 'no parent'} ${between}`;
    if (peer !== undefined && peer.decidedAt > afterPosition) {
      const decided = peer.parentId;
      if (decided === undefined || decided === parentId || parentId === null) return null;
      return `told ${shown}, but the log puts it under ${decided ?? 'the origin'}`;
    }
    const former = formerParentId === null ? undefined : this.#testimonies.get(formerParentId);
    if (parentId === null && former !== undefined && former.lostChildrenAt > afterPosition) return null;
    return `told ${shown}, but the log has no decision about it there`;
  }

  #testimony(peerId: string): Testimony {
    const known = this.#testimonies.get(peerId);
    if (known !== undefined) return known;
    const fresh = { present: false, capacity: null, decidedAt: 0, parentId: undefined, lostChildrenAt: 0 };
    this.#testimonies.set(peerId, fresh);
    return fresh;
  }
}

import type { RecordedTopologyEvent } from '../domain/events.js';
import { ORIGIN, type PeerNumber, type Position } from '../domain/ids.js';
import { parentNumber, type PeerNode } from '../domain/peer-node.js';
import { departureWord } from './departure.js';

/** One peer of a relay tree at one moment, and its links. */
export interface Branch {
  readonly claim: number | null;
  /** Whether it serves nobody for now, and why. */
  readonly suspected: boolean;
  readonly revoked: boolean;
  /** `ORIGIN` for a root, and for one who waits. */
  readonly parent: PeerNumber;
  readonly isWaiting: boolean;
  /** Ascending. */
  readonly children: readonly PeerNumber[];
}

/** What the log says about one peer, found without reading what is between. */
export interface PeerRecords {
  /** The peer as the log begins, when its first events were removed and it was there already; null for all others. */
  begun(peer: PeerNumber): Branch | null;
  /** Every topology event that names the peer, in order. */
  naming(peer: PeerNumber): readonly RecordedTopologyEvent[];
}

/** A peer of a tree that is there as a whole. */
export function branchOf(peer: PeerNode): Branch {
  return {
    claim: peer.claim,
    suspected: peer.suspected,
    revoked: peer.revoked,
    parent: parentNumber(peer) ?? ORIGIN,
    isWaiting: peer.standing === 'waiting',
    children: peer.children.map((child) => child.number),
  };
}

/**
 * A peer as it stood after the event at `position`, put together from the events that name it. Between the events of one command, a
 * child that has just been let go and is not decided yet counts as a child still. Null when it was not there.
 */
export function branchAt(records: PeerRecords, peer: PeerNumber, position: Position): Branch | null {
  const growing = new GrowingBranch(peer, records.begun(peer));
  for (const event of records.naming(peer)) {
    if (event.position > position) break;
    growing.take(event);
  }
  return growing.finish();
}

type GrowingState = { -readonly [Field in keyof Omit<Branch, 'children'>]: Branch[Field] };

const NEW: GrowingState = { claim: null, suspected: false, revoked: false, parent: ORIGIN, isWaiting: false };

class GrowingBranch {
  #state: GrowingState | null;
  readonly #children: Set<PeerNumber>;

  constructor(
    private readonly peer: PeerNumber,
    begun: Branch | null,
  ) {
    this.#state = begun === null ? null : { ...begun };
    this.#children = new Set(begun?.children);
  }

  take(event: RecordedTopologyEvent): void {
    if (!('peer' in event)) return;
    if (event.peer === this.peer) this.#takeOwn(event);
    else this.#takeOfOthers(event);
  }

  finish(): Branch | null {
    if (this.#state === null) return null;
    return { ...this.#state, children: [...this.#children].sort((one, other) => one - other) };
  }

  #takeOwn(event: RecordedTopologyEvent): void {
    if (event.type === 'PeerJoined') this.#state = { ...NEW, claim: event.capacity };
    if (departureWord(event) !== null) this.#state = null;
    const state = this.#state;
    if (state === null) return;
    switch (event.type) {
      case 'CapacityClaimed':
        state.claim = event.capacity;
        return;
      case 'PeerSuspected':
      case 'PeerCleared':
        state.suspected = event.type === 'PeerSuspected';
        return;
      case 'CapacityRevoked':
      case 'CapacityRestored':
        state.revoked = event.type === 'CapacityRevoked';
        return;
      case 'ParentAssigned':
        state.parent = event.parent;
        state.isWaiting = false;
        return;
      case 'PeerWaiting':
        state.parent = ORIGIN;
        state.isWaiting = true;
        return;
      default:
      // Its place is as it was.
    }
  }

  #takeOfOthers(event: RecordedTopologyEvent & { peer: PeerNumber }): void {
    if ('formerParent' in event && event.formerParent === this.peer) this.#children.delete(event.peer);
    if (event.type !== 'ParentAssigned' || event.parent !== this.peer) return;
    if (event.version === 2) this.#children.delete(event.displaced);
    this.#children.add(event.peer);
  }
}

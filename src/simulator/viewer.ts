import type { PeerNumber } from '../domain/ids.js';
import type { ViewerPlan } from './audience.js';

/** A connection over which media can come, from a viewer or (null) from the origin. */
export interface Link {
  readonly to: Viewer;
  readonly from: Viewer | null;
  up: boolean;
}

/** A viewer as it really is, whatever the service believes of it. */
export interface Viewer {
  readonly number: PeerNumber;
  readonly plan: ViewerPlan;
  readonly joinedMs: number;
  online: boolean;
  /** The service has it in the track. */
  known: boolean;
  /** The service has told it to wait. */
  waiting: boolean;
  /** Was given a parent at least once. */
  everPlaced: boolean;
  fed: boolean;
  everFed: boolean;
  /** Children have complained about it, and the service believes them. */
  suspected: boolean;
  /** When its last direction came. */
  directedMs: number;
  /** The link in use, and the one being made beside it. */
  current: Link | null;
  next: Link | null;
  /** Links that others have to it, in use or being made. */
  readonly outgoing: Link[];
  /** Up to when its time is in the books. */
  bookedMs: number;
  /** Since when it has been cut off; null while it is fed or was never fed. */
  outageSinceMs: number | null;
}

export function newViewer(number: PeerNumber, plan: ViewerPlan, nowMs: number): Viewer {
  return {
    number,
    plan,
    joinedMs: nowMs,
    online: true,
    known: true,
    waiting: false,
    everPlaced: false,
    fed: false,
    everFed: false,
    suspected: false,
    directedMs: nowMs,
    current: null,
    next: null,
    outgoing: [],
    bookedMs: nowMs,
    outageSinceMs: null,
  };
}

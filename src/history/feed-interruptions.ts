import type { RecordedTopologyEvent } from '../domain/events.js';
import type { PeerNumber, Position } from '../domain/ids.js';
import type { PeerPlace } from './peer-place.js';

/** What took the feed away. `no_slot`: it never had one yet; `moved`: somebody above moved, and it would have stood too deep. */
export type InterruptionCause =
  | 'timed_out'
  | 'left'
  | 'kicked'
  | 'suspected'
  | 'forwarded_nothing'
  | 'shrunk'
  | 'displaced'
  | 'moved'
  | 'no_slot'
  | 'configured';

/** A time in which a peer of the track had no fed parent, as far as the log can tell. */
export interface Interruption {
  readonly cause: InterruptionCause;
  /** Whose failure it was; the peer itself for `no_slot`. */
  readonly peer: PeerNumber;
  /** How many levels that one stood above it: 1 is the parent; null when it was elsewhere. */
  readonly levels: number | null;
  readonly firstPosition: Position;
  /** Of the decision that ended it; null while it lasts. */
  lastPosition: Position | null;
  /** The last sign that the feed was there: so the interruption is at most as long as it seems. Epoch milliseconds. */
  readonly from: number;
  /** Null while it lasts. */
  until: number | null;
  /** Whether it ended with the peer's own departure. */
  gone: boolean;
}

/** These are no interruption when they end in the moment they begin: the new link stands before the old one goes, or there was none. */
const PLANNED: ReadonlySet<InterruptionCause> = new Set(['displaced', 'no_slot', 'moved']);

/** Follows one peer's feed through the changes of its place. */
export class FeedInterruptions {
  readonly found: Interruption[] = [];
  #open: Interruption | null = null;
  /** Since when the peer stands where it stands, and since when it has had its parent and, through it, a feed. */
  #placedAt = 0;
  #parentSince = 0;
  /** The earliest moment since it got its parent at which the peer says that nothing came any more. */
  #lostAt: number | null = null;
  #forwardingFailed: { readonly peer: PeerNumber; readonly since: number } | null = null;

  /** An event that the timeline reads, be it about the peer or not. `own`: the peer itself is its subject. */
  hear(event: RecordedTopologyEvent, own: boolean): void {
    if (event.type === 'ForwardingFailed')
      this.#forwardingFailed = { peer: event.peer, since: event.recordedAt - event.windowMs };
    if (!own) return;
    if (event.type === 'StallReported') this.#missed(event.recordedAt - event.silentMs);
    if (event.type === 'PlanFollowed') this.#missed(event.recordedAt);
  }

  /**
   * The peer's place around an event. @returns the interruption that ends with it, when it took time.
   *
   * @param levels how many levels above the peer the event's subject stood; null when it was not above.
   */
  moved(
    event: RecordedTopologyEvent,
    levels: number | null,
    before: PeerPlace | null,
    after: PeerPlace | null,
  ): Interruption | null {
    if (after !== null && after.standing !== 'placed' && this.#open === null && before?.standing !== after.standing)
      this.#begin(event, levels, before);
    const ended =
      this.#open !== null && (after === null || after.standing === 'placed') ? this.#end(event, after) : null;
    this.#placedAt = event.recordedAt;
    // Its parent may be moved, and takes it along: what was said of that parent, and its silence, goes on.
    const movedAlong = before?.parent === after?.parent && before?.standing === after?.standing;
    if (movedAlong) return ended;
    this.#parentSince = event.recordedAt;
    this.#lostAt = null;
    return ended;
  }

  /** All of them, in order; the last may go on. */
  finish(): readonly Interruption[] {
    if (this.#open !== null) this.found.push(this.#open);
    return this.found;
  }

  #missed(atMs: number): void {
    this.#lostAt = Math.max(this.#parentSince, Math.min(this.#lostAt ?? atMs, atMs));
  }

  #begin(event: RecordedTopologyEvent, levels: number | null, before: PeerPlace | null): void {
    const peer = 'peer' in event ? event.peer : 0;
    const cause = before === null ? 'no_slot' : causeOf(event, levels);
    const since = levels === 1 ? this.#parentSince : this.#placedAt;
    const lost = before === null ? event.recordedAt : Math.max(since, this.#lossOf(event, peer));
    this.#open = {
      cause,
      peer,
      levels,
      firstPosition: event.position,
      lastPosition: null,
      from: Math.min(lost, this.#lostAt ?? lost),
      until: null,
      gone: false,
    };
  }

  #lossOf(event: RecordedTopologyEvent, peer: PeerNumber): number {
    if (event.type === 'PeerTimedOut') return event.recordedAt - event.silentMs;
    if (event.type === 'CapacityRevoked' && this.#forwardingFailed?.peer === peer) return this.#forwardingFailed.since;
    return event.recordedAt;
  }

  #end(event: RecordedTopologyEvent, after: PeerPlace | null): Interruption | null {
    const open = this.#open;
    this.#open = null;
    if (open === null) return null;
    open.lastPosition = event.position;
    open.until = event.recordedAt;
    open.gone = after === null;
    const lasted = open.until > open.from;
    if (lasted || !PLANNED.has(open.cause)) this.found.push(open);
    return lasted ? open : null;
  }
}

function causeOf(event: RecordedTopologyEvent, levels: number | null): InterruptionCause {
  switch (event.type) {
    case 'PeerTimedOut':
      return 'timed_out';
    case 'PeerLeft':
      return 'left';
    case 'PeerKicked':
      return 'kicked';
    case 'PeerSuspected':
      return 'suspected';
    case 'CapacityRevoked':
      return 'forwarded_nothing';
    case 'CapacityClaimed':
      return 'shrunk';
    case 'ParentAssigned':
      return event.version === 2 && levels === null ? 'displaced' : 'moved';
    default:
      return 'configured';
  }
}

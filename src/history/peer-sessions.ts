import type { RecordedTopologyEvent } from '../domain/events.js';
import type { PeerNumber, Position } from '../domain/ids.js';
import { departureWord, type DepartureWord } from './departure.js';

/** How a session ended. `restart`: the service went away and with it all sessions; `superseded`: the peer came with another one. */
export type SessionEnd = DepartureWord | 'disconnected' | 'superseded' | 'restart';

/** One connection of a peer, as far as the log says. */
export interface PeerSession {
  readonly peer: PeerNumber;
  readonly firstPosition: Position;
  /** Of the event that ended it; null while it lasts. */
  lastPosition: Position | null;
  /** Epoch milliseconds. */
  readonly from: number;
  /** Null while it lasts. */
  until: number | null;
  end: SessionEnd | null;
}

/** Follows the sessions of one peer. */
export class SessionBook {
  readonly sessions: PeerSession[] = [];
  #open: PeerSession | null = null;

  /** An event about the peer itself, or a recovery of the service. */
  take(event: RecordedTopologyEvent): void {
    switch (event.type) {
      case 'PeerJoined':
      case 'PeerResumed':
        this.#end(event, event.recordedAt, 'superseded');
        this.#open = {
          peer: event.peer,
          firstPosition: event.position,
          lastPosition: null,
          from: event.recordedAt,
          until: null,
          end: null,
        };
        this.sessions.push(this.#open);
        return;
      case 'PeerDisconnected':
        this.#end(event, event.recordedAt, 'disconnected');
        return;
      case 'ServiceRecovered':
        if (event.reason === 'restart') this.#end(event, event.recordedAt - event.gapMs, 'restart');
        return;
      default: {
        const departure = departureWord(event);
        if (departure !== null) this.#end(event, event.recordedAt, departure);
      }
    }
  }

  #end({ position }: RecordedTopologyEvent, atMs: number, end: SessionEnd): void {
    if (this.#open === null) return;
    this.#open.lastPosition = position;
    this.#open.until = Math.max(this.#open.from, atMs);
    this.#open.end = end;
    this.#open = null;
  }
}

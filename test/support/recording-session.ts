import { ANONYMOUS } from '../../src/gateway/access.js';
import { isSamePlace } from '../../src/gateway/assignment.js';
import { type CloseReason, type PeerSession, SessionState, type ToldPlace } from '../../src/gateway/peer-session.js';
import type { ServerMessage } from '../../src/protocol/server-messages.js';

/** A session without a wire: it keeps what it is given. For rules of the session layer that no timing of sockets can show. */
export class RecordingSession implements PeerSession {
  readonly address = '127.0.0.1';
  readonly access = ANONYMOUS;
  readonly canRegisterAgain = true;
  readonly followsPlans = true;
  /** Whether it answers a probe. */
  isAlive = true;
  readonly state = new SessionState();
  readonly delivered: ServerMessage[] = [];
  closedBecause: CloseReason | null = null;

  deliver(message: ServerMessage): boolean {
    this.delivered.push(message);
    return true;
  }

  probe(answered: (isAlive: boolean) => void): void {
    this.delivered.push({ type: 'probe', body: {} });
    setImmediate(() => answered(this.isAlive));
  }

  isNews(now: ToldPlace, before: ToldPlace): boolean {
    return !isSamePlace(now, before);
  }

  close(reason: CloseReason): void {
    this.closedBecause = reason;
  }

  queued(): number {
    return 0;
  }
}

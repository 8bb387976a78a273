import { type CloseReason, type PeerSession, SessionState } from '../../src/gateway/peer-session.js';
import type { ServerMessage } from '../../src/protocol/server-messages.js';

/** A session without a wire: it keeps what it is given. For rules of the session layer that no timing of sockets can show. */
export class RecordingSession implements PeerSession {
  readonly address = '127.0.0.1';
  readonly state = new SessionState();
  readonly delivered: ServerMessage[] = [];
  closedBecause: CloseReason | null = null;

  deliver(message: ServerMessage): boolean {
    this.delivered.push(message);
    return true;
  }

  probe(answered: (isAlive: boolean) => void): void {
    this.delivered.push({ type: 'probe', body: {} });
    answered(true);
  }

  close(reason: CloseReason): void {
    this.closedBecause = reason;
  }

  queued(): number {
    return 0;
  }
}

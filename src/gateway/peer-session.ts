import type { PeerNumber, Position } from '../domain/ids.js';
import type { PeerNode } from '../domain/peer-node.js';
import type { Answer, ServerMessage } from '../protocol/server-messages.js';
import type { Access } from './access.js';

/**
 * Why the service ends a session. After `superseded` and `kicked` the client must not come back by itself, after the others
 * it should.
 */
export type CloseReason = 'superseded' | 'kicked' | 'timed_out' | 'register_deadline' | 'draining';

/** One connection of a peer, whichever wire it speaks. A session has at most one peer at a time. */
export interface PeerSession {
  readonly address: string;
  /** What its token allows. */
  readonly access: Access;
  /** Whether its client knows what to do when its peer is gone and the connection stands. */
  readonly canRegisterAgain: boolean;
  /** Whether its client is told plans, and may turn to whom its plan names. */
  readonly followsPlans: boolean;
  /** Belongs to the session layer. */
  readonly state: SessionState;
  /** Sends a message. @returns false when the client is gone or too far behind, in which case it is being disconnected. */
  deliver(message: ServerMessage): boolean;
  /** Whether its client has to hear that its place is `now` another than `before`. */
  isNews(now: ToldPlace, before: ToldPlace): boolean;
  /** Asks for a sign of life. @param answered is told once, and later, whether one came in time. */
  probe(answered: (isAlive: boolean) => void): void;
  close(reason: CloseReason): void;
  /** Bytes that wait for the client to read them. */
  queued(): number;
}

/** Who a session is. */
export interface PeerBinding {
  readonly track: string;
  readonly peer: PeerNumber;
  readonly peerId: string;
  /** Null for a peer that has none and so can never resume. */
  readonly resumeToken: string | null;
  /** Position the register was acknowledged with. */
  readonly registeredAt: Position;
  /** The place the client was last told. */
  told: ToldPlace;
}

/** What of an assignment makes the client act. The parent counts by number: the same peer_id after a reload is somebody else. */
export type ToldPlace = Readonly<{
  role: string;
  parent: PeerNode['number'] | null;
  depth: number | null;
  /** Of the plan. */
  rank: string | null;
  connectTo: PeerNode['number'] | null;
}>;

/** A register on its way. */
export interface PendingRegister {
  readonly track: string;
  readonly peerId: string;
  readonly resumeToken: string | null;
  readonly answers: Answer<'register'>[];
  /** What the client asked meanwhile and must come after. */
  readonly afterwards: (() => void)[];
}

/** A leave on its way. */
export interface PendingLeave {
  readonly answers: Answer<'leave'>[];
  readonly afterwards: (() => void)[];
}

/** What the session layer knows of one session. */
export class SessionState {
  ended = false;
  /** Its client said goodbye: the peer goes with it, and does not wait for its deadline. */
  hasLeft = false;
  binding: PeerBinding | null = null;
  registering: PendingRegister | null = null;
  leaving: PendingLeave | null = null;
  /** Position of the leave that ended the last binding, so that a retry is answered the same. */
  leftAt: Position | null = null;
  cancelDeadline: (() => void) | null = null;
}

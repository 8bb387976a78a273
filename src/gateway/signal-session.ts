import type { WebSocket } from 'ws';
import type { Clock } from '../clock.js';
import type { Assignment, ServerMessage } from '../protocol/server-messages.js';
import { type SignalErrorCode, type SignalServerMessage, toSignal } from '../protocol/signal-messages.js';
import type { Access } from './access.js';
import { type Backlog, isTooMuch } from './engine-connection.js';
import type { GatewayMetrics } from './gateway-metrics.js';
import { FRAMES_BURST, FRAMES_PER_SECOND } from './limits.js';
import { type CloseReason, type PeerSession, SessionState, type ToldPlace } from './peer-session.js';
import { SignsOfLife } from './signs-of-life.js';
import { TokenBucket } from './token-bucket.js';

/** Close codes: those of RFC 6455, and above 4000 what a client should not come back from by itself, or must register anew for. */
export const SIGNAL_CLOSE = { goingAway: 1001, policy: 1008, superseded: 4001, kicked: 4002, timedOut: 4003 } as const;
/** A client that ends its session with one of these (no code at all reads as 1005) says goodbye. */
const GOODBYES: ReadonlySet<number> = new Set([1000, 1001, 1005]);

const ENDS: Readonly<Record<CloseReason, { code: number; error: SignalErrorCode | null; reason: string }>> = {
  superseded: {
    code: SIGNAL_CLOSE.superseded,
    error: 'superseded',
    reason: 'another session has taken this peer over',
  },
  kicked: { code: SIGNAL_CLOSE.kicked, error: 'kicked', reason: 'an operator has removed this peer' },
  timed_out: { code: SIGNAL_CLOSE.timedOut, error: 'timed_out', reason: 'the peer was silent for too long' },
  register_deadline: { code: SIGNAL_CLOSE.policy, error: 'expected_register', reason: 'no Register came in time' },
  draining: { code: SIGNAL_CLOSE.goingAway, error: null, reason: 'the service is shutting down' },
};

/** A session over the plain WebSocket `/signal`. Nothing is written to it without a look at how much the client has left unread. */
export class SignalSession implements PeerSession {
  readonly state = new SessionState();
  readonly canRegisterAgain = false;
  readonly followsPlans = false;
  /** All frames of the client, pings included. */
  readonly frames: TokenBucket;
  readonly #signs: SignsOfLife;
  #isClosing = false;
  /** Messages and pings that `ws` has not reported as sent. */
  #unreported = 0;
  readonly #reported = (): void => {
    this.#unreported -= 1;
  };

  constructor(
    private readonly socket: WebSocket,
    readonly address: string,
    readonly access: Access,
    private readonly metrics: GatewayMetrics,
    clock: Clock,
  ) {
    this.frames = new TokenBucket(FRAMES_PER_SECOND, FRAMES_BURST, clock.monotonicMs());
    this.#signs = new SignsOfLife(clock, (payload) => this.#canWrite() && this.#ping(payload));
  }

  /** Whether the service has ended the session; what the client still says is not heard. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  deliver(message: ServerMessage): boolean {
    const signal = toSignal(message, this.state.binding?.peerId ?? '');
    return signal === null ? this.#canWrite() : this.#send(signal);
  }

  /** The client is in the tree: tells it where, and begins to listen for its pongs. */
  registered(assignment: Assignment, heartbeatIntervalMs: number, heard: () => void): void {
    this.deliver({ type: 'assign_parent', body: assignment });
    if (!this.state.ended) this.#signs.startBeats(heartbeatIntervalMs, heard);
  }

  /**
   * These clients open a new connection at every assignment they are told, also to the parent they have. So they are told of
   * another parent, and of becoming a root or ceasing to be one, and of nothing else.
   */
  isNews(now: ToldPlace, before: ToldPlace): boolean {
    return now.parent !== before.parent || (now.role === 'Root') !== (before.role === 'Root');
  }

  probe(answered: (isAlive: boolean) => void): void {
    this.#signs.probe(answered);
  }

  ponged(payload: string): void {
    this.#signs.ponged(payload);
  }

  /** Answers a ping of the client, unless the client has left something unread: its pongs would pile up behind that. */
  pong(payload: Buffer): void {
    if (this.queued() === 0 && this.#canWrite()) this.socket.pong(payload);
  }

  close(reason: CloseReason): void {
    const end = ENDS[reason];
    this.#end(end.code, end.error, end.reason);
  }

  /** Ends the session because of something its client did. */
  refuse(code: SignalErrorCode, reason: string): void {
    this.#end(SIGNAL_CLOSE.policy, code, reason);
  }

  queued(): number {
    return this.socket.bufferedAmount;
  }

  /** The connection is gone. @returns whether that was the client's goodbye. */
  ended(code: number): boolean {
    this.#signs.end();
    return !this.#isClosing && GOODBYES.has(code);
  }

  #end(closeCode: number, error: SignalErrorCode | null, reason: string): void {
    if (this.#isClosing) return;
    if (error !== null) this.#send({ type: 'Error', code: error, reason });
    this.#isClosing = true;
    this.#signs.end();
    this.socket.close(closeCode, error ?? reason);
  }

  #send(message: SignalServerMessage): boolean {
    if (!this.#canWrite()) return false;
    this.#unreported += 1;
    this.socket.send(JSON.stringify(message), this.#reported);
    return true;
  }

  #ping(payload: string): boolean {
    this.#unreported += 1;
    this.socket.ping(payload, false, this.#reported);
    return true;
  }

  /** What the kernel has taken counts no more, although it is reported only at the end of the turn. */
  #backlog(): Backlog {
    const bytes = this.queued();
    return { bytes, messages: bytes === 0 ? 0 : this.#unreported };
  }

  /** Whether there is room for one more message. A client that is too far behind is disconnected here. */
  #canWrite(): boolean {
    if (this.#isClosing || this.socket.readyState !== this.socket.OPEN) return false;
    if (!isTooMuch(this.#backlog())) return true;
    this.#isClosing = true;
    this.metrics.slowClientsDropped += 1;
    this.socket.terminate();
    return false;
  }
}

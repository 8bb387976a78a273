import type { Clock } from '../clock.js';
import { refusal } from '../protocol/rejection.js';
import {
  parseSignal,
  type SignalErrorCode,
  type SignalFault,
  type SignalMessage,
  toIceCandidate,
} from '../protocol/signal-messages.js';
import type { Acknowledgement, ServerMessage } from '../protocol/server-messages.js';
import type { SessionLayer } from './session-layer.js';
import type { SignalSession } from './signal-session.js';

type Told = Extract<SignalMessage, { type: 'Offer' | 'Answer' | 'IceCandidate' }>;

const NO_TEXT: SignalFault = { type: 'fault', code: 'invalid_json', reason: 'a message must be text, not binary' };
const FORGED = refusal('invalid_message', 'from is not the peer of this session');

/**
 * The one way in for everything a client of `/signal` sends. What its client can only have got wrong ends the session with an
 * `Error` that says why. What went wrong by the course of things, such as a message to a parent that has just left, is dropped and
 * counted: these clients would take an `Error` for the end.
 */
export class SignalDoor {
  constructor(
    private readonly layer: SessionLayer,
    private readonly clock: Clock,
    private readonly heartbeatIntervalMs: number,
  ) {}

  take(session: SignalSession, text: string | null): void {
    if (session.isClosing) return;
    this.layer.metrics.messages += 1;
    if (!session.frames.take(this.clock.monotonicMs())) {
      this.layer.metrics.messagesRateLimited += 1;
      this.#refuse(session, 'rate_limited', 'this session sends too many messages');
      return;
    }
    const message = text === null ? NO_TEXT : parseSignal(text);
    if (message.type === 'fault') this.#refuse(session, message.code, message.reason);
    else if (message.type === 'unknown') this.layer.metrics.rejected('invalid_message');
    else this.#handle(session, message);
  }

  /** Pings are answered within the limit of messages; beyond it they are passed over. */
  pinged(session: SignalSession, payload: Buffer): void {
    if (session.frames.take(this.clock.monotonicMs())) session.pong(payload);
    else this.layer.metrics.messagesRateLimited += 1;
  }

  #handle(session: SignalSession, message: SignalMessage): void {
    const { binding, registering } = session.state;
    const isKnown = binding !== null || registering !== null;
    if (message.type === 'Register') {
      if (isKnown) this.#refuse(session, 'duplicate_register', 'this session has registered already');
      else this.#register(session, message.body);
    } else if (!isKnown) {
      this.#refuse(session, 'expected_register', 'the first message must be Register');
    } else if (message.type === 'ForwardReport') {
      const { forwarded_frames: forwarded } = message.body;
      this.layer.reports.forwardReport(session, forwarded, null, (answer) => this.#count(answer));
    } else {
      this.#tell(session, message);
    }
  }

  #register(session: SignalSession, body: Extract<SignalMessage, { type: 'Register' }>['body']): void {
    const { peer_id: peerId, track, capacity = null } = body;
    const request = { track, peerId, capacity, resumeToken: null, withoutToken: 'replace' } as const;
    this.layer.registration.register(session, request, (answer) => {
      if (!answer.ok) {
        this.#refuse(session, answer.code, answer.reason);
        return;
      }
      session.registered(answer.assignment, this.heartbeatIntervalMs, () => {
        this.layer.reports.heartbeat(session, (recorded) => this.#count(recorded));
      });
    });
  }

  #tell(session: SignalSession, { type, body }: Told): void {
    const { binding, registering } = session.state;
    const own = (binding ?? registering)?.peerId;
    if (body.from !== undefined && body.from !== own) {
      this.#refuse(session, FORGED.code, FORGED.reason);
      return;
    }
    const length = 'sdp' in body ? body.sdp.length : body.candidate.length;
    const messageFrom = (from: string): ServerMessage => {
      if ('candidate' in body) {
        return { type: 'ice_candidate', body: { from, candidate: toIceCandidate(body.candidate) } };
      }
      return { type: type === 'Offer' ? 'offer' : 'answer', body: { from, sdp: body.sdp } };
    };
    this.layer.signalling.relay(session, body.to, length, messageFrom, (answer) => this.#count(answer));
  }

  #count(answer: Acknowledgement): void {
    if (!answer.ok) this.layer.metrics.rejected(answer.code);
  }

  #refuse(session: SignalSession, code: SignalErrorCode, reason: string): void {
    this.layer.metrics.rejected(code);
    session.refuse(code, reason);
  }
}

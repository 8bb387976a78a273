import { Logger } from '@nestjs/common';
import type { Clock } from '../clock.js';
import {
  CLIENT_MESSAGE_NAMES,
  type ClientMessage,
  type ClientMessageName,
  type IceCandidate,
} from '../protocol/client-messages.js';
import { parseMessage } from '../protocol/parse-message.js';
import { refusal } from '../protocol/rejection.js';
import type { Acknowledgement, Answer, ServerMessage } from '../protocol/server-messages.js';
import { SHOWN_NAME_LENGTH_MAX } from './limits.js';
import type { SessionLayer } from './session-layer.js';
import type { SocketSession } from './socket-session.js';

type Handlers = {
  readonly [Name in ClientMessageName]: (
    session: SocketSession,
    body: ClientMessage<Name>,
    answer: Answer<Name>,
  ) => void;
};
type Respond = (acknowledgement: Acknowledgement) => void;

const TOO_MANY_MESSAGES = refusal('rate_limited', 'this session sends too many messages; slow down');
const TOO_MANY_SIGNALS = refusal(
  'rate_limited',
  'this session sends too many offers, answers and candidates; slow down',
);
const FAULT = refusal('invalid_message', 'the message could not be handled');
const KNOWN: ReadonlySet<unknown> = new Set(CLIENT_MESSAGE_NAMES);
const SIGNALS: ReadonlySet<string> = new Set(['offer', 'answer', 'ice_candidate']);

/**
 * The one way in for everything a client sends: counted, limited, parsed, handed on, and always answered, whatever it is.
 * Names are taken here rather than by one listener each, so an unknown one is treated like any other.
 */
export class MessageDoor {
  readonly #logger = new Logger('MeshGateway');
  readonly #handlers: Handlers;

  constructor(
    private readonly layer: SessionLayer,
    private readonly clock: Clock,
  ) {
    this.#handlers = handlersOf(layer);
  }

  /** @param message name, body, and as the last one the acknowledgement callback where the client wants one. */
  take(session: SocketSession, message: readonly unknown[]): void {
    const acknowledge = message.at(-1);
    const hasAcknowledgement = typeof acknowledge === 'function';
    const fields = hasAcknowledgement ? message.length - 1 : message.length;
    const name = fields > 0 ? message[0] : undefined;
    const body = fields > 1 ? message[1] : undefined;
    const respond: Respond = (acknowledgement) => {
      if (!acknowledgement.ok) this.layer.metrics.rejected(acknowledgement.code);
      // The callbacks are made by socket.io; whatever a client sends can't be a function.
      if (hasAcknowledgement && session.canWrite()) (acknowledge as Respond)(acknowledgement);
    };
    this.layer.metrics.messages += 1;
    this.#limit(session, name, body, respond);
  }

  #limit(session: SocketSession, name: unknown, body: unknown, respond: Respond): void {
    const { metrics } = this.layer;
    const isSignal = typeof name === 'string' && SIGNALS.has(name);
    if ((isSignal ? session.signals : session.messages).take(this.clock.monotonicMs())) {
      this.#open(session, name, body, respond);
    } else if (isSignal) {
      metrics.signalsRateLimited += 1;
      respond(TOO_MANY_SIGNALS);
    } else {
      metrics.messagesRateLimited += 1;
      respond(TOO_MANY_MESSAGES);
    }
  }

  #open(session: SocketSession, name: unknown, body: unknown, respond: Respond): void {
    if (!isKnown(name)) {
      respond(refusal('invalid_message', unknownName(name)));
      return;
    }
    try {
      const parsed = parseMessage(name, body);
      if (parsed.ok) this.#handle(name, session, parsed.body, respond);
      else respond(parsed);
    } catch (error) {
      this.layer.metrics.handlerFaults += 1;
      this.#logger.error(`handling ${name} failed`, error instanceof Error ? error.stack : String(error));
      respond(FAULT);
    }
  }

  #handle<Name extends ClientMessageName>(
    name: Name,
    session: SocketSession,
    body: ClientMessage<Name>,
    respond: Respond,
  ): void {
    this.#handlers[name](session, body, respond);
  }
}

function handlersOf({ registration, reports, signalling }: SessionLayer): Handlers {
  const describe =
    (type: 'offer' | 'answer') =>
    (session: SocketSession, { to, sdp }: { to: string; sdp: string }, answer: Answer<'offer'>): void => {
      signalling.relay(session, to, sdp.length, (from) => ({ type, body: { from, sdp } }), answer);
    };
  return {
    register(session, { track, peer_id: peerId, capacity = null, resume_token: resumeToken = null }, answer) {
      registration.register(session, { track, peerId, capacity, resumeToken, withoutToken: 'issue' }, answer);
    },
    heartbeat: (session, _body, answer) => reports.heartbeat(session, answer),
    capacity: (session, { capacity }, answer) => reports.capacity(session, capacity, answer),
    forward_report(session, { forwarded_frames: forwarded, received_frames: received = null }, answer) {
      reports.forwardReport(session, forwarded, received, answer);
    },
    stall_report(session, { parent_id: parentId, silent_ms: silentMs }, answer) {
      reports.stall(session, parentId, silentMs, answer);
    },
    plan_followed(session, { lost_parent_id: lostParentId, connected_to: connectedTo }, answer) {
      reports.planFollowed(session, lostParentId, connectedTo, answer);
    },
    offer: describe('offer'),
    answer: describe('answer'),
    ice_candidate(session, { to, candidate }, answer) {
      const message = (from: string): ServerMessage => ({ type: 'ice_candidate', body: { from, candidate } });
      signalling.relay(session, to, lengthOf(candidate), message, answer);
    },
    leave: (session, _body, answer) => registration.leave(session, answer),
  };
}

function lengthOf(candidate: IceCandidate): number {
  return typeof candidate === 'string' ? candidate.length : (candidate?.candidate.length ?? 0);
}

function isKnown(name: unknown): name is ClientMessageName {
  return KNOWN.has(name);
}

function unknownName(name: unknown): string {
  const known = CLIENT_MESSAGE_NAMES.join(', ');
  const shown = typeof name === 'string' ? JSON.stringify(name.slice(0, SHOWN_NAME_LENGTH_MAX)) : 'without a name';
  return `there is no message ${shown}; there are ${known}`;
}

import * as z from 'zod';
import {
  capacitySchema,
  framesSchema,
  type IceCandidate,
  peerIdSchema,
  sdpSchema,
  trackSchema,
} from './client-messages.js';
import { CANDIDATE_LENGTH_MAX } from './message-limits.js';
import { refusalOf } from './parse-message.js';
import type { RefusalCode } from './rejection.js';
import type { Assignment, ServerMessage } from './server-messages.js';

/**
 * The wire of the LVQR mesh: JSON objects in text frames of a plain WebSocket, told apart by `type`. Its browsers know nothing of
 * plans, waiting, resume tokens or acknowledgements.
 */

const CANDIDATE_ALLOWED = `a candidate line of up to ${String(CANDIDATE_LENGTH_MAX)} characters`;
/** A client may leave it out; the service knows who it is. */
const from = peerIdSchema.optional();

/** What a client says, by `type`. Fields beyond these are ignored. */
export const SIGNAL_MESSAGES = {
  Register: z.object({ peer_id: peerIdSchema, track: trackSchema, capacity: capacitySchema.optional() }),
  Offer: z.object({ from, to: peerIdSchema, sdp: sdpSchema }),
  Answer: z.object({ from, to: peerIdSchema, sdp: sdpSchema }),
  IceCandidate: z.object({
    from,
    to: peerIdSchema,
    candidate: z.string({ error: CANDIDATE_ALLOWED }).max(CANDIDATE_LENGTH_MAX, { error: CANDIDATE_ALLOWED }),
  }),
  ForwardReport: z.object({ forwarded_frames: framesSchema }),
} as const;

type SignalType = keyof typeof SIGNAL_MESSAGES;
/** A checked message of a client. */
export type SignalMessage = {
  [Type in SignalType]: Readonly<{ type: Type; body: z.infer<(typeof SIGNAL_MESSAGES)[Type]> }>;
}[SignalType];

/** Why the service ends a session: the codes of LVQR, those of the other wire, and what only this one has to say. */
export type SignalErrorCode =
  RefusalCode | 'invalid_json' | 'expected_register' | 'duplicate_register' | 'superseded' | 'kicked' | 'timed_out';

export type SignalFault = Readonly<{ type: 'fault'; code: SignalErrorCode; reason: string }>;
/** A message of a type this service does not know: of a newer client, and nothing to end a session for. */
export type UnknownSignal = Readonly<{ type: 'unknown' }>;

/** One server of an `RTCConfiguration`; `urls` is always a list here. */
type SignalIceServer = Readonly<{
  urls: readonly string[];
  username?: string | undefined;
  credential?: string | undefined;
}>;

/** What the service sends. */
export type SignalServerMessage = Readonly<
  | {
      type: 'AssignParent';
      peer_id: string;
      /** LVQR knows no other: a peer that is not a root is a relay, also without a parent, and then it waits for one. */
      role: 'Root' | 'Relay';
      parent_id: string | null;
      depth: number;
      ice_servers: readonly SignalIceServer[];
    }
  | { type: 'PeerLeft'; peer_id: string }
  | { type: 'Offer' | 'Answer'; from: string; to: string; sdp: string }
  | { type: 'IceCandidate'; from: string; to: string; candidate: string }
  /** The last message before the service closes the connection. */
  | { type: 'Error'; code: SignalErrorCode; reason: string }
>;

/**
 * Reads one text frame. Never throws, whatever the client sent.
 *
 * @returns the message; `unknown` for an object of another type; else a fault: `invalid_json` when it is no object with a
 * `type`, `invalid_peer_id`, `invalid_track` or `invalid_capacity` when that field is the first at fault, `invalid_message` for any other.
 */
export function parseSignal(text: string): SignalMessage | UnknownSignal | SignalFault {
  const raw = parseJson(text);
  const type = typeof raw === 'object' && raw !== null && 'type' in raw ? raw.type : undefined;
  if (typeof type !== 'string') {
    return { type: 'fault', code: 'invalid_json', reason: 'a message must be a JSON object with a type' };
  }
  if (!isSignalType(type)) return { type: 'unknown' };
  const schema: z.ZodType = SIGNAL_MESSAGES[type];
  const parsed = schema.safeParse(raw);
  if (parsed.success) return { type, body: parsed.data } as SignalMessage;
  const { code, reason } = refusalOf(parsed.error);
  return { type: 'fault', code, reason: `${type}: ${reason}` };
}

/** What a message of the service is on this wire, for the peer it is sent to; null for what its clients do not know. */
export function toSignal(message: ServerMessage, to: string): SignalServerMessage | null {
  switch (message.type) {
    case 'assign_parent':
      return toAssignParent(message.body);
    case 'peer_left':
      return { type: 'PeerLeft', peer_id: message.body.peer_id };
    case 'offer':
      return { type: 'Offer', from: message.body.from, to, sdp: message.body.sdp };
    case 'answer':
      return { type: 'Answer', from: message.body.from, to, sdp: message.body.sdp };
    case 'ice_candidate': {
      const candidate = candidateLine(message.body.candidate);
      return candidate === null ? null : { type: 'IceCandidate', from: message.body.from, to, candidate };
    }
    case 'probe':
    case 'superseded':
      return null;
  }
}

/**
 * A candidate line as the other wire knows it. LVQR's clients carry one DataChannel and nothing else, so it always belongs to the
 * first media section.
 */
export function toIceCandidate(line: string): IceCandidate {
  return { candidate: line, sdpMid: '0', sdpMLineIndex: 0 };
}

function toAssignParent({ peer_id, role, parent_id, depth, ice_servers }: Assignment): SignalServerMessage {
  return {
    type: 'AssignParent',
    peer_id,
    role: role === 'Root' ? 'Root' : 'Relay',
    parent_id,
    depth: depth ?? 0,
    ice_servers: ice_servers.map(({ urls, ...more }) => ({ urls: typeof urls === 'string' ? [urls] : urls, ...more })),
  };
}

/** LVQR's clients take a bare line, and have no word for the end of the candidates. */
function candidateLine(candidate: IceCandidate): string | null {
  const line = typeof candidate === 'string' ? candidate : (candidate?.candidate ?? '');
  return line === '' ? null : line;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isSignalType(type: string): type is SignalType {
  return Object.hasOwn(SIGNAL_MESSAGES, type);
}

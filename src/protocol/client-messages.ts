import * as z from 'zod';
import {
  CANDIDATE_LENGTH_MAX,
  CAPACITY_MAX,
  FRAMES_MAX,
  PEER_ID_LENGTH_MAX,
  RESUME_TOKEN_LENGTH_MAX,
  RESUME_TOKEN_LENGTH_MIN,
  SDP_LENGTH_MAX,
  SILENT_MS_MAX,
  SDP_LINE_INDEX_MAX,
  SDP_MID_LENGTH_MAX,
  TRACK_LENGTH_MAX,
  USERNAME_FRAGMENT_LENGTH_MAX,
} from './message-limits.js';

/** A schema whose every fault reads the same: what is allowed. */
function text(lengthMax: number, pattern: RegExp, allowed: string): z.ZodString {
  return z.string({ error: allowed }).max(lengthMax, { error: allowed }).regex(pattern, { error: allowed });
}

function wholeNumber(highest: number, allowed: string): z.ZodInt {
  return z.int({ error: allowed }).min(0, { error: allowed }).max(highest, { error: allowed });
}

// The rules of peer_id and track are those of domain/ids.ts, which this folder may not import; a test holds them together.
const PEER_ID_ALLOWED = `1 to ${String(PEER_ID_LENGTH_MAX)} characters of A-Z a-z 0-9 _ -`;
const TRACK_ALLOWED = `1 to ${String(TRACK_LENGTH_MAX)} characters of A-Z a-z 0-9 . _ / -, no / at either end, no .. and no //`;
const CAPACITY_ALLOWED = `a whole number of children, 0 to ${String(CAPACITY_MAX)}, or null`;
const TOKEN_ALLOWED = `${String(RESUME_TOKEN_LENGTH_MIN)} to ${String(RESUME_TOKEN_LENGTH_MAX)} characters of A-Z a-z 0-9 _ -`;
const FRAMES_ALLOWED = 'a whole number of frames, 0 to 2^53 - 1';
const SILENT_ALLOWED = `a whole number of milliseconds, 0 to ${String(SILENT_MS_MAX)}`;
const SDP_ALLOWED = `text of 1 to ${String(SDP_LENGTH_MAX)} characters`;
const CANDIDATE_ALLOWED = `text of up to ${String(CANDIDATE_LENGTH_MAX)} characters, an RTCIceCandidateInit of such a text, or null at the end`;
const BODY_ALLOWED = 'an object';

export const peerIdSchema = text(PEER_ID_LENGTH_MAX, /^[A-Za-z0-9_-]+$/, PEER_ID_ALLOWED);
export const trackSchema = text(
  TRACK_LENGTH_MAX,
  /^(?!\/)(?!.*\/$)(?!.*\.\.)(?!.*\/\/)[A-Za-z0-9._/-]+$/,
  TRACK_ALLOWED,
);
export const capacitySchema = wholeNumber(CAPACITY_MAX, CAPACITY_ALLOWED).nullable();
const resumeTokenSchema = text(RESUME_TOKEN_LENGTH_MAX, /^[A-Za-z0-9_-]+$/, TOKEN_ALLOWED).min(
  RESUME_TOKEN_LENGTH_MIN,
  { error: TOKEN_ALLOWED },
);
const silentMsSchema = wholeNumber(SILENT_MS_MAX, SILENT_ALLOWED);
export const framesSchema = wholeNumber(FRAMES_MAX, FRAMES_ALLOWED);
export const sdpSchema = z
  .string({ error: SDP_ALLOWED })
  .min(1, { error: SDP_ALLOWED })
  .max(SDP_LENGTH_MAX, { error: SDP_ALLOWED });
const candidateSchema = z.union(
  [
    z.string().max(CANDIDATE_LENGTH_MAX),
    z.object({
      candidate: z.string().max(CANDIDATE_LENGTH_MAX),
      sdpMid: z.string().max(SDP_MID_LENGTH_MAX).nullish(),
      sdpMLineIndex: z.int().min(0).max(SDP_LINE_INDEX_MAX).nullish(),
      usernameFragment: z.string().max(USERNAME_FRAGMENT_LENGTH_MAX).nullish(),
    }),
    z.null(),
  ],
  { error: CANDIDATE_ALLOWED },
);

function body<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape> {
  return z.object(shape, { error: BODY_ALLOWED });
}

/** Body of each request of the /mesh namespace, by its name. Fields beyond these are ignored and not passed on. */
export const CLIENT_MESSAGES = {
  register: body({
    peer_id: peerIdSchema,
    track: trackSchema,
    capacity: capacitySchema.optional(),
    resume_token: resumeTokenSchema.nullish(),
  }),
  heartbeat: body({}).optional(),
  capacity: body({ capacity: capacitySchema }),
  forward_report: body({ forwarded_frames: framesSchema, received_frames: framesSchema.nullish() }),
  stall_report: body({ parent_id: peerIdSchema.nullable(), silent_ms: silentMsSchema }),
  plan_followed: body({ lost_parent_id: peerIdSchema, connected_to: peerIdSchema.nullable() }),
  offer: body({ to: peerIdSchema, sdp: sdpSchema }),
  answer: body({ to: peerIdSchema, sdp: sdpSchema }),
  ice_candidate: body({ to: peerIdSchema, candidate: candidateSchema }),
  leave: body({}).optional(),
} as const;

export type ClientMessageName = keyof typeof CLIENT_MESSAGES;
export type ClientMessage<Name extends ClientMessageName> = z.infer<(typeof CLIENT_MESSAGES)[Name]>;
export type IceCandidate = z.infer<typeof candidateSchema>;

export const CLIENT_MESSAGE_NAMES = Object.keys(CLIENT_MESSAGES) as readonly ClientMessageName[];

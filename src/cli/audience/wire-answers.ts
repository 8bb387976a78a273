import * as z from 'zod';

/**
 * The shapes of the public contract, written down a second time on purpose: an audience that shared the service's
 * schemas could not notice that they changed. Fields beyond the documented ones are allowed.
 */
const position = z.int().min(0);
const peerId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);

const ASSIGNMENT_CAUSES = [
  'joined',
  'orphaned',
  'heir',
  'sibling',
  'swapped',
  'promoted',
  'refilled',
  'tenured',
  'suspected',
  'verified',
  'shrunk',
  'reassigned',
  'configured',
] as const;

const REJECTION_CODES = [
  'invalid_message',
  'invalid_peer_id',
  'invalid_track',
  'invalid_capacity',
  'not_registered',
  'already_registered',
  'peer_id_taken',
  'unauthorized',
  'forbidden_target',
  'unknown_peer',
  'track_full',
  'track_limit',
  'rate_limited',
  'busy',
  'storage_unavailable',
  'track_stopped',
  'shutting_down',
] as const;

/** The body of `assign_parent`, and the `assignment` in the answer to `register`. */
export const assignmentSchema = z.looseObject({
  peer_id: peerId,
  role: z.enum(['Root', 'Relay', 'Leaf', 'Waiting']),
  parent_id: peerId.nullable(),
  depth: z.int().min(0).nullable(),
  cause: z.enum(ASSIGNMENT_CAUSES).nullable(),
  plan: z
    .looseObject({
      rank: z.enum(['heir', 'sibling']),
      connect_to: peerId.nullable(),
      connect_after_ms: z.number().min(0),
    })
    .nullable(),
  ice_servers: z.array(z.looseObject({ urls: z.union([z.string(), z.array(z.string())]) })),
  position,
});
export type Assignment = z.infer<typeof assignmentSchema>;

const accepted = z.looseObject({ ok: z.literal(true) });
const recorded = z.looseObject({ ok: z.literal(true), position });

/** What each request is answered with when it is accepted. */
export const answerSchemas = {
  register: z.looseObject({
    ok: z.literal(true),
    assignment: assignmentSchema,
    resume_token: z.string().regex(/^[A-Za-z0-9_-]{22,128}$/),
    heartbeat_interval_ms: z.int().min(1),
    position: z.int().min(1),
  }),
  heartbeat: recorded,
  forward_report: recorded,
  capacity: z.looseObject({ ok: z.literal(true), effective_capacity: z.int().min(0), position }),
  stall_report: recorded,
  plan_followed: recorded,
  leave: recorded,
  offer: accepted,
  answer: accepted,
  ice_candidate: accepted,
} as const;

export type RequestKind = keyof typeof answerSchemas;
export type Answer<Kind extends RequestKind> = z.infer<(typeof answerSchemas)[Kind]>;

export const rejectionSchema = z.looseObject({
  ok: z.literal(false),
  code: z.enum(REJECTION_CODES),
  reason: z.string(),
});

export const offerSchema = z.looseObject({ from: peerId, sdp: z.string() });
export const candidateSchema = z.looseObject({ from: peerId, candidate: z.unknown() });
export const peerLeftSchema = z.looseObject({ peer_id: peerId });

/** Says what is wrong with a message in one line. */
export function shapeFault(error: z.ZodError, message: unknown): string {
  const issue = error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? 'the message' : issue.path.join('.');
  return `${where}: ${issue?.message ?? 'wrong'} in ${shorten(message)}`;
}

const SHOWN_LENGTH_MAX = 200;

function shorten(message: unknown): string {
  const text = message === undefined ? 'nothing' : JSON.stringify(message);
  return text.length <= SHOWN_LENGTH_MAX ? text : `${text.slice(0, SHOWN_LENGTH_MAX)}…`;
}

import type { z } from 'zod';
import { CLIENT_MESSAGES, type ClientMessage, type ClientMessageName } from './client-messages.js';
import { type Refusal, refusal, type RefusalCode } from './rejection.js';

export type Parsed<Body> = Readonly<{ ok: true; body: Body }> | Refusal;

/** Fields whose faults have a code of their own. */
const CODE_OF_FIELD: ReadonlyMap<PropertyKey | undefined, RefusalCode> = new Map([
  ['peer_id', 'invalid_peer_id'],
  ['track', 'invalid_track'],
  ['capacity', 'invalid_capacity'],
]);

/**
 * Checks the body of a request. Never throws, whatever the client sent.
 *
 * @returns the body without unknown fields; else `invalid_peer_id`, `invalid_track` or `invalid_capacity` when that field is
 * the first at fault, `invalid_message` for anything else, with a reason that names the field and what is allowed.
 */
export function parseMessage<Name extends ClientMessageName>(name: Name, raw: unknown): Parsed<ClientMessage<Name>> {
  const schema: z.ZodType<ClientMessage<Name>> = CLIENT_MESSAGES[name] as unknown as z.ZodType<ClientMessage<Name>>;
  const parsed = schema.safeParse(raw);
  return parsed.success ? { ok: true, body: parsed.data } : refusalOf(parsed.error);
}

/** The refusal for a message that its schema does not accept; its first fault counts. */
export function refusalOf(error: z.ZodError): Refusal {
  const issue = error.issues[0];
  const field = issue?.path[0];
  const allowed = issue?.message ?? 'something else';
  const subject = field === undefined ? 'the body of the message' : String(field);
  return refusal(CODE_OF_FIELD.get(field) ?? 'invalid_message', `${subject} must be ${allowed}`);
}

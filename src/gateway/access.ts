import { type Refusal, refusal } from '../protocol/rejection.js';

/** What the token of a connection allows. */
export interface Access {
  /** False where the operator asks for no token: then nobody knows who this is, and secrets are kept back. */
  readonly isAuthenticated: boolean;
  /** The only track its bearer may register in; null for every track. */
  readonly track: string | null;
}

/** Without a token, where none is asked for. */
export const ANONYMOUS: Access = { isAuthenticated: false, track: null };
/** With the subscribe token. */
export const SUBSCRIBER: Access = { isAuthenticated: true, track: null };

const OTHER_TRACK = refusal('unauthorized', 'the token is for another track');

/** @returns why the bearer may not register in `track`, or null. */
export function refusalToEnter({ track: only }: Access, track: string): Refusal | null {
  return only === null || only === track ? null : OTHER_TRACK;
}

import { createHash, randomBytes } from 'node:crypto';
import { RESUME_TOKEN_BYTES } from './limits.js';

/** A token for a client that did not choose one. */
export function newResumeToken(): string {
  return randomBytes(RESUME_TOKEN_BYTES).toString('base64url');
}

/** What the log keeps of a token: SHA-256, hex. */
export function resumeHashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

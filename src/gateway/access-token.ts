import { createHash, timingSafeEqual } from 'node:crypto';
import { PRESENTED_TOKEN_LENGTH_MAX } from './limits.js';

/** Compares presented tokens with the configured one in a time that tells nothing about it. Keeps only its hash. */
export class AccessToken {
  readonly #digest: Buffer | null;

  /** @param token null lets everybody in. */
  constructor(token: string | null) {
    this.#digest = token === null ? null : digestOf(token);
  }

  /** @param presented whatever the client sent, which may be no text at all. */
  admits(presented: unknown): boolean {
    if (this.#digest === null) return true;
    if (typeof presented !== 'string' || presented.length > PRESENTED_TOKEN_LENGTH_MAX) return false;
    return timingSafeEqual(this.#digest, digestOf(presented));
  }
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

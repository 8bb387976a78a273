import { createHash, timingSafeEqual } from 'node:crypto';

/** Compares presented tokens with the configured one in a time that tells nothing about it. Keeps only its hash. */
export class AccessToken {
  readonly #digest: Buffer;

  constructor(token: string) {
    this.#digest = digestOf(token);
  }

  admits(presented: string): boolean {
    return timingSafeEqual(this.#digest, digestOf(presented));
  }
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

import { createHash, randomBytes } from 'node:crypto';

const RUN_SECRET_BYTES = 32;
const RUN_TAG_BYTES = 4;

/**
 * What makes the names and tokens of one run its own. The plan is seeded, these are not: a second run with the same
 * seed must not ask for the peer_ids that the first one left in the track, and nobody may guess a resume token.
 */
export class RunIdentity {
  readonly #tag = randomBytes(RUN_TAG_BYTES).toString('hex');
  readonly #secret = randomBytes(RUN_SECRET_BYTES);

  peerId(viewerNumber: number): string {
    return `viewer-${this.#tag}-${String(viewerNumber)}`;
  }

  /** 43 URL-safe characters. */
  resumeToken(seed: number, viewerNumber: number): string {
    return createHash('sha256')
      .update(this.#secret)
      .update(`${String(seed)}:${String(viewerNumber)}`)
      .digest('base64url');
  }
}

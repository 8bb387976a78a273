import { type Access, ANONYMOUS, SUBSCRIBER } from './access.js';
import { AccessToken } from './access-token.js';
import { type JsonWebTokenKeys, JsonWebTokens } from './json-web-tokens.js';
import { PRESENTED_TOKEN_LENGTH_MAX } from './limits.js';

export interface AccessSettings extends JsonWebTokenKeys {
  readonly subscribeToken: string | null;
}

/** Turns the token a client presents into what it may do: the subscribe token, or a JSON Web Token where a key is set. */
export class AccessCheck {
  readonly #subscribeToken: AccessToken | null;
  readonly #webTokens: JsonWebTokens;

  /** @param wallMs the wall clock, epoch milliseconds. */
  constructor(settings: AccessSettings, wallMs: () => number) {
    this.#subscribeToken = settings.subscribeToken === null ? null : new AccessToken(settings.subscribeToken);
    this.#webTokens = new JsonWebTokens(settings, wallMs);
  }

  /** @param presented whatever the client sent, which may be no text at all. @returns null when it may not connect. */
  async accessOf(presented: unknown): Promise<Access | null> {
    if (this.#subscribeToken === null && !this.#webTokens.isInUse) return ANONYMOUS;
    if (typeof presented !== 'string' || presented.length > PRESENTED_TOKEN_LENGTH_MAX) return null;
    if (this.#subscribeToken?.admits(presented) === true) return SUBSCRIBER;
    return this.#webTokens.accessOf(presented);
  }
}

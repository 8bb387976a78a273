import { type KeyObject, createSecretKey } from 'node:crypto';
import { errors, type JWTPayload, jwtVerify } from 'jose';
import type { Access } from './access.js';

const ALGORITHM_OF_KEY: Readonly<Record<string, string>> = { rsa: 'RS256', ec: 'ES256' };

interface CheckingKey {
  readonly key: KeyObject;
  /** The only one this key is used with: a token never chooses how it is checked. */
  readonly algorithm: string;
}

export interface JsonWebTokenKeys {
  /** Shared secret of HS256; null for none. */
  readonly jwtSecret: string | null;
  /** RSA for RS256, P-256 for ES256; null for none. */
  readonly jwtPublicKeyFile: KeyObject | null;
}

/**
 * Checks JSON Web Tokens. They must carry `exp` and not be past it; `nbf` counts when it is there. The claim `track`, or `broadcast` as
 * LVQR's tokens call it, binds a token to one track.
 */
export class JsonWebTokens {
  readonly #keys: readonly CheckingKey[];

  /** @param wallMs the wall clock, which is what the issuer goes by. */
  constructor(
    { jwtSecret, jwtPublicKeyFile }: JsonWebTokenKeys,
    private readonly wallMs: () => number,
  ) {
    const keys: CheckingKey[] = [];
    if (jwtSecret !== null) keys.push({ key: createSecretKey(jwtSecret, 'utf8'), algorithm: 'HS256' });
    if (jwtPublicKeyFile !== null) {
      keys.push({
        key: jwtPublicKeyFile,
        algorithm: ALGORITHM_OF_KEY[jwtPublicKeyFile.asymmetricKeyType ?? ''] ?? 'RS256',
      });
    }
    this.#keys = keys;
  }

  get isInUse(): boolean {
    return this.#keys.length > 0;
  }

  /** What the token allows; null when no key vouches for it, it has expired, or its binding makes no sense. */
  async accessOf(token: string): Promise<Access | null> {
    for (const checking of this.#keys) {
      const claims = await this.#claimsOf(token, checking);
      if (claims !== null) return accessOf(claims);
    }
    return null;
  }

  async #claimsOf(token: string, { key, algorithm }: CheckingKey): Promise<JWTPayload | null> {
    try {
      const currentDate = new Date(this.wallMs());
      const { payload } = await jwtVerify(token, key, {
        algorithms: [algorithm],
        currentDate,
        requiredClaims: ['exp'],
      });
      return payload;
    } catch (error) {
      if (error instanceof errors.JOSEError) return null;
      throw error;
    }
  }
}

function accessOf({ track, broadcast }: JWTPayload): Access | null {
  const bindings = [track, broadcast].filter((binding) => binding !== undefined && binding !== null);
  const [first = null] = bindings;
  if (first === null) return { isAuthenticated: true, track: null };
  if (typeof first !== 'string' || bindings.some((binding) => binding !== first)) return null;
  return { isAuthenticated: true, track: first };
}

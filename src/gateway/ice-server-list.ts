import { createHmac } from 'node:crypto';
import type { Clock } from '../clock.js';
import type { IceServer } from '../protocol/server-messages.js';
import type { Access } from './access.js';

const MS_PER_S = 1_000;

export interface TurnSettings {
  /** Shared with the TURN server; null when it knows none. */
  readonly turnSecret: string | null;
  /** How long a credential opens new allocations, milliseconds. */
  readonly turnCredentialTtlMs: number;
}

/**
 * The STUN and TURN servers peers are told. With a shared secret every peer gets a credential of its own that expires: user name
 * `<expiry in epoch seconds>:<peer_id>`, credential base64(HMAC-SHA1(secret, user name)), as coturn's `use-auth-secret` checks it.
 */
export class IceServerList {
  #servers: readonly IceServer[];

  constructor(
    servers: readonly IceServer[],
    private readonly turn: TurnSettings,
    private readonly clock: Clock,
  ) {
    this.#servers = servers;
  }

  /** Whoever is told a place from now on is told these. */
  replace(servers: readonly IceServer[]): void {
    this.#servers = servers;
  }

  /** What may be told to a peer. A peer that nobody knows gets no TURN server and no credential, only STUN. */
  for(access: Access, peerId: string): readonly IceServer[] {
    if (this.#servers.length === 0) return this.#servers;
    if (!access.isAuthenticated) return this.#servers.flatMap((server) => withoutSecrets(server));
    const { turnSecret } = this.turn;
    if (turnSecret === null) return this.#servers;
    return this.#servers.map((server) =>
      needsCredential(server) ? this.#credited(server, turnSecret, peerId) : server,
    );
  }

  #credited({ urls }: IceServer, secret: string, peerId: string): IceServer {
    const expiresAtS = Math.floor((this.clock.wallMs() + this.turn.turnCredentialTtlMs) / MS_PER_S);
    const username = `${String(expiresAtS)}:${peerId}`;
    return { urls, username, credential: createHmac('sha1', secret).update(username).digest('base64') };
  }
}

function needsCredential({ urls, username, credential }: IceServer): boolean {
  return username === undefined && credential === undefined && urlsOf(urls).some(isTurn);
}

/** Whether a server, or a part of it, is kept from peers that nobody knows. */
export function isForKnownPeersOnly({ urls, credential }: IceServer): boolean {
  return credential !== undefined || urlsOf(urls).some(isTurn);
}

function withoutSecrets({ urls }: IceServer): IceServer[] {
  const open = urlsOf(urls).filter((url) => !isTurn(url));
  return open.length === 0 ? [] : [{ urls: open }];
}

function urlsOf(urls: IceServer['urls']): readonly string[] {
  return typeof urls === 'string' ? [urls] : urls;
}

function isTurn(url: string): boolean {
  return url.startsWith('turn:') || url.startsWith('turns:');
}

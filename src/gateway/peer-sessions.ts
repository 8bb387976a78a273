import type { PeerNumber } from '../domain/ids.js';
import type { GatewayMetrics } from './gateway-metrics.js';
import type { PeerBinding, PeerSession } from './peer-session.js';

/** Which session speaks for which peer: at most one for each, over all wires. */
export class PeerSessions {
  readonly #tracks = new Map<string, Map<PeerNumber, PeerSession>>();

  constructor(private readonly metrics: GatewayMetrics) {}

  of(track: string, peer: PeerNumber): PeerSession | null {
    return this.#tracks.get(track)?.get(peer) ?? null;
  }

  /** Peers of a track that have a session. */
  inTrack(track: string): PeerNumber[] {
    return [...(this.#tracks.get(track)?.keys() ?? [])];
  }

  /** Makes `session` speak for a peer. A session that did so until now is told, closed, and speaks for nobody. */
  bind(session: PeerSession, binding: PeerBinding): void {
    const former = this.of(binding.track, binding.peer);
    if (former !== null) this.supersede(former);
    let peers = this.#tracks.get(binding.track);
    if (peers === undefined) {
      peers = new Map();
      this.#tracks.set(binding.track, peers);
    }
    peers.set(binding.peer, session);
    session.state.binding = binding;
    this.metrics.sessions += 1;
  }

  /** Lets the session speak for nobody; the connection stays. */
  unbind(session: PeerSession): void {
    const { binding } = session.state;
    if (binding === null) return;
    session.state.binding = null;
    const peers = this.#tracks.get(binding.track);
    peers?.delete(binding.peer);
    if (peers?.size === 0) this.#tracks.delete(binding.track);
    this.metrics.sessions -= 1;
  }

  /** Another session has taken the peer. It is unbound first, so that its end is no disconnect of the peer. */
  supersede(session: PeerSession): void {
    this.unbind(session);
    this.metrics.sessionsSuperseded += 1;
    session.deliver({ type: 'superseded', body: {} });
    session.close('superseded');
  }
}

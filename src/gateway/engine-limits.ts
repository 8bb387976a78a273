import type { Clock } from '../clock.js';
import { drop, type EngineConnection, isBehind } from './engine-connection.js';
import type { GatewayMetrics } from './gateway-metrics.js';
import { PACKETS_BURST, PACKETS_PER_SECOND } from './limits.js';
import { TokenBucket } from './token-bucket.js';

/**
 * Bounds what a connection may cost beside its session: packets of socket.io's own, such as requests for a namespace that there is
 * not, pass no session, and neither do the answers.
 */
export class EngineLimits {
  readonly #packets = new WeakMap<EngineConnection, TokenBucket>();

  constructor(
    private readonly metrics: GatewayMetrics,
    private readonly clock: Clock,
  ) {}

  watch(connection: EngineConnection): void {
    const nowMs = this.clock.monotonicMs();
    this.#packets.set(connection, new TokenBucket(PACKETS_PER_SECOND, PACKETS_BURST, nowMs));
    connection.on('packet', this.#came);
    connection.on('packetCreate', this.#goes);
  }

  // One function for all connections, which is told whose event it is: one for each would be held as long as the connection.

  readonly #came = ((limits: EngineLimits) =>
    function (this: EngineConnection): void {
      if (limits.#packets.get(this)?.take(limits.clock.monotonicMs()) !== false) return;
      limits.#packets.delete(this);
      limits.metrics.messagesRateLimited += 1;
      drop(this);
    })(this);

  readonly #goes = ((limits: EngineLimits) =>
    function (this: EngineConnection): void {
      if (!isBehind(this)) return;
      limits.metrics.slowClientsDropped += 1;
      drop(this);
    })(this);
}

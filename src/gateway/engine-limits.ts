import type { Clock } from '../clock.js';
import { drop, type EngineConnection, isBehind } from './engine-connection.js';
import type { GatewayMetrics } from './gateway-metrics.js';
import { CLOSE_DEADLINE_MS, PACKETS_BURST, PACKETS_PER_SECOND } from './limits.js';
import { TokenBucket } from './token-bucket.js';

/**
 * Bounds what connections may cost beside their sessions: packets of socket.io's own, such as requests for a namespace that there is
 * not, pass no session, and neither do the answers. And engine.io, whoever closes a connection, waits for a client that does not
 * read until it has not answered a ping, three quarters of a minute.
 *
 * @returns what to call for each connection.
 */
export function engineLimits(metrics: GatewayMetrics, clock: Clock): (connection: EngineConnection) => void {
  const packets = new WeakMap<EngineConnection, TokenBucket>();

  // One function for all connections: one for each would be held as long as its connection.

  function countPacket(this: EngineConnection): void {
    if (packets.get(this)?.take(clock.monotonicMs()) !== false) return;
    packets.delete(this);
    metrics.messagesRateLimited += 1;
    drop(this);
  }

  function lookBehind(this: EngineConnection): void {
    if (!isBehind(this)) return;
    metrics.slowClientsDropped += 1;
    drop(this);
  }

  function closeInTime(this: EngineConnection, discard?: boolean): void {
    const before: string = this.readyState;
    (Object.getPrototypeOf(this) as EngineConnection).close.call(this, discard);
    if (this.readyState !== 'closing' || before === 'closing') return;
    this.once(
      'close',
      clock.after(CLOSE_DEADLINE_MS, () => drop(this)),
    );
  }

  return (connection) => {
    connection.close = closeInTime;
    packets.set(connection, new TokenBucket(PACKETS_PER_SECOND, PACKETS_BURST, clock.monotonicMs()));
    connection.on('packet', countPacket);
    connection.on('packetCreate', lookBehind);
  };
}

import type { RefusalCode } from '../protocol/rejection.js';
import type { SignalErrorCode } from '../protocol/signal-messages.js';

/** What the gateways count, for /metrics. Gauges fall again, counters only rise. */
export class GatewayMetrics {
  /** Gauge: open connections that were admitted. */
  connections = 0;
  /** Gauge: of these, sessions that have a peer. */
  sessions = 0;
  /** Counter: messages taken from clients, also those that were refused. */
  messages = 0;
  /** Counter: requests refused, by code. */
  readonly rejections = new Map<SignalErrorCode, number>();
  /** Counter: connections refused, by code; a page from a foreign origin counts as `forbidden_origin`. */
  readonly connectionsRefused = new Map<RefusalCode | 'forbidden_origin', number>();
  /** Counter: connections refused for a missing or wrong token. */
  authFailures = 0;
  /** Counter: messages refused because their session sends too many. */
  messagesRateLimited = 0;
  signalsRateLimited = 0;
  /** Counter: clients disconnected because they did not read. */
  slowClientsDropped = 0;
  /** Counter: sessions closed because they had no peer for too long. */
  registerDeadlinesMissed = 0;
  /** Counter: sessions replaced by another of the same peer. */
  sessionsSuperseded = 0;
  /** Counter: messages whose handling failed by a fault of the service. */
  handlerFaults = 0;

  rejected(code: SignalErrorCode): void {
    this.rejections.set(code, (this.rejections.get(code) ?? 0) + 1);
  }

  connectionRefused(code: RefusalCode | 'forbidden_origin'): void {
    this.connectionsRefused.set(code, (this.connectionsRefused.get(code) ?? 0) + 1);
  }
}

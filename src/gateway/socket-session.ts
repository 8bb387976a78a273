import type { Socket } from 'socket.io';
import type { Clock } from '../clock.js';
import type { ServerMessage } from '../protocol/server-messages.js';
import type { Access } from './access.js';
import { isSamePlace } from './assignment.js';
import { backlogOf, closeConnection, isTooMuch, terminate } from './engine-connection.js';
import type { GatewayMetrics } from './gateway-metrics.js';
import { MESSAGES_BURST, MESSAGES_PER_SECOND, PROBE_TIMEOUT_MS, SIGNALS_BURST, SIGNALS_PER_SECOND } from './limits.js';
import { type CloseReason, type PeerSession, SessionState, type ToldPlace } from './peer-session.js';
import { TokenBucket } from './token-bucket.js';

/** A session over socket.io. Nothing is written to it without a look at how much the client has left unread. */
export class SocketSession implements PeerSession {
  readonly state = new SessionState();
  readonly canRegisterAgain = true;
  readonly followsPlans = true;
  readonly messages: TokenBucket;
  readonly signals: TokenBucket;
  #isDropped = false;

  constructor(
    private readonly socket: Socket,
    readonly address: string,
    readonly access: Access,
    private readonly metrics: GatewayMetrics,
    private readonly clock: Clock,
  ) {
    const nowMs = clock.monotonicMs();
    this.messages = new TokenBucket(MESSAGES_PER_SECOND, MESSAGES_BURST, nowMs);
    this.signals = new TokenBucket(SIGNALS_PER_SECOND, SIGNALS_BURST, nowMs);
  }

  deliver(message: ServerMessage): boolean {
    if (!this.canWrite()) return false;
    this.socket.emit(message.type, message.body);
    return true;
  }

  isNews(now: ToldPlace, before: ToldPlace): boolean {
    return !isSamePlace(now, before);
  }

  probe(answered: (isAlive: boolean) => void): void {
    if (!this.canWrite()) {
      this.clock.after(PROBE_TIMEOUT_MS, () => answered(false));
      return;
    }
    this.socket.timeout(PROBE_TIMEOUT_MS).emit('probe', {}, (timeout: Error | null) => {
      answered(timeout === null);
    });
  }

  close(reason: CloseReason): void {
    const mayComeBack = reason === 'register_deadline' || reason === 'draining';
    if (mayComeBack) closeConnection(this.socket);
    else this.socket.disconnect(true);
  }

  queued(): number {
    return backlogOf(this.socket).bytes;
  }

  /** Whether there is room for one more message. A client that is too far behind is disconnected here. */
  canWrite(): boolean {
    if (this.#isDropped || !this.socket.connected) return false;
    if (!isTooMuch(backlogOf(this.socket))) return true;
    this.#isDropped = true;
    this.metrics.slowClientsDropped += 1;
    terminate(this.socket);
    return false;
  }
}

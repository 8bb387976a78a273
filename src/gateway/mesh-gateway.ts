import { Inject } from '@nestjs/common';
import { type OnGatewayInit, WebSocketGateway } from '@nestjs/websockets';
import type { Namespace, Socket } from 'socket.io';
import { CLOCK, type Clock } from '../clock.js';
import { CONFIG, type Config } from '../config.js';
import { refusal } from '../protocol/rejection.js';
import { ConnectionAdmission } from './connection-admission.js';
import { closeConnection } from './engine-connection.js';
import type { GatewayMetrics } from './gateway-metrics.js';
import { MessageDoor } from './message-door.js';
import { SessionLayer } from './session-layer.js';
import { SocketSession } from './socket-session.js';

const ONE_SESSION_ONLY = refusal('invalid_message', 'this connection has asked for the namespace already');

/**
 * The socket.io namespace `/mesh`: who may connect, and a session for each connection. It listens on the namespace itself,
 * because messages that pass through Nest's decorators cost twice as much.
 */
@WebSocketGateway({ namespace: '/mesh' })
export class MeshGateway implements OnGatewayInit<Namespace> {
  readonly #admission: ConnectionAdmission;
  readonly #door: MessageDoor;
  readonly #sessions = new Set<SocketSession>();
  /** Connections that asked for the namespace; a second session on one would escape every limit. */
  readonly #known = new WeakSet<Socket['conn']>();

  constructor(
    private readonly layer: SessionLayer,
    @Inject(CONFIG) config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.#admission = new ConnectionAdmission(config, layer.metrics);
    this.#door = new MessageDoor(layer, clock);
  }

  get metrics(): GatewayMetrics {
    return this.layer.metrics;
  }

  afterInit(namespace: Namespace): void {
    namespace.use((socket, next) => {
      const refused = this.#judge(socket);
      if (refused === null) {
        next();
        return;
      }
      next(Object.assign(new Error(refused.code), { data: { code: refused.code, reason: refused.reason } }));
      // socket.io's own client closes at once; any other must not keep the connection either.
      this.clock.soon(() => closeConnection(socket));
    });
    namespace.on('connection', (socket) => this.#open(socket));
  }

  /**
   * Sends everybody away, spread over `spreadMs` so that they don't all come back at the same moment, and lets nobody in. To
   * the clients it is a lost connection: they return with their own back-off. Resolves when all are gone.
   */
  async drain(spreadMs: number): Promise<void> {
    this.#admission.drain();
    const departures = [...this.#sessions].map(
      (session) =>
        new Promise<void>((resolve) => {
          this.clock.after(Math.random() * spreadMs, () => {
            session.close('draining');
            resolve();
          });
        }),
    );
    await Promise.all(departures);
  }

  #judge(socket: Socket): ReturnType<ConnectionAdmission['judge']> {
    if (this.#known.has(socket.conn)) return ONE_SESSION_ONLY;
    this.#known.add(socket.conn);
    const { address, auth } = socket.handshake;
    return this.#admission.judge(address, (auth as { token?: unknown }).token, this.clock.monotonicMs());
  }

  #open(socket: Socket): void {
    const { address } = socket.handshake;
    const session = new SocketSession(socket, address, this.layer.metrics, this.clock.monotonicMs());
    this.#admission.opened(address);
    this.#sessions.add(session);
    this.layer.began(session);
    socket.onAny((...message: unknown[]) => {
      if (socket.connected) this.#door.take(session, message);
    });
    socket.on('disconnect', () => {
      this.#sessions.delete(session);
      this.#admission.closed(address);
      this.layer.ended(session);
      // A client that only leaves the namespace would hold the connection open for nothing.
      closeConnection(socket);
    });
  }
}

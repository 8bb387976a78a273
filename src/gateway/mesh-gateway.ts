import { Inject, Logger } from '@nestjs/common';
import { type OnGatewayInit, WebSocketGateway } from '@nestjs/websockets';
import type { Namespace, Socket } from 'socket.io';
import { CLOCK, type Clock } from '../clock.js';
import { refusal } from '../protocol/rejection.js';
import { type Access, ANONYMOUS } from './access.js';
import type { Admission } from './connection-admission.js';
import { closeConnection, forgetRequest } from './engine-connection.js';
import type { GatewayMetrics } from './gateway-metrics.js';
import { MessageDoor } from './message-door.js';
import { SessionLayer } from './session-layer.js';
import { SocketSession } from './socket-session.js';

const ONE_SESSION_ONLY = refusal('invalid_message', 'this connection has asked for the namespace already');
const ADMISSION_FAILED = refusal('busy', 'the connection could not be judged; come back later');

/**
 * The socket.io namespace `/mesh`: who may connect, and a session for each connection. It listens on the namespace itself,
 * because messages that pass through Nest's decorators cost twice as much.
 */
@WebSocketGateway({ namespace: '/mesh' })
export class MeshGateway implements OnGatewayInit<Namespace> {
  readonly #logger = new Logger('MeshGateway');
  readonly #door: MessageDoor;
  /** Connections that asked for the namespace; a second session on one would escape every limit. */
  readonly #known = new WeakSet<Socket['conn']>();
  readonly #access = new WeakMap<Socket, Access>();

  constructor(
    private readonly layer: SessionLayer,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.#door = new MessageDoor(layer, clock);
  }

  get metrics(): GatewayMetrics {
    return this.layer.metrics;
  }

  afterInit(namespace: Namespace): void {
    namespace.use((socket, next) => {
      void this.#admit(socket).then((admission) => {
        if (admission.ok) {
          this.#access.set(socket, admission.access);
          next();
          return;
        }
        const { code, reason } = admission;
        next(Object.assign(new Error(code), { data: { code, reason } }));
        // socket.io's own client closes at once; any other must not keep the connection either.
        this.clock.soon(() => closeConnection(socket));
      });
    });
    namespace.on('connection', (socket) => this.#open(socket));
  }

  async #admit(socket: Socket): Promise<Admission> {
    if (this.#known.has(socket.conn)) return ONE_SESSION_ONLY;
    this.#known.add(socket.conn);
    const { address, auth } = socket.handshake;
    try {
      return await this.layer.admission.admit(address, (auth as { token?: unknown }).token, this.clock.monotonicMs());
    } catch (error) {
      this.layer.metrics.handlerFaults += 1;
      this.#logger.error('judging a connection failed', error instanceof Error ? error.stack : String(error));
      return ADMISSION_FAILED;
    }
  }

  #open(socket: Socket): void {
    const { address } = socket.handshake;
    const { metrics } = this.layer;
    const session = new SocketSession(socket, address, this.#access.get(socket) ?? ANONYMOUS, metrics, this.clock);
    this.#access.delete(socket);
    forgetRequest(socket);
    this.layer.began(session);
    // Nothing is passed on: there are no listeners by name, and looking for them costs as much as the message.
    socket.use((message: unknown[]) => {
      if (socket.connected) this.#door.take(session, message);
    });
    socket.on('disconnect', () => {
      this.layer.ended(session);
      // A client that only leaves the namespace would hold the connection open for nothing.
      closeConnection(socket);
    });
  }
}

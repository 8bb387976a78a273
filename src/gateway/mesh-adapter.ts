import type { IncomingMessage, Server as HttpServer } from 'node:http';
import type { Socket as TcpSocket } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { AbstractWsAdapter } from '@nestjs/websockets';
import { type Namespace, Server, type ServerOptions } from 'socket.io';
import { CLOCK, type Clock } from '../clock.js';
import { CONFIG, type Config } from '../config.js';
import { isOriginAllowed } from './allowed-origins.js';
import type { EngineConnection } from './engine-connection.js';
import { engineLimits } from './engine-limits.js';
import type { GatewayMetrics } from './gateway-metrics.js';
import { CLOSE_GRACE_MS, CONNECT_DEADLINE_MS, MESSAGE_BYTES_MAX, UNADMITTED_CONNECTIONS_MAX } from './limits.js';
import { LeanWebSocketServer } from './lean-web-socket.js';
import { SessionLayer } from './session-layer.js';

/** What Nest asks of an adapter: first a server, then, given that server, the namespace of each gateway. */
interface CreateOptions {
  readonly namespace?: string;
  readonly server?: Server;
}

/**
 * socket.io as the gateway needs it: bounded messages, no compression, no state kept for lost connections, known origins. To be
 * given to `useWebSocketAdapter` of an application that has the GatewayModule.
 */
export class MeshAdapter extends AbstractWsAdapter {
  readonly #http: HttpServer;
  readonly #config: Config;
  readonly #metrics: GatewayMetrics;
  readonly #clock: Clock;
  readonly #connections = new Set<TcpSocket>();

  constructor(application: INestApplication) {
    super(application);
    this.#http = application.getHttpServer() as HttpServer;
    this.#config = application.get<Config>(CONFIG);
    this.#metrics = application.get(SessionLayer).metrics;
    this.#clock = application.get<Clock>(CLOCK);
    const connections = this.#connections;
    // One function for all of them: one for each would be held as long as its connection.
    const forget = function (this: TcpSocket): void {
      connections.delete(this);
    };
    this.#http.on('connection', (connection: TcpSocket) => {
      connections.add(connection);
      connection.on('close', forget);
    });
  }

  create(_port: number, { namespace, server }: CreateOptions = {}): Server | Namespace {
    return server !== undefined && namespace !== undefined ? withoutRooms(server.of(namespace)) : this.#createServer();
  }

  /** The gateway listens by itself; Nest would spend subscriptions on every connection. */
  bindMessageHandlers(): void {
    return;
  }

  override bindClientDisconnect(): void {
    return;
  }

  /**
   * Closes every connection; Nest closes the HTTP server behind it and waits for all of them. A client that does not answer
   * the close must not hold that up, so after a short grace its connection is destroyed.
   */
  override close(server: Server | Namespace): Promise<void> {
    if (server instanceof Server) {
      server.engine.close();
      const cancel = this.#clock.after(CLOSE_GRACE_MS, () => {
        for (const connection of this.#connections) connection.destroy();
      });
      this.#http.once('close', cancel);
    }
    return Promise.resolve();
  }

  #createServer(): Server {
    const io: Server = new Server(this.#http, {
      transports: ['websocket', 'polling'],
      // Upgrades of other paths belong to the plain WebSocket, which answers all that nobody knows.
      destroyUpgrade: false,
      // One message through the compressor costs a connection 280 kB instead of 35 kB.
      perMessageDeflate: false,
      httpCompression: false,
      wsEngine: LeanWebSocketServer,
      maxHttpBufferSize: MESSAGE_BYTES_MAX,
      connectTimeout: CONNECT_DEADLINE_MS,
      cors: { origin: this.#config.allowedOrigins.includes('*') ? '*' : this.#config.allowedOrigins },
      allowRequest: ((request, answer) => {
        const refused = this.#refusalOf(request, io.engine.clientsCount);
        answer(refused, refused === null);
      }) satisfies ServerOptions['allowRequest'],
    });
    const limit = engineLimits(this.#metrics, this.#clock);
    io.engine.on('connection', (connection: EngineConnection & { transport: { closeTimeout?: number } }) => {
      const { transport } = connection;
      // A client on long polling that is gone would otherwise be waited for, for half a minute, when the service stops.
      if ('closeTimeout' in transport) transport.closeTimeout = CLOSE_GRACE_MS;
      limit(connection);
    });
    // There is only /mesh; the default namespace would take in anybody, and answer nothing.
    io.of('/').use((_socket, next) => next(new Error('invalid_namespace')));
    return io;
  }

  /** Counted here are also connections that have not asked for the namespace yet. */
  #refusalOf(request: IncomingMessage, openConnections: number): string | null {
    if (!isOriginAllowed(request.headers, this.#config.allowedOrigins)) {
      this.#metrics.connectionRefused('forbidden_origin');
      return 'this origin is not allowed to connect';
    }
    if (openConnections < this.#config.connectionsMax + UNADMITTED_CONNECTIONS_MAX) return null;
    this.#metrics.connectionRefused('busy');
    return 'the service has its limit of connections; come back later';
  }
}

/** Nobody is ever spoken to by room: each session is told what concerns it. socket.io would keep a room for each of them. */
function withoutRooms(namespace: Namespace): Namespace {
  const nothing = (): void => undefined;
  Object.assign(namespace.adapter, { addAll: nothing, del: nothing, delAll: nothing });
  return namespace;
}

import { type IncomingMessage, type Server as HttpServer, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type RawData, type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import { CLOCK, type Clock } from '../clock.js';
import { CONFIG, type Config } from '../config.js';
import type { Access } from './access.js';
import { isOriginAllowed } from './allowed-origins.js';
import { bearerOf, bearerProtocol } from './bearer.js';
import { CLOSE_GRACE_MS, MESSAGE_BYTES_MAX } from './limits.js';
import { SessionLayer } from './session-layer.js';
import { SignalDoor } from './signal-door.js';
import { SignalSession } from './signal-session.js';

export const SIGNAL_PATH = '/signal';
/** Upgrades below this path belong to socket.io. */
const SOCKET_IO_PATH = '/socket.io/';
const STATUS_OF_CODE: Readonly<Record<string, number>> = { unauthorized: 401, rate_limited: 429 };
const SERVICE_UNAVAILABLE = 503;
/** The types of ws lack the last one. */
const SERVER_OPTIONS: ServerOptions & { readonly closeTimeout: number } = {
  noServer: true,
  clientTracking: false,
  maxPayload: MESSAGE_BYTES_MAX,
  perMessageDeflate: false,
  // A client that pings without reading would make pongs pile up; the session sends them, and looks first.
  autoPong: false,
  handleProtocols: (offered) => bearerProtocol(offered) ?? false,
  closeTimeout: CLOSE_GRACE_MS,
};

/**
 * The plain WebSocket `/signal`, beside socket.io on the same HTTP server: who may connect, and a session for each connection.
 */
@Injectable()
export class SignalGateway implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #logger = new Logger('SignalGateway');
  readonly #door: SignalDoor;
  readonly #sessions = new Set<SignalSession>();
  readonly #server = new WebSocketServer(SERVER_OPTIONS);

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly layer: SessionLayer,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.#door = new SignalDoor(layer, clock, config.heartbeatIntervalMs);
  }

  onApplicationBootstrap(): void {
    const http = this.host.httpAdapter.getHttpServer() as HttpServer;
    http.on('upgrade', (request, connection, head) => {
      if (request.url?.startsWith(SOCKET_IO_PATH) === true) return;
      connection.on('error', () => connection.destroy());
      void this.#upgrade(request, connection, head);
    });
  }

  /** Whoever is still there is sent away; what does not answer is destroyed with the HTTP server. */
  onModuleDestroy(): void {
    for (const session of this.#sessions) session.close('draining');
  }

  async #upgrade(request: IncomingMessage, connection: Duplex, head: Buffer): Promise<void> {
    const url = URL.canParse(request.url ?? '', 'http://localhost')
      ? new URL(request.url ?? '', 'http://localhost')
      : null;
    if (url?.pathname !== SIGNAL_PATH) {
      refuse(connection, 404, 'not_found', `there is no WebSocket here; there is ${SIGNAL_PATH}`);
      return;
    }
    const { metrics, admission } = this.layer;
    if (!isOriginAllowed(request.headers, this.config.allowedOrigins)) {
      metrics.connectionRefused('forbidden_origin');
      refuse(connection, 403, 'forbidden_origin', 'this origin is not allowed to connect');
      return;
    }
    const address = request.socket.remoteAddress ?? '';
    try {
      const admitted = await admission.admit(address, bearerOf(request.headers, url), this.clock.monotonicMs());
      if (admitted.ok) this.#accept(request, connection, head, address, admitted.access);
      else refuse(connection, STATUS_OF_CODE[admitted.code] ?? SERVICE_UNAVAILABLE, admitted.code, admitted.reason);
    } catch (error) {
      metrics.handlerFaults += 1;
      this.#logger.error('judging a connection failed', error instanceof Error ? error.stack : String(error));
      connection.destroy();
    }
  }

  #accept(request: IncomingMessage, connection: Duplex, head: Buffer, address: string, access: Access): void {
    this.#server.handleUpgrade(request, connection, head, (socket) => {
      // A client that says no more says no goodbye either. ws would wait until it has read all, which may be never.
      connection.on('end', destroy);
      this.#open(socket, new SignalSession(socket, address, access, this.layer.metrics, this.clock));
    });
  }

  #open(socket: WebSocket, session: SignalSession): void {
    this.#sessions.add(session);
    this.layer.began(session);
    socket.on('message', (data: RawData, isBinary: boolean) => {
      this.#guarded(() => this.#door.take(session, isBinary ? null : textOf(data)));
    });
    socket.on('ping', (payload: Buffer) => this.#door.pinged(session, payload));
    socket.on('pong', (payload: Buffer) => session.ponged(payload.toString('latin1')));
    // A frame that breaks the WebSocket protocol or is too large; ws closes the connection with the code for it.
    socket.on('error', () => undefined);
    socket.on('close', (code: number) => {
      this.#sessions.delete(session);
      this.layer.ended(session, session.ended(code));
    });
  }

  #guarded(handle: () => void): void {
    try {
      handle();
    } catch (error) {
      this.layer.metrics.handlerFaults += 1;
      this.#logger.error('handling a message failed', error instanceof Error ? error.stack : String(error));
    }
  }
}

/** Text frames come as one buffer. */
function textOf(data: RawData): string {
  return (data as Buffer).toString('utf8');
}

/** One function for all connections: one for each would be held as long as its connection. */
function destroy(this: Duplex): void {
  this.destroy();
}

/** Answers an upgrade with something else than a WebSocket, and does not wait for the client to end its half of the connection. */
function refuse(connection: Duplex, status: number, code: string, reason: string): void {
  const body = JSON.stringify({ code, reason });
  connection.on('finish', destroy);
  connection.end(
    [
      `HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? ''}`,
      'Connection: close',
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${String(Buffer.byteLength(body))}`,
      ...(status === 401 ? ['WWW-Authenticate: Bearer'] : []),
      '',
      body,
    ].join('\r\n'),
  );
}

import type { IncomingMessage } from 'node:http';
import type { Socket } from 'socket.io';

/** What waits to be read by one client: in the engine, and in the WebSocket under it. */
export interface Backlog {
  readonly messages: number;
  readonly bytes: number;
}

/** The parts of engine.io's connection that are used here; its types keep two of them private. */
interface EngineConnection {
  readonly writeBuffer: readonly { readonly data?: unknown }[];
  readonly transport: { readonly socket?: unknown };
  /** What the connection began with. */
  request: IncomingMessage | null;
  close(discard?: boolean): void;
}

interface WebSocketOfEngine {
  readonly bufferedAmount: number;
  terminate(): void;
}

const NOTHING = Object.freeze({});

/** With long polling there is no WebSocket, and everything waits in the engine. */
export function backlogOf(socket: Socket): Backlog {
  const { writeBuffer, transport } = connectionOf(socket);
  let bytes = isWebSocket(transport.socket) ? transport.socket.bufferedAmount : 0;
  for (const { data } of writeBuffer) if (typeof data === 'string') bytes += data.length;
  return { messages: writeBuffer.length, bytes };
}

/** Drops the connection without waiting for what is unsent: a client that does not read would never let it end. */
export function terminate(socket: Socket): void {
  const connection = connectionOf(socket);
  if (isWebSocket(connection.transport.socket)) connection.transport.socket.terminate();
  else connection.close(true);
}

/** Closes the connection under the socket: to a client that is a lost connection, and it comes back by itself. */
export function closeConnection(socket: Socket): void {
  connectionOf(socket).close();
}

/**
 * Lets go of what the request brought that the connection began with, which is needed no more: in a browser's case a kilobyte or
 * two of headers. The request itself stays, because engine.io listens on it.
 */
export function forgetRequest(socket: Socket): void {
  const connection = connectionOf(socket);
  if (connection.request !== null) Object.assign(connection.request, { headers: NOTHING, rawHeaders: [], url: '' });
  connection.request = null;
  Object.assign(socket.handshake, { headers: NOTHING, query: NOTHING, auth: NOTHING, time: '', url: '' });
}

function connectionOf(socket: Socket): EngineConnection {
  return socket.conn as unknown as EngineConnection;
}

function isWebSocket(candidate: unknown): candidate is WebSocketOfEngine {
  return (
    typeof candidate === 'object' && candidate !== null && 'bufferedAmount' in candidate && 'terminate' in candidate
  );
}

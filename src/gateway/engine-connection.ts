import type { IncomingMessage } from 'node:http';
import type { Socket } from 'socket.io';
import { WebSocket } from 'ws';
import { OUTGOING_BYTES_MAX, OUTGOING_MESSAGES_MAX } from './limits.js';

/** What waits to be read by one client: in the engine, and in the WebSocket under it. */
export interface Backlog {
  readonly messages: number;
  readonly bytes: number;
}

/** The parts of engine.io's connection that are used here; its types keep two of them private. */
export interface EngineConnection {
  readonly writeBuffer: readonly { readonly data?: unknown }[];
  readonly transport: { readonly socket?: unknown };
  /** `closing` while it waits until its client has read what was sent before the close. */
  readonly readyState: 'opening' | 'open' | 'closing' | 'closed';
  /** What the connection began with. */
  request: IncomingMessage | null;
  close(discard?: boolean): void;
  on(event: 'packet' | 'packetCreate', listener: (this: EngineConnection) => void): unknown;
  once(event: 'close', listener: () => void): unknown;
}

interface WebSocketOfEngine {
  readonly bufferedAmount: number;
  readonly readyState: number;
  terminate(): void;
}

const NOTHING = Object.freeze({});

/** With long polling there is no WebSocket, and everything waits in the engine. */
export function backlogOf(socket: Socket): Backlog {
  return backlogOn(connectionOf(socket));
}

/** Whether a client may not be this far behind. */
export function isTooMuch({ messages, bytes }: Backlog): boolean {
  return messages >= OUTGOING_MESSAGES_MAX || bytes >= OUTGOING_BYTES_MAX;
}

function backlogOn({ writeBuffer, transport }: EngineConnection): Backlog {
  let bytes = isWebSocket(transport.socket) ? transport.socket.bufferedAmount : 0;
  for (const { data } of writeBuffer) if (typeof data === 'string') bytes += data.length;
  return { messages: writeBuffer.length, bytes };
}

/** Drops the connection without waiting for what is unsent: a client that does not read would never let it end. */
export function terminate(socket: Socket): void {
  drop(connectionOf(socket));
}

/** Whether the client of a connection that is open has left more unread than it may. */
export function isBehind(connection: EngineConnection): boolean {
  const { socket } = connection.transport;
  if (isWebSocket(socket) && socket.readyState !== WebSocket.OPEN) return false;
  return isTooMuch(backlogOn(connection));
}

/** The same as `terminate`, of a connection that need not have a session. */
export function drop(connection: EngineConnection): void {
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

import { connect, type Socket } from 'node:net';
import { clientFrame, FrameCutter } from './wire-frames.js';

const NAMESPACE = '/mesh';
const CONNECTED = `40${NAMESPACE},`;
const CONNECT_ERROR = `44${NAMESPACE},`;
const ACKNOWLEDGEMENT = `43${NAMESPACE},`;
const EVENT = `42${NAMESPACE},`;
const OPENED = '0';
const PING = '2';
const PONG = '3';
const HEADERS_END = '\r\n\r\n';
/** Any 16 bytes in base64 will do. */
const KEY = 'bWVzaGxlZGdlciBiZW5jaA==';

/** @param isOk whether the acknowledgement says `ok: true`. */
export type OnAcknowledged = (isOk: boolean, text: string) => void;

/**
 * The socket.io wire in as few instructions as possible: with socket.io's own client the load would need more of the machine
 * than the service. One client is one peer.
 */
export class WireClient {
  readonly #socket: Socket;
  readonly #acknowledgements = new Map<number, OnAcknowledged>();
  #lastRequest = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Opens a connection of its own and joins the namespace. Rejects when it is refused. */
  static open(port: number): Promise<WireClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      const client = new WireClient(socket);
      const cutter = new FrameCutter((text) => client.#take(text, resolve, reject));
      let headers: string | null = '';
      socket.on('connect', () => socket.write(upgradeRequest(port)));
      socket.on('data', (chunk: Buffer) => {
        if (headers === null) {
          cutter.take(chunk);
          return;
        }
        headers += chunk.toString('latin1');
        const end = headers.indexOf(HEADERS_END);
        if (end === -1) return;
        if (!headers.startsWith('HTTP/1.1 101')) reject(new Error(`refused: ${headers.slice(0, 200)}`));
        const frames = Buffer.from(headers.slice(end + HEADERS_END.length), 'latin1');
        headers = null;
        cutter.take(frames);
      });
      socket.on('error', reject);
      socket.on('close', () => reject(new Error('the connection was closed')));
    });
  }

  /** Sends an event that wants an acknowledgement. @param body JSON. */
  request(name: string, body: string, onAcknowledged: OnAcknowledged): void {
    this.#lastRequest += 1;
    this.#acknowledgements.set(this.#lastRequest, onAcknowledged);
    this.#send(`${EVENT}${String(this.#lastRequest)}["${name}",${body}]`);
  }

  /** The same as a promise. Rejects when the acknowledgement is a refusal. @returns milliseconds until it came. */
  async acknowledged(name: string, body: string): Promise<number> {
    const startedAt = performance.now();
    return new Promise((resolve, reject) => {
      this.request(name, body, (isOk, text) => {
        if (isOk) resolve(performance.now() - startedAt);
        else reject(new Error(`${name}: ${text}`));
      });
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #send(text: string): void {
    this.#socket.write(clientFrame(text));
  }

  #take(text: string, opened: (client: WireClient) => void, refused: (error: Error) => void): void {
    if (text.startsWith(ACKNOWLEDGEMENT)) this.#settle(text);
    else if (text.startsWith(EVENT)) this.#answerProbe(text);
    else if (text === PING) this.#send(PONG);
    else if (text.startsWith(OPENED)) this.#send(`${CONNECTED}{}`);
    else if (text.startsWith(CONNECTED)) opened(this);
    else if (text.startsWith(CONNECT_ERROR)) refused(new Error(text));
  }

  #settle(text: string): void {
    const bodyAt = text.indexOf('[', ACKNOWLEDGEMENT.length);
    const request = Number(text.slice(ACKNOWLEDGEMENT.length, bodyAt));
    const onAcknowledged = this.#acknowledgements.get(request);
    this.#acknowledgements.delete(request);
    onAcknowledged?.(text.startsWith('[{"ok":true', bodyAt), text);
  }

  /** Of all that the service sends, only a probe wants an answer: it comes with a number. */
  #answerProbe(text: string): void {
    const bodyAt = text.indexOf('[');
    if (bodyAt > EVENT.length) this.#send(`${ACKNOWLEDGEMENT}${text.slice(EVENT.length, bodyAt)}[]`);
  }
}

function upgradeRequest(port: number): string {
  return [
    'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1',
    `Host: 127.0.0.1:${String(port)}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${KEY}`,
    HEADERS_END.slice(2),
  ].join('\r\n');
}

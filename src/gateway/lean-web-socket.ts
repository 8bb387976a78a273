import type { Socket as TcpSocket } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { systemClock } from '../clock.js';
import { CLOSE_DEADLINE_MS } from './limits.js';
import { endOfTextFrame, frameOf, NOT_PLAIN, NOT_WHOLE, textOfFrame } from './plain-text-frame.js';

/** In so many pieces a frame may come; joining them again and again must not become work for who sends single bytes. */
const PIECES_MAX = 8;
/** Code of a connection that ended without saying why. */
const ABNORMAL = 1006;
const NOTHING = Buffer.alloc(0);
/** The types of `ws` lack the second one. */
const OF_EACH_SOCKET = { perMessageDeflate: false, closeTimeout: CLOSE_DEADLINE_MS };
const NO_SENDER = Object.freeze({ _bufferedBytes: 0 });
const LEAN = Symbol('the lean WebSocket on this connection');

/** What waits for the end of a turn is written earlier when it is as long as this, bytes. */
const UNWRITTEN_MAX = 16_384;

type OnSent = (error?: Error) => void;
type SendOptions = Parameters<WebSocket['send']>[1];

type BufferLike = Parameters<WebSocket['send']>[0];

/** Limits of a connection, as `ws` wants them. */
interface ConnectionOptions {
  readonly maxPayload: number;
}

/** The parts of `ws` that its types keep private. */
interface Inside {
  _socket: LeanConnection;
  _readyState: number;
  /** Asked for what it has not handed on yet, which is part of `bufferedAmount`. */
  _sender: { readonly _bufferedBytes: number };
  setSocket(connection: TcpSocket, head: Buffer, options: ConnectionOptions): void;
}

type LeanConnection = TcpSocket & { [LEAN]?: LeanWebSocket | undefined };

/**
 * Sockets with something to write at the end of this turn of the event loop. What a commit made durable is answered to hundreds at once, and to
 * hand that to the kernel takes as long as much else about it: by then the next commit is under way, instead of waiting for it.
 */
class Outbox {
  #waiting: LeanWebSocket[] = [];

  add(socket: LeanWebSocket): void {
    if (this.#waiting.push(socket) === 1) systemClock.soon(() => this.#flush());
  }

  #flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const socket of waiting) socket.flush();
  }
}

const outbox = new Outbox();

/**
 * A WebSocket of the server that reads and writes plain text frames by itself, and is all else with the parts of `ws`, which it gets
 * at the first frame that is not plain: a part of a message, bytes, a close, an error. Those parts are two kilobytes for each
 * connection, and keep something of each message until the next one, when it is old enough to stay until a great collection.
 *
 * The texts of a turn are handed to the connection as one string. `ws` itself makes a buffer for the head of each frame and has the kernel
 * gather both, which costs a third of what it takes to acknowledge a heartbeat.
 */
class LeanWebSocket extends WebSocket {
  readonly #options: ConnectionOptions;
  #isLean = true;
  /** The beginning of a frame that is not whole yet, and in how many pieces it came. */
  #begun: Buffer | null = null;
  #pieces = 0;
  /** Frames of this turn. */
  #unwritten = '';

  /** Made by `ws`. */
  constructor(...made: ConstructorParameters<typeof WebSocket>) {
    super(...made);
    this.#options = made[2] as unknown as ConnectionOptions;
  }

  /** Called by `ws` when the handshake is done. */
  setSocket(connection: LeanConnection, head: Buffer): void {
    const inside = this.#inside();
    inside._socket = connection;
    inside._sender = NO_SENDER;
    inside._readyState = WebSocket.OPEN;
    connection[LEAN] = this;
    forgetUpgrade(connection);
    connection.setTimeout(0);
    connection.setNoDelay();
    if (head.length > 0) connection.unshift(head);
    connection.on('close', onClose).on('data', onData).on('end', onEnd).on('error', onError);
  }

  override send(data: BufferLike, options?: SendOptions | OnSent, onSent?: OnSent): void {
    if (typeof data === 'string' && typeof options === 'function' && this.readyState === WebSocket.OPEN) {
      const frame = frameOf(data);
      if (frame !== null) {
        this.#sendPlain(frame, options);
        return;
      }
    }
    const sent = typeof options === 'function' ? options : onSent;
    if (!this.#becomeWhole()) process.nextTick(() => sent?.(new Error('WebSocket is not open')));
    else if (typeof options === 'function') super.send(data, options);
    else super.send(data, options ?? {}, onSent);
  }

  override ping(...words: Parameters<WebSocket['ping']>): void {
    if (this.#becomeWhole()) super.ping(...words);
  }

  /** A client that pings without reading gets no answer: pongs would pile up, and nobody else looks before they are sent. */
  override pong(...words: Parameters<WebSocket['pong']>): void {
    if (this.#becomeWhole() && this.#inside()._socket.writableLength === 0) super.pong(...words);
  }

  override terminate(): void {
    this.flush();
    super.terminate();
  }

  /** Once it is closing nobody waits for it any more, and a client that has ended its half without reading would keep it for ever. */
  override close(code?: number, reason?: string | Buffer): void {
    if (this.readyState === WebSocket.CLOSING) this.#inside()._socket.destroy();
    else if (this.#becomeWhole()) super.close(code, reason);
  }

  override resume(): void {
    if (this.#isLean) this.#inside()._socket.resume();
    else super.resume();
  }

  /** Writes what waits for the end of the turn. */
  flush(): void {
    if (this.#unwritten === '') return;
    const connection = this.#inside()._socket;
    if (connection.writable) connection.write(this.#unwritten, 'latin1');
    this.#unwritten = '';
  }

  /** What the connection brought. */
  take(chunk: Buffer): void {
    const bytes = this.#begun === null ? chunk : Buffer.concat([this.#begun, chunk]);
    this.#begun = null;
    let at = 0;
    while (at < bytes.length) {
      const end = this.#isLean ? endOfTextFrame(bytes, at, this.#options.maxPayload) : NOT_PLAIN;
      if (end === NOT_WHOLE && this.#pieces < PIECES_MAX) {
        this.#begun = bytes.subarray(at);
        this.#pieces += 1;
        return;
      }
      const text = end > 0 ? textOfFrame(bytes, at, end) : null;
      if (text === null) {
        this.#leaveTo(bytes.subarray(at));
        return;
      }
      at = end;
      this.#pieces = 0;
      this.emit('message', text, false);
    }
  }

  /** The connection is at its end, by one side or by both. */
  ends(isGone: boolean): void {
    this.flush();
    this.#inside()._readyState = isGone ? WebSocket.CLOSED : WebSocket.CLOSING;
    if (isGone) this.emit('close', ABNORMAL, NOTHING);
  }

  /**
   * What nothing stands before is reported as sent at once: one callback in a later turn for each frame would cost as much as the frame.
   * Behind what the kernel did not take it is reported when all before it is gone.
   */
  #sendPlain(frame: string, onSent: OnSent): void {
    const connection = this.#inside()._socket;
    const mayWait = this.#isLean && connection.writableLength === 0;
    if (mayWait && this.#unwritten === '') outbox.add(this);
    this.#unwritten += frame;
    if (!mayWait || this.#unwritten.length >= UNWRITTEN_MAX) this.flush();
    if (connection.writableLength === 0) onSent();
    else connection.write('', 'latin1', (error) => onSent(error ?? undefined));
  }

  /** Whatever is not read here. After an end of the connection nobody reads it. */
  #leaveTo(rest: Buffer): void {
    if (this.#becomeWhole()) this.#inside()._socket.emit('data', rest);
  }

  /** From now on this is a WebSocket as `ws` knows it. @returns false when it is closed or about to be, and cannot become one. */
  #becomeWhole(): boolean {
    this.flush();
    if (!this.#isLean) return true;
    if (this.readyState !== WebSocket.OPEN) return false;
    this.#isLean = false;
    const connection = this.#inside()._socket;
    const begun = this.#begun;
    this.#begun = null;
    connection[LEAN] = undefined;
    connection.off('close', onClose).off('data', onData).off('end', onEnd);
    inside(WebSocket.prototype).setSocket.call(this, connection, NOTHING, this.#options);
    connection.off('error', onError);
    if (begun !== null) connection.emit('data', begun);
    return true;
  }

  #inside(): Inside {
    return inside(this);
  }
}

/** What engine.io is given as its `wsEngine`. It never asks for compression, so frames are never anything but what they carry. */
export class LeanWebSocketServer extends WebSocketServer<typeof WebSocket> {
  constructor(options: ConstructorParameters<typeof WebSocketServer>[0]) {
    super({ ...options, ...OF_EACH_SOCKET, WebSocket: LeanWebSocket as unknown as typeof WebSocket });
  }
}

function inside(socket: WebSocket): Inside {
  return socket as unknown as Inside;
}

// One function for all connections: one for each would be held as long as its connection.

function onData(this: LeanConnection, chunk: Buffer): void {
  this[LEAN]?.take(chunk);
}

function onEnd(this: LeanConnection): void {
  this[LEAN]?.ends(false);
  this.end();
}

function onError(this: LeanConnection): void {
  this[LEAN]?.ends(false);
  this.destroy();
}

function onClose(this: LeanConnection): void {
  const socket = this[LEAN];
  this[LEAN] = undefined;
  socket?.ends(true);
}

/** What waits for the end of the connection once belongs to its upgrade, and keeps the request as long as the connection. */
function forgetUpgrade(connection: TcpSocket): void {
  for (const listener of connection.rawListeners('close')) {
    if ('listener' in listener) connection.off('close', listener.listener as () => void);
  }
}

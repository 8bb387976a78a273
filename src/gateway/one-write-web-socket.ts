import type { Socket as TcpSocket } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

/** Head of a text frame in one piece from a server: final, unmasked; the length, or that two bytes of it follow. */
const TEXT_FRAME = 0x81;
const LENGTH_16 = 126;
const LENGTH_16_MAX = 0xffff;

type OnSent = (error?: Error) => void;
type SendOptions = Parameters<WebSocket['send']>[1];

type BufferLike = Parameters<WebSocket['send']>[0];

/** The part of `ws` that its types keep private: the connection that frames are written to. */
interface Connected {
  readonly _socket: TcpSocket | null;
}

/**
 * A WebSocket of the server that hands a text to its connection as one string. `ws` itself makes a buffer for the head of each
 * frame and has the kernel gather both, which costs a third of what it takes to acknowledge a heartbeat. Whatever is not plain
 * ASCII text of up to 64 KiB takes the way of `ws`.
 */
class OneWriteWebSocket extends WebSocket {
  override send(data: BufferLike, options?: SendOptions | OnSent, onSent?: OnSent): void {
    const connection = (this as unknown as Connected)._socket;
    const isPlain = typeof options === 'function' && this.readyState === WebSocket.OPEN && connection !== null;
    if (isPlain && typeof data === 'string' && isShortAscii(data)) {
      writeAtOnce(connection, headOf(data.length) + data, options);
    } else if (typeof options === 'function') {
      super.send(data, options);
    } else {
      super.send(data, options ?? {}, onSent);
    }
  }
}

/** What engine.io is given as its `wsEngine`. It never asks for compression, so frames are never anything but what they carry. */
export class OneWriteWebSocketServer extends WebSocketServer<typeof OneWriteWebSocket> {
  constructor(options: ConstructorParameters<typeof WebSocketServer>[0]) {
    super({ ...options, perMessageDeflate: false, WebSocket: OneWriteWebSocket });
  }
}

function isShortAscii(text: string): boolean {
  return text.length <= LENGTH_16_MAX && Buffer.byteLength(text) === text.length;
}

function headOf(length: number): string {
  return length < LENGTH_16
    ? String.fromCharCode(TEXT_FRAME, length)
    : String.fromCharCode(TEXT_FRAME, LENGTH_16, length >> 8, length & 0xff);
}

/**
 * What the kernel takes at once is reported as sent at once: one callback in a later turn for each frame would cost as much as the
 * frame. What it does not take is reported when all before it is gone.
 */
function writeAtOnce(connection: TcpSocket, frame: string, onSent: OnSent): void {
  connection.write(frame, 'latin1');
  if (connection.writableLength === 0) onSent();
  else connection.write('', 'latin1', (error) => onSent(error ?? undefined));
}

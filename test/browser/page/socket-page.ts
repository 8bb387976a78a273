/** The sockets of a browser as anybody can open them: both wires, without a client that keeps to the rules. */
import { io, type Socket } from 'socket.io-client';

interface Heard {
  readonly type: string;
  readonly code?: string;
}

/** A plain WebSocket to `/signal`: everything it is told, and the code of its end. */
class PlainSocket {
  readonly inbox: Heard[] = [];
  closed: number | null = null;
  readonly #socket: WebSocket;

  constructor(url: string) {
    this.#socket = new WebSocket(url);
    this.#socket.onmessage = ({ data }) => this.inbox.push(JSON.parse(String(data)) as Heard);
    this.#socket.onclose = ({ code }) => {
      this.closed = code;
    };
  }

  send(message: unknown): void {
    this.#socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** @param type resolves with the first message of this type, or with null when the socket is closed before. */
  async hear(type: string): Promise<Heard | null> {
    for (;;) {
      const heard = this.inbox.find((message) => message.type === type);
      if (heard !== undefined) return heard;
      if (this.closed !== null) return null;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** The code of the Error it was told, null if none, and the code with which the WebSocket was closed. */
  async end(): Promise<{ code: string | null; closed: number }> {
    for (;;) {
      const { closed } = this;
      if (closed !== null) return { code: this.inbox.find(({ type }) => type === 'Error')?.code ?? null, closed };
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Opens `/signal` and registers. Resolves with the socket when it has its place, or was refused one. */
async function signal(url: string, peerId: string | null, track = 'live/browser'): Promise<PlainSocket> {
  const socket = new PlainSocket(`${url.replace('http', 'ws')}/signal`);
  if (peerId === null) return socket;
  await new Promise((resolve) => setTimeout(resolve, 0));
  await opened(socket);
  socket.send({ type: 'Register', peer_id: peerId, track, capacity: 1 });
  await Promise.race([socket.hear('AssignParent'), socket.hear('Error')]);
  return socket;
}

async function opened(socket: PlainSocket): Promise<void> {
  for (;;) {
    try {
      socket.send({ type: 'Nothing' });
      return;
    } catch {
      if (socket.closed !== null) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Registers over socket.io and then asks one thing more. Resolves with the code of the first refusal, null when there was none. */
async function ask(url: string, peerId: string, track: string, name: string, body: object): Promise<string | null> {
  const socket: Socket = io(`${url}/mesh`, { forceNew: true, reconnection: false, transports: ['websocket'] });
  try {
    for (const [event, content] of [
      ['register', { peer_id: peerId, track, capacity: 1 }],
      [name, body],
    ] as const) {
      const answer = (await socket.emitWithAck(event, content)) as { ok: boolean; code?: string };
      if (!answer.ok) return answer.code ?? 'no code';
    }
    return null;
  } finally {
    socket.disconnect();
  }
}

Object.assign(globalThis, { signal, ask });

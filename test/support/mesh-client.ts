import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';
import type { Assignment, ServerMessage } from '../../src/protocol/server-messages.js';

/** An acknowledgement as it comes over the wire. */
export type WireAnswer = Record<string, unknown> & { ok: boolean };
export type RegisteredAnswer = WireAnswer & { assignment: Assignment; resume_token: string; position: number };

const ANSWER_WITHIN_MS = 10_000;

interface Waiter {
  readonly type: ServerMessage['type'];
  readonly matches: (body: never) => boolean;
  readonly resolve: (body: never) => void;
}

/** One viewer: a real socket.io client that remembers all it was sent and lets a test wait for the next of a kind. */
export class MeshClient {
  /** Everything received and not yet taken by `next`, in order. */
  readonly inbox: { type: string; body: unknown }[] = [];
  readonly disconnected: Promise<string>;
  /** The place the client was last told; null before it registered. */
  place: Assignment | null = null;
  readonly #waiters: Waiter[] = [];

  constructor(readonly socket: Socket) {
    this.disconnected = new Promise((resolve) => socket.once('disconnect', resolve));
    socket.onAny((type: string, body: unknown) => this.#receive(type, body));
  }

  /** Resolves when the service has taken the client in; rejects with the error of the refusal. */
  static async connect(url: string, options: Partial<ManagerOptions & SocketOptions> = {}): Promise<MeshClient> {
    const socket = io(`${url}/mesh`, { transports: ['websocket'], forceNew: true, reconnection: false, ...options });
    const client = new MeshClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('connect_error', (error) => {
        socket.close();
        reject(error);
      });
      // The connection can end before the namespace has answered, and socket.io takes that for no error.
      socket.once('disconnect', (reason) => reject(new Error(reason)));
    });
    return client;
  }

  async request(name: string, ...args: unknown[]): Promise<WireAnswer> {
    return (await this.socket.timeout(ANSWER_WITHIN_MS).emitWithAck(name, ...args)) as WireAnswer;
  }

  async register(peerId: string, track: string, more: Record<string, unknown> = {}): Promise<RegisteredAnswer> {
    const answer = await this.request('register', { peer_id: peerId, track, ...more });
    if (!answer.ok) throw new Error(`register of ${peerId} was refused: ${JSON.stringify(answer)}`);
    const { assignment } = answer as RegisteredAnswer;
    // An assign_parent right behind the answer is here before the promise of the answer has resolved.
    const isOvertaken = this.place?.peer_id === peerId && this.place.position > assignment.position;
    if (!isOvertaken) this.place = assignment;
    return answer as RegisteredAnswer;
  }

  /** Takes the oldest message of a kind out of the inbox, or waits for the next. */
  next<Type extends ServerMessage['type'], Body = Extract<ServerMessage, { type: Type }>['body']>(
    type: Type,
    matches: (body: Body) => boolean = () => true,
  ): Promise<Body> {
    const index = this.inbox.findIndex((message) => message.type === type && matches(message.body as Body));
    if (index >= 0) return Promise.resolve(this.inbox.splice(index, 1)[0]?.body as Body);
    return new Promise((resolve) => {
      this.#waiters.push({ type, matches, resolve });
    });
  }

  close(): void {
    this.socket.disconnect();
  }

  #receive(type: string, body: unknown): void {
    if (type === 'assign_parent') this.place = body as Assignment;
    const index = this.#waiters.findIndex((waiter) => waiter.type === type && waiter.matches(body as never));
    if (index >= 0) this.#waiters.splice(index, 1)[0]?.resolve(body as never);
    else this.inbox.push({ type, body });
  }
}

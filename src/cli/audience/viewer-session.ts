import { io, type Socket } from 'socket.io-client';
import { CONNECT_TIMEOUT_MS, REQUESTS_IN_FLIGHT_MAX } from './audience-settings.js';
import type { RequestKind } from './wire-answers.js';

/** Hears what happens to one session. Nothing is heard of a session after it was closed from our side. */
export interface SessionOwner {
  opened(session: ViewerSession): void;
  /** The connection was not made, or the namespace refused it. */
  refused(session: ViewerSession, reason: string): void;
  /** The connection ended, and we did not ask for it. */
  ended(session: ViewerSession, reason: string): void;
  received(session: ViewerSession, event: string, body: unknown): void;
}

type OpenRequest = { readonly kind: RequestKind; readonly sentAtMs: number; overdue: boolean };

/** One connection of a viewer: a socket of its own, which is never reused. Reconnecting is the viewer's decision. */
export class ViewerSession {
  readonly #socket: Socket;
  readonly #open = new Map<number, OpenRequest>();
  #nextRequest = 0;
  #closed = false;
  readonly #startedAtMs = performance.now();
  /** The service said that another session took this peer over, at that time. */
  supersededAtMs: number | null = null;

  constructor(
    url: string,
    token: string | null,
    private readonly owner: SessionOwner,
  ) {
    this.#socket = io(`${url}/mesh`, {
      transports: ['websocket'],
      forceNew: true,
      multiplex: false,
      reconnection: false,
      timeout: CONNECT_TIMEOUT_MS,
      perMessageDeflate: false as never,
      auth: token === null ? {} : { token },
    });
    this.#socket.on('connect', () => {
      if (!this.#closed) this.owner.opened(this);
    });
    this.#socket.on('connect_error', (error) => {
      if (!this.#closed) this.#end(() => this.owner.refused(this, refusalReason(error)));
    });
    this.#socket.on('disconnect', (reason) => {
      if (!this.#closed) this.#end(() => this.owner.ended(this, reason));
    });
    this.#socket.onAny((event: string, ...args: unknown[]) => {
      if (!this.#closed) this.#receive(event, args);
    });
  }

  get isOpen(): boolean {
    return !this.#closed && this.#socket.connected;
  }

  get isStuckConnecting(): boolean {
    const elapsedMs = performance.now() - this.#startedAtMs;
    return !this.#closed && !this.#socket.connected && elapsedMs > 2 * CONNECT_TIMEOUT_MS;
  }

  get isFull(): boolean {
    return this.#open.size >= REQUESTS_IN_FLIGHT_MAX;
  }

  /** Whether an answer is still awaited that is not overdue. */
  get awaitsAnswers(): boolean {
    for (const request of this.#open.values()) if (!request.overdue) return true;
    return false;
  }

  /** Sends a request; `answered` is called at most once, and never after the session ended. */
  request(kind: RequestKind, body: object, answered: (answer: unknown, elapsedMs: number) => void): void {
    if (!this.isOpen) return;
    const request = this.#nextRequest++;
    const sentAtMs = performance.now();
    this.#open.set(request, { kind, sentAtMs, overdue: false });
    this.#socket.emit(kind, body, (answer: unknown) => {
      if (this.#closed) return;
      this.#open.delete(request);
      answered(answer, performance.now() - sentAtMs);
    });
  }

  /** The requests that became overdue since the last call. */
  newlyOverdue(nowMs: number, ackTimeoutMs: number): RequestKind[] {
    const overdue: RequestKind[] = [];
    if (!this.isOpen) return overdue;
    for (const request of this.#open.values()) {
      if (nowMs - request.sentAtMs < ackTimeoutMs) break;
      if (!request.overdue) overdue.push(request.kind);
      request.overdue = true;
    }
    return overdue;
  }

  /** Says goodbye to socket.io; the peer stays in the track until its deadline. */
  close(): void {
    this.#end(() => this.#socket.disconnect());
  }

  /** Breaks the connection as a dead battery does: no close packet, no closing handshake. */
  breakOff(): void {
    this.#end(() => {
      const wire = webSocketOf(this.#socket);
      if (wire === null) this.#socket.disconnect();
      else wire.terminate();
    });
  }

  #end(act: () => void): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#open.clear();
    act();
    this.#socket.offAny();
  }

  #receive(event: string, args: readonly unknown[]): void {
    const last = args.at(-1);
    if (event === 'probe' && typeof last === 'function') (last as (answer: object) => void)({});
    this.owner.received(this, event, args[0]);
  }
}

/** The Error of a refused namespace carries `data`; a code in it says more than the message. */
function refusalReason(error: Error & { data?: unknown }): string {
  const data: unknown = error.data;
  if (typeof data === 'object' && data !== null && 'code' in data && typeof data.code === 'string') return data.code;
  return error.message;
}

/** The `ws` connection below socket.io: no public way leads to it, and only it can be cut without a farewell. */
function webSocketOf(socket: Socket): { terminate(): void } | null {
  const engine: unknown = socket.io.engine;
  const transport = fieldOf(engine, 'transport');
  const wire = fieldOf(transport, 'ws');
  if (!(wire instanceof Object) || !('terminate' in wire) || typeof wire.terminate !== 'function') return null;
  const { terminate } = wire;
  return { terminate: () => void Reflect.apply(terminate, wire, []) };
}

function fieldOf(holder: unknown, field: string): unknown {
  return holder instanceof Object ? (Reflect.get(holder, field) as unknown) : undefined;
}

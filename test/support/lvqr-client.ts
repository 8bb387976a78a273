import { WebSocket } from 'ws';

/** A message of `/signal`, as it comes over the wire. */
export type Signal = Record<string, unknown> & { type: string };
export type AssignParent = Signal & {
  peer_id: string;
  role: 'Root' | 'Relay';
  parent_id: string | null;
  depth: number;
  ice_servers: unknown[];
};

export interface LvqrOptions {
  readonly token?: string;
  readonly protocol?: string;
  readonly origin?: string;
  /** Whether it answers pings, as browsers do; a frozen tab does not. */
  readonly autoPong?: boolean;
}

interface Waiter {
  readonly matches: (signal: Signal) => boolean;
  readonly resolve: (signal: Signal) => void;
}

/** Why a connection was refused before it became a WebSocket. */
export class UpgradeRefused extends Error {
  constructor(
    readonly status: number,
    readonly body: { code?: string; reason?: string },
  ) {
    super(`${String(status)} ${body.code ?? ''}`);
  }
}

/**
 * A viewer as LVQR's browsers are, written from the description of their wire: it registers once, turns to every parent it is told
 * with an Offer, never closes the connection to an old one, answers every Offer, and closes a child only on PeerLeft. It sends no heartbeat, and
 * knows neither Error nor anything that is not on its wire.
 */
export class LvqrClient {
  /** Everything received and not yet taken by `next`, in order. */
  readonly inbox: Signal[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  /** Children it feeds: they offered, and no PeerLeft named them. */
  readonly children = new Set<string>();
  /** Parents that answered its Offer, one entry for each connection. */
  readonly parents: string[] = [];
  place: AssignParent | null = null;
  peerId = '';
  readonly #waiters: Waiter[] = [];

  constructor(readonly socket: WebSocket) {
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    socket.on('message', (data: Buffer) => this.#receive(JSON.parse(data.toString()) as Signal));
    // After a close with a code of the protocol, ws reports what it was told.
    socket.on('error', () => undefined);
  }

  /** Resolves when the WebSocket is open; rejects with UpgradeRefused when the service answers something else. */
  static connect(url: string, { token, protocol, origin, autoPong }: LvqrOptions = {}): Promise<LvqrClient> {
    const query = token === undefined ? '' : `?token=${encodeURIComponent(token)}`;
    const socket = new WebSocket(
      `${url.replace('http', 'ws')}/signal${query}`,
      protocol === undefined ? [] : [protocol],
      { ...(origin === undefined ? {} : { origin }), autoPong: autoPong ?? true },
    );
    const client = new LvqrClient(socket);
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(client));
      socket.once('error', reject);
      socket.once('unexpected-response', (_request, response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => reject(new UpgradeRefused(response.statusCode ?? 0, parsed(text))));
      });
    });
  }

  /** Registers, and resolves with the first AssignParent. */
  register(peerId: string, track: string, more: Record<string, unknown> = {}): Promise<AssignParent> {
    this.sendRegister(peerId, track, more);
    return this.next('AssignParent') as Promise<AssignParent>;
  }

  sendRegister(peerId: string, track: string, more: Record<string, unknown> = {}): void {
    this.peerId = peerId;
    this.send({ type: 'Register', peer_id: peerId, track, ...more });
  }

  send(message: unknown): void {
    this.socket.send(JSON.stringify(message));
  }

  /** Takes the oldest message of a kind out of the inbox, or waits for the next. */
  next(type: string, matches: (signal: Signal) => boolean = () => true): Promise<Signal> {
    const isWanted = (signal: Signal): boolean => signal.type === type && matches(signal);
    const index = this.inbox.findIndex(isWanted);
    if (index >= 0) return Promise.resolve(this.inbox.splice(index, 1)[0]!);
    return new Promise((resolve) => {
      this.#waiters.push({ matches: isWanted, resolve });
    });
  }

  /** Resolves when the service has read all that was sent so far, and this client all that was sent before the answer. */
  async settled(): Promise<void> {
    const ponged = new Promise((resolve) => this.socket.once('pong', resolve));
    this.socket.ping();
    await ponged;
  }

  /** As a browser on page unload. */
  leave(): void {
    this.socket.close();
  }

  /** As a machine that loses its power. */
  vanish(): void {
    this.socket.terminate();
  }

  #receive(signal: Signal): void {
    this.#act(signal);
    const index = this.#waiters.findIndex(({ matches }) => matches(signal));
    if (index >= 0) this.#waiters.splice(index, 1)[0]?.resolve(signal);
    else this.inbox.push(signal);
  }

  #act(signal: Signal): void {
    const other = String(signal['from']);
    if (signal.type === 'AssignParent') {
      this.place = signal as AssignParent;
      const { parent_id: parent } = this.place;
      if (parent !== null) this.send({ type: 'Offer', from: this.peerId, to: parent, sdp: `offer of ${this.peerId}` });
    } else if (signal.type === 'Offer') {
      this.children.add(other);
      this.send({ type: 'Answer', from: this.peerId, to: other, sdp: `answer of ${this.peerId}` });
    } else if (signal.type === 'Answer') {
      this.parents.push(other);
    } else if (signal.type === 'PeerLeft') {
      this.children.delete(String(signal['peer_id']));
    }
  }
}

function parsed(text: string): { code?: string; reason?: string } {
  try {
    return JSON.parse(text) as { code?: string; reason?: string };
  } catch {
    return { reason: text };
  }
}

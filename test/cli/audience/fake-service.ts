import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server, type Socket } from 'socket.io';
import { type FakeAssignment, type FakePeer, FakeTopology } from './fake-topology.js';

type Reply = (answer: unknown) => void;
type Body = Record<string, unknown>;

/** What the service does wrong. Without any of these it keeps the contract. */
export type Faults = Partial<{
  /** May change an answer on its way out. */
  answer: (kind: string, answer: Body) => unknown;
  /** May change an assignment on its way out. */
  assignment: (assignment: FakeAssignment, why: 'join' | 'resume' | 'push') => FakeAssignment;
  /** Events the log forgets before it is read. */
  forgets: (type: string) => boolean;
  /** Signals are signed with this name. */
  signsAs: string;
}>;

export type FakeOptions = Partial<{
  heartbeatIntervalMs: number;
  adminToken: string;
  json: boolean;
  faults: Faults;
  busyEvery: number;
}>;

/** A service as the contract describes it, in memory: a socket.io namespace, and the log over HTTP. */
export class FakeService {
  readonly topology = new FakeTopology('live/x');
  readonly #sessions = new Map<FakePeer, Socket>();
  #http: HttpServer | null = null;
  #io: Server | null = null;
  #port = 0;
  #requests = 0;
  readonly heard = new Map<string, number>();

  constructor(private readonly options: FakeOptions = {}) {}

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<this> {
    const http = createServer((request, response) => this.#serveLog(request, response));
    this.#io = new Server(http, { transports: ['websocket'] });
    this.#io.of('/mesh').on('connection', (socket) => this.#welcome(socket));
    await new Promise<void>((resolve) => http.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (http.address() as AddressInfo).port;
    this.#http = http;
    return this;
  }

  /** Breaks every connection, as a killed process does; the log stays. */
  async stop(): Promise<void> {
    this.#sessions.clear();
    this.#http?.closeAllConnections();
    await this.#io?.close();
  }

  /** The service gives a peer up without a word: its deadline has passed. */
  timeOut(peerId: string): void {
    const peer = this.topology.peers.get(peerId)!;
    this.#sessions.delete(peer);
    const moved = this.topology.leave(peer);
    this.topology.log.find((event) => event.type === 'PeerLeft' && event.peer_id === peerId)!.type = 'PeerTimedOut';
    this.#tell(moved, null);
  }

  /** Says that another session took the peer over, and does not close this one. */
  supersede(peerId: string): void {
    this.#sessions.get(this.topology.peers.get(peerId)!)?.emit('superseded');
  }

  #welcome(socket: Socket): void {
    let peer: FakePeer | null = null;
    const on = (kind: string, handle: (body: Body) => Body): void => {
      socket.on(kind, (body: Body, reply: Reply) => {
        this.heard.set(kind, (this.heard.get(kind) ?? 0) + 1);
        this.#requests += 1;
        const { busyEvery, faults } = this.options;
        const answer = this.#requests % (busyEvery ?? Infinity) === 0 ? refuse('busy') : handle(body);
        const told = faults?.answer === undefined ? answer : faults.answer(kind, answer);
        if (told !== undefined) reply(told);
      });
    };
    const present = (act: (own: FakePeer) => Body): Body => {
      return peer !== null && this.#sessions.get(peer) === socket ? act(peer) : refuse('not_registered');
    };
    on('register', (body) => {
      const [registered, answer] = this.#register(body, socket);
      peer = registered;
      return answer;
    });
    on('heartbeat', () => present((own) => this.#recorded(this.topology.record('HeartbeatReceived', own.peerId))));
    on('forward_report', (body) =>
      present((own) => this.#recorded(this.topology.record('ForwardReported', own.peerId, body))),
    );
    on('stall_report', (body) =>
      present((own) => this.#recorded(this.topology.record('StallReported', own.peerId, body))),
    );
    on('capacity', ({ capacity }) => present((own) => this.#claim(own, Number(capacity))));
    on('leave', () => present((own) => this.#leave(own)));
    for (const kind of ['offer', 'answer', 'ice_candidate']) {
      on(kind, (body) => present((own) => this.#relay(kind, own, body)));
    }
  }

  #register(body: Body, socket: Socket): [FakePeer | null, Body] {
    const peerId = String(body['peer_id']);
    const token = String(body['resume_token']);
    const known = this.topology.peers.get(peerId);
    if (known !== undefined && known.token !== token) return [null, refuse('peer_id_taken')];
    let moved: FakePeer[] = [];
    const isRetry = known !== undefined && this.#sessions.get(known) === socket;
    if (known === undefined) moved = this.topology.join(peerId, Number(body['capacity']), token);
    else if (!isRetry) {
      this.topology.record('PeerResumed', peerId);
      moved = this.topology.claim(known, Number(body['capacity']));
    }
    const peer = this.topology.peers.get(peerId)!;
    this.#sessions.set(peer, socket);
    this.#tell(moved, peer);
    const assignment = this.#assignment(peer, known === undefined || isRetry ? 'join' : 'resume');
    const interval = this.options.heartbeatIntervalMs ?? 100;
    return [
      peer,
      { ok: true, assignment, resume_token: token, heartbeat_interval_ms: interval, position: this.topology.head },
    ];
  }

  #claim(peer: FakePeer, capacity: number): Body {
    this.#tell(this.topology.claim(peer, capacity), null);
    return { ok: true, effective_capacity: capacity, position: this.topology.head };
  }

  #leave(peer: FakePeer): Body {
    const { parent } = peer;
    this.#tell(this.topology.leave(peer), null);
    if (parent !== null) this.#sessions.get(parent)?.emit('peer_left', { peer_id: peer.peerId });
    return this.#recorded(this.topology.head);
  }

  #relay(kind: string, own: FakePeer, { to, ...content }: Body): Body {
    const target = this.topology.peers.get(String(to));
    if (target === undefined) return refuse('unknown_peer');
    if (target.parent !== own && own.parent !== target) return refuse('forbidden_target');
    const session = this.#sessions.get(target);
    if (session === undefined) return refuse('unknown_peer');
    session.emit(kind, { ...content, from: this.options.faults?.signsAs ?? own.peerId });
    return { ok: true };
  }

  #tell(moved: readonly FakePeer[], butNot: FakePeer | null): void {
    for (const peer of new Set(moved)) {
      if (peer === butNot || !this.topology.peers.has(peer.peerId)) continue;
      this.#sessions.get(peer)?.emit('assign_parent', this.#assignment(peer, 'push'));
    }
  }

  #assignment(peer: FakePeer, why: 'join' | 'resume' | 'push'): FakeAssignment {
    const assignment = this.topology.assignmentOf(peer);
    return this.options.faults?.assignment?.(assignment, why) ?? assignment;
  }

  #recorded(position: number): Body {
    return { ok: true, position };
  }

  #serveLog(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', this.url);
    if (url.pathname !== `/api/v1/tracks/${encodeURIComponent(this.topology.track)}/events`) return;
    const { adminToken } = this.options;
    if (adminToken !== undefined && request.headers.authorization !== `Bearer ${adminToken}`) {
      response.writeHead(401, { 'content-type': 'application/problem+json' }).end('{"code":"unauthorized"}');
      return;
    }
    const after = Number(url.searchParams.get('after'));
    const limit = Number(url.searchParams.get('limit'));
    const kept = this.topology.log.filter(({ type }) => this.options.faults?.forgets?.(type) !== true);
    const events = kept.filter(({ position }) => position > after).slice(0, limit);
    if (this.options.json === true) {
      const nextAfter = events.length === limit ? (events.at(-1)?.position ?? null) : null;
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ events, next_after: nextAfter }));
    } else {
      const lines = events.map((event) => `${JSON.stringify(event)}\n`).join('');
      response.writeHead(200, { 'content-type': 'application/x-ndjson' }).end(lines);
    }
  }
}

function refuse(code: string): Body {
  return { ok: false, code, reason: `refused: ${code}` };
}

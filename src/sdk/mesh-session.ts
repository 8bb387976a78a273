import { io, type Socket } from 'socket.io-client';
import type { IceCandidate } from '../protocol/client-messages.js';
import type { Refusal, RefusalCode } from '../protocol/rejection.js';
import type { Acknowledgements, Assignment, Registered } from '../protocol/server-messages.js';
import { Backoff } from './backoff.js';
import type { PageClock } from './page-clock.js';
import { ANSWER_MS_MAX, RECONNECT_MS_MAX, RECONNECT_MS_MIN } from './sdk-limits.js';

/** Who registers, where. */
export interface SessionIdentity {
  readonly url: string;
  readonly track: string;
  readonly peerId: string;
  readonly resumeToken: string;
  readonly token: string | (() => string | Promise<string>) | null;
  /** The claim that a register carries. */
  readonly capacity: () => number | null;
}

/** Whom the session tells. */
export interface SessionListener {
  /** @param isNew whether it comes with a register, first or after a lost connection. */
  assigned(assignment: Assignment, isNew: boolean): void;
  peerLeft(peerId: string): void;
  offered(from: string, sdp: string): void;
  answered(from: string, sdp: string): void;
  candidate(from: string, candidate: IceCandidate): void;
  /** The connection to the service is lost; media goes on, and the session comes back by itself. */
  lost(): void;
  /** It will not come back: superseded, or refused for a reason that waiting does not mend. */
  ended(code: SessionEnd, reason: string): void;
}

export type SessionEnd = RefusalCode | 'superseded' | 'left';

type RequestName = keyof Acknowledgements;

/** Refusals that another attempt will get again. */
const FINAL: ReadonlySet<string> = new Set<RefusalCode>([
  'invalid_message',
  'invalid_peer_id',
  'invalid_track',
  'invalid_capacity',
  'peer_id_taken',
  'already_registered',
  'track_full',
  'track_limit',
]);

/**
 * The session of one peer with the service. A lost connection is made again, with back-off, and registers with the same
 * token: the service resumes the peer in its place.
 */
export class MeshSession {
  readonly #socket: Socket;
  readonly #backoff = new Backoff(RECONNECT_MS_MIN, RECONNECT_MS_MAX, Math.random);
  #state: 'away' | 'registering' | 'present' | 'ended' = 'away';
  #cancelRetry: (() => void) | null = null;
  #stopBeating: (() => void) | null = null;
  #position = 0;

  constructor(
    private readonly identity: SessionIdentity,
    private readonly listener: SessionListener,
    private readonly clock: PageClock,
  ) {
    this.#socket = io(`${identity.url}/mesh`, {
      autoConnect: false,
      forceNew: true,
      // Back-off with full jitter is done here, for refused registers and for lost connections alike.
      reconnection: false,
      transports: ['websocket', 'polling'],
      tryAllTransports: true,
      auth: (give) => void this.#present(give),
    });
    this.#listen();
  }

  get isPresent(): boolean {
    return this.#state === 'present';
  }

  start(): void {
    this.#socket.connect();
  }

  /** @returns the acknowledgement; null when there is no connection, or no answer in time. */
  async request<Name extends RequestName>(name: Name, body: object): Promise<Acknowledgements[Name] | null> {
    if (!this.#socket.connected) return null;
    let answer: Acknowledgements[Name];
    try {
      answer = (await this.#socket.timeout(ANSWER_MS_MAX).emitWithAck(name, body)) as Acknowledgements[Name];
    } catch {
      return null;
    }
    if (!answer.ok && answer.code === 'not_registered' && name !== 'register' && name !== 'leave') this.#register();
    return answer;
  }

  /** Says goodbye if it can, and closes. */
  async leave(): Promise<void> {
    if (this.#state === 'ended') return;
    const isPresent = this.#state === 'present';
    this.#end();
    if (isPresent) await this.request('leave', {});
    this.#socket.disconnect();
  }

  /** The page goes away: there is no time for an answer. */
  vanish(): void {
    if (this.#state === 'ended') return;
    this.#end();
    if (this.#socket.connected) this.#socket.emit('leave', {});
    this.#socket.disconnect();
  }

  #listen(): void {
    const { listener } = this;
    this.#socket.on('connect', () => this.#register());
    this.#socket.on('connect_error', (error: Error & { data?: Partial<Refusal> }) => this.#refused(error));
    this.#socket.on('disconnect', () => this.#lost());
    this.#socket.on('assign_parent', (assignment: Assignment) => this.#assigned(assignment, false));
    this.#socket.on('peer_left', ({ peer_id: peerId }: { peer_id: string }) => listener.peerLeft(peerId));
    this.#socket.on('offer', ({ from, sdp }: { from: string; sdp: string }) => listener.offered(from, sdp));
    this.#socket.on('answer', ({ from, sdp }: { from: string; sdp: string }) => listener.answered(from, sdp));
    this.#socket.on('ice_candidate', ({ from, candidate }: { from: string; candidate: IceCandidate }) =>
      listener.candidate(from, candidate),
    );
    this.#socket.on('probe', (_body: unknown, answer?: (acknowledgement: object) => void) => answer?.({ ok: true }));
    this.#socket.on('superseded', () => this.#endFor('superseded', 'another session resumed this peer'));
  }

  async #present(give: (auth: object) => void): Promise<void> {
    const { token } = this.identity;
    try {
      const presented = typeof token === 'function' ? await token() : token;
      give(presented === null ? {} : { token: presented });
    } catch {
      give({});
    }
  }

  #register(): void {
    if (this.#state === 'ended' || this.#state === 'registering') return;
    this.#state = 'registering';
    void this.#askToRegister();
  }

  async #askToRegister(): Promise<void> {
    const { peerId, track, resumeToken, capacity } = this.identity;
    const body = { peer_id: peerId, track, capacity: capacity(), resume_token: resumeToken };
    const answer = await this.request('register', body);
    if (this.#state !== 'registering') return;
    if (answer?.ok === true) {
      this.#registered(answer);
      return;
    }
    if (answer !== null && FINAL.has(answer.code)) this.#endFor(answer.code, answer.reason);
    else this.#socket.disconnect();
  }

  #registered({ assignment, heartbeat_interval_ms: intervalMs }: Registered): void {
    this.#state = 'present';
    this.#backoff.reset();
    this.#stopBeating?.();
    this.#stopBeating = this.clock.every(intervalMs, () => void this.request('heartbeat', {}));
    this.#position = 0;
    this.#assigned(assignment, true);
  }

  /** Pushed assignments may cross with the answer to a register; the one of the higher position is true. */
  #assigned(assignment: Assignment, isNew: boolean): void {
    if (this.#state === 'ended' || assignment.position < this.#position) return;
    this.#position = assignment.position;
    this.listener.assigned(assignment, isNew);
  }

  #refused({ message, data }: Error & { data?: Partial<Refusal> }): void {
    const code = data?.code;
    const mayMend = code !== 'unauthorized' || typeof this.identity.token === 'function';
    if (code !== undefined && (!mayMend || FINAL.has(code))) this.#endFor(code, data?.reason ?? message);
    else this.#lost();
  }

  #lost(): void {
    if (this.#state === 'ended') return;
    this.#state = 'away';
    this.#stopBeating?.();
    this.#cancelRetry?.();
    this.#cancelRetry = this.clock.after(this.#backoff.nextMs(), () => this.#socket.connect());
    this.listener.lost();
  }

  #endFor(code: SessionEnd, reason: string): void {
    this.#end();
    this.#socket.disconnect();
    this.listener.ended(code, reason);
  }

  #end(): void {
    this.#state = 'ended';
    this.#stopBeating?.();
    this.#cancelRetry?.();
  }
}

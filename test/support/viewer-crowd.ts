import { io, type Socket } from 'socket.io-client';
import type { Assignment } from '../../src/protocol/server-messages.js';
import { passed } from './eventually.js';

const ANSWER_MS_MAX = 30_000;

interface Registered {
  readonly ok: boolean;
  readonly code?: string;
  readonly assignment: Assignment;
}

/** Many viewers that come in at a steady rate, beat, and come back at a steady rate when they are told to. */
export class ViewerCrowd {
  readonly viewers: CrowdViewer[];
  /** What went wrong, in words; a crowd without mishaps has none. */
  readonly mishaps: string[] = [];

  constructor(
    url: string,
    track: string,
    size: number,
    private readonly heartbeatIntervalMs: number,
  ) {
    this.viewers = Array.from({ length: size }, (_, index) => new CrowdViewer(url, track, index, this.mishaps));
  }

  /** Brings everybody in, or back, and resolves when all are registered. */
  async come(perSecond: number): Promise<void> {
    const startedAt = performance.now();
    const coming: Promise<void>[] = [];
    for (const viewer of this.viewers) {
      const dueMs = (coming.length / perSecond) * 1_000;
      const earlyMs = dueMs - (performance.now() - startedAt);
      if (earlyMs > 1) await passed(earlyMs);
      coming.push(viewer.come(this.heartbeatIntervalMs));
    }
    await Promise.all(coming);
  }

  get connected(): number {
    return this.viewers.filter((viewer) => viewer.isConnected).length;
  }

  close(): void {
    for (const viewer of this.viewers) viewer.close();
  }
}

/** One viewer of the crowd: it keeps its peer_id and token, and has one socket at a time. */
class CrowdViewer {
  /** Where it was told that it stands. */
  assignment: Assignment | null = null;
  #socket: Socket | null = null;
  #beats: NodeJS.Timeout | null = null;
  readonly #identity: { peer_id: string; track: string; resume_token: string; capacity: number };

  constructor(
    private readonly url: string,
    track: string,
    index: number,
    private readonly mishaps: string[],
  ) {
    const peerId = `crowd-${String(index)}`;
    this.#identity = { peer_id: peerId, track, resume_token: `token-of-${peerId}-${'x'.repeat(22)}`, capacity: 3 };
  }

  get isConnected(): boolean {
    return this.#socket?.connected ?? false;
  }

  async come(heartbeatIntervalMs: number): Promise<void> {
    this.close();
    const socket = io(`${this.url}/mesh`, { transports: ['websocket'], forceNew: true, reconnection: false });
    this.#socket = socket;
    socket.on('assign_parent', (assignment: Assignment) => {
      this.assignment = assignment;
    });
    socket.on('probe', (_body: unknown, answer: (body: object) => void) => answer({}));
    socket.once('disconnect', () => this.#rest());
    try {
      await connected(socket);
      const answer = (await socket.timeout(ANSWER_MS_MAX).emitWithAck('register', this.#identity)) as Registered;
      if (!answer.ok) throw new Error(`register is refused with ${String(answer.code)}`);
      this.assignment = answer.assignment;
      this.#beats = setInterval(() => this.#beat(socket), heartbeatIntervalMs);
    } catch (error) {
      this.mishaps.push(`${this.#identity.peer_id}: ${String(error)}`);
    }
  }

  close(): void {
    this.#rest();
    this.#socket?.close();
    this.#socket = null;
  }

  #beat(socket: Socket): void {
    socket.emit('heartbeat', {}, (answer: { ok: boolean; code?: string }) => {
      if (!answer.ok)
        this.mishaps.push(`${this.#identity.peer_id}: a heartbeat is refused with ${String(answer.code)}`);
    });
  }

  #rest(): void {
    if (this.#beats !== null) clearInterval(this.#beats);
    this.#beats = null;
  }
}

function connected(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('connect_error', reject);
  });
}

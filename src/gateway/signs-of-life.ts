import type { Clock } from '../clock.js';
import { PROBE_TIMEOUT_MS } from './limits.js';

interface AwaitedPong {
  readonly answered: (isAlive: boolean) => void;
  readonly cancel: () => void;
}

/**
 * WebSocket pings to one client, and what its pongs say. Each ping carries a number of its own, so that a pong nobody asked for
 * is no sign of life, and one ping brings one at most.
 */
export class SignsOfLife {
  readonly #awaited = new Map<string, AwaitedPong>();
  #sent = 0;
  #beat = '';
  #cancelBeat: (() => void) | null = null;
  #heard: () => void = () => undefined;

  /** @param ping sends a ping with this payload. @returns false when the client is gone or too far behind. */
  constructor(
    private readonly clock: Clock,
    private readonly ping: (payload: string) => boolean,
  ) {}

  /** Pings every `intervalMs` until the session ends; `heard` is called for each pong. */
  startBeats(intervalMs: number, heard: () => void): void {
    this.#cancelBeat?.();
    this.#heard = heard;
    const beat = (): void => {
      this.#beat = this.#nextPayload();
      this.ping(this.#beat);
      this.#cancelBeat = this.clock.after(intervalMs, beat);
    };
    this.#cancelBeat = this.clock.after(intervalMs, beat);
  }

  /** @param answered is told once, later: false when no pong came in time or the session ended. */
  probe(answered: (isAlive: boolean) => void): void {
    const payload = this.#nextPayload();
    const cancel = this.clock.after(PROBE_TIMEOUT_MS, () => this.#settle(payload, false));
    this.#awaited.set(payload, { answered, cancel });
    this.ping(payload);
  }

  ponged(payload: string): void {
    if (payload === this.#beat && payload !== '') {
      this.#beat = '';
      this.#heard();
    } else {
      this.#settle(payload, true);
    }
  }

  /** The session has ended: leaves no timer behind. */
  end(): void {
    this.#cancelBeat?.();
    this.#cancelBeat = null;
    this.#heard = () => undefined;
    for (const payload of [...this.#awaited.keys()]) this.#settle(payload, false);
  }

  #nextPayload(): string {
    this.#sent += 1;
    return String(this.#sent);
  }

  #settle(payload: string, isAlive: boolean): void {
    const awaited = this.#awaited.get(payload);
    if (awaited === undefined) return;
    this.#awaited.delete(payload);
    awaited.cancel();
    awaited.answered(isAlive);
  }
}

import type { Clock } from '../clock.js';
import type { Outcome } from '../domain/commands.js';
import { PULSE_ANSWERS_PER_TURN_MIN, PULSE_ANSWERS_TURNS } from './limits.js';
import type { OnDurable } from './queued-command.js';

/** Whom to tell, and what. */
export type Answer = readonly [OnDurable, Outcome];

/**
 * Answers of durable pulses on their way out. A commit makes hundreds durable at the same moment, and writing to as many sockets
 * in one go would let everybody else wait for it; so they go out over several turns of the event loop, those that lingered
 * longest first, and what arrives meanwhile is served in between.
 */
export class PulseAnswers {
  #waiting: Answer[] = [];
  #answered = 0;
  #scheduled = false;

  constructor(private readonly clock: Clock) {}

  /** Pulses that are durable and not answered yet. */
  get size(): number {
    return this.#waiting.length - this.#answered;
  }

  /** The first of them are answered before this returns, unless others still wait. */
  add(answers: readonly Answer[]): void {
    if (2 * this.#answered >= this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#answered);
      this.#answered = 0;
    }
    for (const answer of answers) this.#waiting.push(answer);
    if (!this.#scheduled) this.#answerSome();
  }

  /** Answers all that wait, at once. */
  flush(): void {
    this.#answer(this.size);
  }

  /** A share of what waits, so that the line gets shorter however fast others join it. */
  #answerSome(): void {
    this.#scheduled = false;
    this.#answer(Math.max(PULSE_ANSWERS_PER_TURN_MIN, Math.ceil(this.size / PULSE_ANSWERS_TURNS)));
    if (this.size === 0) return;
    this.#scheduled = true;
    this.clock.soon(() => this.#answerSome());
  }

  #answer(count: number): void {
    const end = Math.min(this.#waiting.length, this.#answered + count);
    for (; this.#answered < end; this.#answered += 1) {
      const answer = this.#waiting[this.#answered];
      answer?.[0](answer[1]);
    }
  }
}

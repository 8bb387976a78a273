import type { Clock } from '../clock.js';
import type { Outcome } from '../domain/commands.js';
import type { PeerNumber, Position } from '../domain/ids.js';
import type { PendingPulse } from './batch.js';
import { PULSE_ANSWERS_PER_TURN_MIN, PULSE_ANSWERS_TURNS, PULSES_ANSWERED_WITHIN_MS } from './limits.js';

/** A durable pulse and what became of it. */
export type PulseAnswer = readonly [PendingPulse, Outcome];

/** What one commit made durable of one track, in order of position. */
interface Durable {
  readonly track: string;
  /** Null where it was answered out of turn. */
  readonly answers: (PulseAnswer | null)[];
  next: number;
  /** Whose pulses these are; null until somebody asks. */
  peers: Set<PeerNumber> | null;
}

/**
 * Answers of durable pulses on their way out. A commit makes hundreds durable at the same moment, and writing to as many sockets
 * in one go would let everybody else wait for it; so they go out over several turns of the event loop, those that lingered
 * longest first, and what arrives meanwhile is served in between. To any one peer positions never go back.
 */
export class PulseAnswers {
  /** Pulses that are durable and not answered yet. */
  size = 0;
  #waiting: Durable[] = [];
  readonly #ofTrack = new Map<string, Durable[]>();
  #isScheduled = false;
  #answeredAt = 0;

  constructor(private readonly clock: Clock) {}

  /** Puts the answers behind those that wait; none is given before `begin`. */
  add(track: string, answers: PulseAnswer[]): void {
    if (answers.length === 0) return;
    const durable: Durable = { track, answers, next: 0, peers: null };
    this.size += answers.length;
    this.#waiting.push(durable);
    const ofTrack = this.#ofTrack.get(track);
    if (ofTrack === undefined) this.#ofTrack.set(track, [durable]);
    else ofTrack.push(durable);
  }

  /** The first answers are given before this returns, unless others are being given already. */
  begin(): void {
    if (this.#isScheduled) return;
    this.#answeredAt = this.clock.monotonicMs();
    this.#answerSome();
  }

  /** Answers the pulses of one peer that come before a position, which the peer is about to be told. */
  answerBefore(track: string, peer: PeerNumber, position: Position): void {
    for (const durable of this.#ofTrack.get(track) ?? []) {
      durable.peers ??= new Set(durable.answers.map((answer) => answer?.[0].peer ?? -1));
      if (!durable.peers.has(peer)) continue;
      for (let index = durable.next; index < durable.answers.length; index += 1) {
        const answer = durable.answers[index] ?? null;
        const isTheirs = answer !== null && answer[0].peer === peer;
        if (isTheirs && !(answer[1].ok && answer[1].position > position)) this.#give(durable, index);
      }
    }
  }

  /** Answers all that wait, at once. */
  flush(): void {
    this.#answer(this.size);
  }

  /** A share of what waits, so that the line gets shorter however fast others join it; the larger the longer a turn takes. */
  #answerSome(): void {
    this.#isScheduled = false;
    const nowMs = this.clock.monotonicMs();
    const share = Math.max(1 / PULSE_ANSWERS_TURNS, (nowMs - this.#answeredAt) / PULSES_ANSWERED_WITHIN_MS);
    this.#answeredAt = nowMs;
    this.#answer(Math.max(PULSE_ANSWERS_PER_TURN_MIN, Math.ceil(share * this.size)));
    if (this.size === 0) return;
    this.#isScheduled = true;
    this.clock.soon(() => this.#answerSome());
  }

  #answer(count: number): void {
    const sizeAfter = Math.max(0, this.size - count);
    for (let durable = this.#waiting[0]; durable !== undefined; durable = this.#waiting[0]) {
      while (durable.next < durable.answers.length && this.size > sizeAfter) {
        durable.next += 1;
        this.#give(durable, durable.next - 1);
      }
      if (durable.next < durable.answers.length) return;
      this.#waiting.shift();
      this.#forget(durable);
    }
  }

  #give({ answers }: Durable, index: number): void {
    const answer = answers[index] ?? null;
    if (answer === null) return;
    answers[index] = null;
    this.size -= 1;
    answer[0].onDurable(answer[1]);
  }

  /** Those of a track end in the order in which they came. */
  #forget({ track }: Durable): void {
    const ofTrack = this.#ofTrack.get(track);
    ofTrack?.shift();
    if (ofTrack?.length === 0) this.#ofTrack.delete(track);
  }
}

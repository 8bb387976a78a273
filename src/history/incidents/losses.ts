import type { RecordedTopologyEvent } from '../../domain/events.js';
import type { PeerNumber, Position } from '../../domain/ids.js';
import { departureWord, type DepartureWord } from '../departure.js';

/** How a peer went for good. One that is replaced by its own next join is not gone. */
export type Departure = Exclude<DepartureWord, 'replaced'>;

/** One peer that went or failed, and whom it took along. */
export interface Loss {
  readonly peer: PeerNumber;
  /** Of the facts about it. */
  readonly positions: Position[];
  lastAt: number;
  /** When the peer was last heard, as far as known. */
  since: number;
  wasRelay: boolean;
  /** Those below it, who lost their feed with it. */
  readonly interrupted: PeerNumber[];
  departed: Departure | null;
  /** Suspected, and not cleared since. */
  suspected: boolean;
}

/** Null for an event with which nobody goes for good. */
export function departureOf(event: RecordedTopologyEvent): Departure | null {
  const word = departureWord(event);
  return word === 'replaced' ? null : word;
}

/** What happened within a stretch of time that moves along, and how much of it. */
export class LossWindow {
  #entries: { readonly loss: Loss; readonly at: number; readonly weight: number }[] = [];
  #begin = 0;
  #weight = 0;

  constructor(private readonly lengthMs: number) {}

  /** Sum of the weights within the window. */
  get weight(): number {
    return this.#weight;
  }

  add(loss: Loss, at: number, weight: number): void {
    this.#entries.push({ loss, at, weight });
    this.#weight += weight;
  }

  moveTo(nowMs: number): void {
    for (;;) {
      const oldest = this.#entries[this.#begin];
      if (oldest === undefined || oldest.at >= nowMs - this.lengthMs) break;
      this.#weight -= oldest.weight;
      this.#begin += 1;
    }
    if (this.#begin > 1_024 && this.#begin * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#begin);
      this.#begin = 0;
    }
  }

  /** In order of time. */
  *losses(): IterableIterator<Loss> {
    for (let index = this.#begin; index < this.#entries.length; index += 1) {
      const entry = this.#entries[index];
      if (entry !== undefined) yield entry.loss;
    }
  }
}

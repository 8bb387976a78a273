import {
  PEER_SNAPSHOT_US,
  PULSE_REPLAY_US,
  SNAPSHOT_TAIL_MS,
  SNAPSHOT_TAILS_MS,
  SNAPSHOT_WORTH_MS,
  TOPOLOGY_REPLAY_US,
} from './limits.js';

/** Events of either kind. */
export interface EventCounts {
  readonly topologyEvents: number;
  readonly pulses: number;
}

interface Tail {
  /** What a start would take to replay the events behind the newest snapshot, milliseconds. */
  costMs: number;
  /** What building up a snapshot takes: nothing is gained by one for a tail that costs less. */
  snapshotMs: number;
}

/**
 * Which track's snapshot is due, by what a replay would cost: when the tail of one track costs more than it should, and more than
 * reading a snapshot; or, when all tails together cost a start too much, the costliest.
 */
export class SnapshotSchedule {
  readonly #tails = new Map<string, Tail>();
  #totalMs = 0;

  /** What a start would take to replay all tails, milliseconds. */
  get totalMs(): number {
    return this.#totalMs;
  }

  costMs(track: string): number {
    return this.#tails.get(track)?.costMs ?? 0;
  }

  /** More of the log is behind the newest snapshot of the track, which has so many peers now. */
  grew(track: string, { topologyEvents, pulses }: EventCounts, peers: number): void {
    const tail = this.#tails.get(track) ?? { costMs: 0, snapshotMs: 0 };
    const addedMs = (topologyEvents * TOPOLOGY_REPLAY_US + pulses * PULSE_REPLAY_US) / 1000;
    tail.costMs += addedMs;
    tail.snapshotMs = (peers * PEER_SNAPSHOT_US) / 1000;
    this.#totalMs += addedMs;
    this.#tails.set(track, tail);
  }

  /** A snapshot was taken when the tail cost `costMs`; another one since may cover a part of it. */
  taken(track: string, costMs: number): void {
    const tail = this.#tails.get(track);
    if (tail === undefined) return;
    const coveredMs = Math.min(costMs, tail.costMs);
    tail.costMs -= coveredMs;
    this.#totalMs -= coveredMs;
    if (tail.costMs <= 0) this.#tails.delete(track);
  }

  /** Nobody will replay the track at a start: it is closed. */
  forget(track: string): void {
    this.taken(track, this.costMs(track));
  }

  /** Whether the tail of this one track costs too much. */
  isDue(track: string): boolean {
    const tail = this.#tails.get(track);
    return tail !== undefined && tail.costMs >= Math.max(SNAPSHOT_TAIL_MS, tail.snapshotMs);
  }

  /** The costliest tracks, as many as bring all tails together well below what they may cost; none while they cost less. */
  beyondBudget(): string[] {
    let left = this.#totalMs;
    if (left < SNAPSHOT_TAILS_MS) return [];
    return this.worthTaking().filter((track) => {
      const isTaken = left > SNAPSHOT_TAILS_MS / 2;
      if (isTaken) left -= this.costMs(track);
      return isTaken;
    });
  }

  /** Tracks whose replay at the next start would cost something, the costliest first. */
  worthTaking(): string[] {
    return [...this.#tails]
      .filter(([, tail]) => tail.costMs >= Math.max(SNAPSHOT_WORTH_MS, tail.snapshotMs / 2))
      .sort(([, one], [, other]) => other.costMs - one.costMs)
      .map(([track]) => track);
  }
}

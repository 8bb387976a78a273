import type { PeerNumber, Position } from '../domain/ids.js';
import type { PulseRun } from '../event-log/event-log.js';

/** Silences named one by one in a stretch; the rest is counted. */
const SILENCES_NAMED_MAX = 20;

/** A time in which a peer said nothing, longer than was to be expected. */
export interface Silence {
  /** Epoch milliseconds. */
  readonly from: number;
  readonly until: number;
}

/** The pulses of one peer between two things that happened to it: counts and silences, not each of them. */
export interface PulseStretch {
  readonly kind: 'pulses';
  readonly peer: PeerNumber;
  readonly firstPosition: Position;
  readonly lastPosition: Position;
  /** `recorded_at` of the first and last pulse, epoch milliseconds. */
  readonly from: number;
  readonly until: number;
  readonly heartbeats: number;
  readonly forwardReports: number;
  /** Cumulative, as the last report of the stretch says; null when there is none. */
  readonly forwardedFrames: number | null;
  readonly longestSilenceMs: number;
  /** Silences of at least half the track's heartbeat timeout. */
  readonly silenceCount: number;
  /** The first of them, in order. */
  readonly silences: readonly Silence[];
}

/** One pulse, where each is listed. */
export interface PulseEntry {
  readonly kind: 'pulse';
  readonly peer: PeerNumber;
  readonly position: Position;
  readonly recordedAt: number;
  /** Cumulative; null for a heartbeat. */
  readonly forwardedFrames: number | null;
  /** Cumulative; null where it does not say. */
  readonly receivedFrames: number | null;
}

/** All pulses of a peer in a range. */
export interface PulseTotals {
  readonly heartbeats: number;
  readonly forwardReports: number;
  readonly silenceCount: number;
  readonly longestSilenceMs: number;
}

/** A pulse as an entry of its own, out of the columns of its run. */
export function pulseEntry(run: PulseRun, index: number): PulseEntry {
  const forwardedFrames = run.forwardedFrames[index] ?? -1;
  const receivedFrames = run.receivedFrames[index] ?? -1;
  return {
    kind: 'pulse',
    peer: run.peers[index] ?? 0,
    position: run.firstPosition + index,
    recordedAt: run.recordedAt[index] ?? 0,
    forwardedFrames: forwardedFrames < 0 ? null : forwardedFrames,
    receivedFrames: receivedFrames < 0 ? null : receivedFrames,
  };
}

type GrowingStretch = { -readonly [Field in keyof PulseStretch]: PulseStretch[Field] };

/** Collects one peer's pulses until something else happens to it. */
export class PulseCollector {
  #stretch: GrowingStretch | null = null;
  #silences: Silence[] = [];
  #lastHeardAt: number | null = null;
  readonly #totals = { heartbeats: 0, forwardReports: 0, silenceCount: 0, longestSilenceMs: 0 };

  /** Over all stretches. */
  get totals(): PulseTotals {
    return this.#totals;
  }

  /** The peer was heard by something that is not a pulse. */
  heard(atMs: number): void {
    this.#lastHeardAt = atMs;
  }

  add(run: PulseRun, index: number, silenceMsMin: number): void {
    const at = run.recordedAt[index] ?? 0;
    const position = run.firstPosition + index;
    const frames = run.forwardedFrames[index] ?? -1;
    const stretch = (this.#stretch ??= this.#begin(run.peers[index] ?? 0, position, at));
    this.#noteSilence(stretch, at, silenceMsMin);
    stretch.lastPosition = position;
    stretch.until = at;
    if (frames < 0) {
      stretch.heartbeats += 1;
      this.#totals.heartbeats += 1;
    } else {
      stretch.forwardReports += 1;
      this.#totals.forwardReports += 1;
      stretch.forwardedFrames = frames;
    }
  }

  /** The stretch so far, if there is one; the next pulse begins another. */
  take(): PulseStretch | null {
    const stretch = this.#stretch;
    this.#stretch = null;
    return stretch;
  }

  #begin(peer: PeerNumber, position: Position, at: number): GrowingStretch {
    this.#silences = [];
    return {
      kind: 'pulses',
      peer,
      firstPosition: position,
      lastPosition: position,
      from: at,
      until: at,
      heartbeats: 0,
      forwardReports: 0,
      forwardedFrames: null,
      longestSilenceMs: 0,
      silenceCount: 0,
      silences: this.#silences,
    };
  }

  #noteSilence(stretch: GrowingStretch, at: number, silenceMsMin: number): void {
    const from = this.#lastHeardAt ?? at;
    this.#lastHeardAt = at;
    const silentMs = at - from;
    stretch.longestSilenceMs = Math.max(stretch.longestSilenceMs, silentMs);
    this.#totals.longestSilenceMs = Math.max(this.#totals.longestSilenceMs, silentMs);
    if (silentMs < silenceMsMin) return;
    this.#totals.silenceCount += 1;
    stretch.silenceCount += 1;
    if (this.#silences.length < SILENCES_NAMED_MAX) this.#silences.push({ from, until: at });
  }
}

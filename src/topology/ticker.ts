import type { Clock } from '../clock.js';
import type { TrackChanges } from './batch.js';
import { DueTracks } from './due-tracks.js';
import { findingsDueAt } from './findings.js';
import {
  EMPTY_TRACK_CLOSED_AFTER_MS,
  SLEEP_RECORDED_MS,
  STALL_GRACE_MS,
  STALL_RECORDED_MS,
  TICK_MS,
} from './limits.js';
import type { LiveTrack } from './live-track.js';
import type { LiveTracks } from './live-tracks.js';
import type { RecoveryWindow } from './recovery-window.js';
import type { ServiceTime } from './service-time.js';
import type { TopologyWriter } from './topology-writer.js';

export interface TickerParts {
  readonly writer: TopologyWriter;
  readonly tracks: LiveTracks;
  readonly time: ServiceTime;
  readonly clock: Clock;
  readonly window: RecoveryWindow;
  /** Told when the service noticed that it was away, milliseconds. */
  readonly onAway?: (gapMs: number) => void;
}

/**
 * Lets time do its work, through commands only: overdue peers are timed out, empty tracks closed. It first asks whether
 * the service itself was away (a stalled loop, a machine that slept): then it records the gap, which restarts all
 * deadlines, instead of blaming the peers.
 */
export class Ticker {
  readonly #due = new DueTracks();
  /** Tracks in which a complaint waits for its grace to pass. */
  readonly #graces = new Map<string, () => void>();
  /** Tracks whose overdue peers are being timed out, one bounded command after the other. */
  readonly #expiring = new Set<string>();
  #cancel: (() => void) | null = null;
  #lastTickAt = 0;

  constructor(private readonly parts: TickerParts) {}

  start(): void {
    this.#lastTickAt = this.parts.clock.monotonicMs();
    for (const track of this.parts.tracks.all()) this.#watch(track);
    this.#schedule();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
    for (const cancel of this.#graces.values()) cancel();
    this.#graces.clear();
  }

  /** Keeps up with what the writer did; to be called for every commit. */
  committed(changes: readonly TrackChanges[]): void {
    const { time, window, writer } = this.parts;
    for (const { track, events } of changes) {
      this.#watch(track);
      if (track.liveness.accused.size > 0) this.#graceFor(track.name);
      if (events.some((event) => event.type === 'PeerResumed')) window.resumed(time.now());
      if (track.tree.nextSurplus() === null && hasPlaceForWaiting(track))
        void writer.submit(track.name, { type: 'Tend' });
    }
  }

  /** Too short for the tick: every moment of it is a moment without video for those who complain. */
  #graceFor(track: string): void {
    if (this.#graces.has(track)) return;
    const cancel = this.parts.clock.after(STALL_GRACE_MS, () => {
      this.#graces.delete(track);
      void this.parts.writer.submit(track, { type: 'Monitor' });
    });
    this.#graces.set(track, cancel);
  }

  #schedule(): void {
    this.#cancel = this.parts.clock.after(TICK_MS, () => {
      this.#tick();
      this.#schedule();
    });
  }

  #tick(): void {
    const { clock, time, writer } = this.parts;
    const lateMs = clock.monotonicMs() - this.#lastTickAt - TICK_MS;
    this.#lastTickAt = clock.monotonicMs();
    const sleptMs = time.wallLead();
    const deafMs = writer.takeDeafness();
    if (lateMs >= STALL_RECORDED_MS || sleptMs >= SLEEP_RECORDED_MS || deafMs > 0) {
      this.#recordAbsence(Math.max(lateMs, sleptMs, deafMs));
      return;
    }
    time.slew();
    const asOfMs = time.now();
    // After any lateness the sockets are read before anybody is judged.
    if (lateMs > TICK_MS) clock.soon(() => this.#judge(asOfMs));
    else this.#judge(asOfMs);
  }

  #judge(asOfMs: number): void {
    const { window, writer, tracks } = this.parts;
    if (writer.isDeaf || window.isOpen(asOfMs)) return;
    for (const name of this.#due.take(asOfMs)) {
      const track = tracks.get(name);
      if (track !== null) this.#look(track, asOfMs);
    }
  }

  #recordAbsence(awayMs: number): void {
    const { time, tracks, window, writer } = this.parts;
    const gapMs = Math.round(awayMs);
    time.catchUp();
    window.open(time.now());
    for (const track of tracks.all()) void writer.submit(track.name, { type: 'Recover', reason: 'stall', gapMs });
    this.parts.onAway?.(gapMs);
  }

  #look(track: LiveTrack, asOfMs: number): void {
    if (track.emptySince !== null && asOfMs - track.emptySince >= EMPTY_TRACK_CLOSED_AFTER_MS) {
      void this.parts.writer.submit(track.name, { type: 'Close' });
    } else if (hasOverdue(track, asOfMs) && !this.#expiring.has(track.name)) {
      void this.#expire(track, asOfMs);
    }
    // One bounded step a tick: the next look is due with the next one.
    if (track.tree.nextSurplus() !== null) void this.parts.writer.submit(track.name, { type: 'Tend' });
    if ((findingsDueAt(track) ?? Infinity) <= asOfMs) void this.parts.writer.submit(track.name, { type: 'Monitor' });
    this.#watch(track);
  }

  /** One command times out a bounded number of peers; the rest follow at once. */
  async #expire(track: LiveTrack, asOfMs: number): Promise<void> {
    this.#expiring.add(track.name);
    let goesOn = true;
    while (goesOn) {
      const outcome = await this.parts.writer.submit(track.name, { type: 'ExpireOverdue', asOfMs });
      goesOn = outcome.ok && this.parts.tracks.get(track.name) === track && hasOverdue(track, asOfMs);
    }
    this.#expiring.delete(track.name);
  }

  /** A later join can bring an earlier deadline than the one known now, so no look is further away than one timeout. */
  #watch(track: LiveTrack): void {
    const { settings } = track.tree;
    if (settings === null) return;
    const nowMs = this.parts.time.now();
    const peer = track.liveness.mostSilent();
    const longest = nowMs + settings.heartbeatTimeoutMs;
    const deadline = peer === null ? longest : track.liveness.deadline(peer, settings.heartbeatTimeoutMs);
    const findings = track.tree.nextSurplus() === null ? (findingsDueAt(track) ?? longest) : nowMs;
    this.#due.schedule(track.name, Math.max(nowMs + 1, Math.min(deadline, findings, longest)));
  }
}

function hasOverdue(track: LiveTrack, asOfMs: number): boolean {
  const { settings } = track.tree;
  const peer = track.liveness.mostSilent();
  return settings !== null && peer !== null && asOfMs >= track.liveness.deadline(peer, settings.heartbeatTimeoutMs);
}

/** True only where a command stopped at its bound of refills. */
function hasPlaceForWaiting({ tree }: LiveTrack): boolean {
  return tree.nextWaiting() !== null && (tree.hasRootSlot() || tree.bestSlot() !== null);
}

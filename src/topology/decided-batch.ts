import { decide } from '../domain/decide.js';
import type { Outcome, Rejection } from '../domain/commands.js';
import type { PeerNumber } from '../domain/ids.js';
import { type PendingPulse, TrackBatch } from './batch.js';
import { findings } from './findings.js';
import { EXPIRED_PER_BATCH_MAX } from './limits.js';
import type { LiveTrack } from './live-track.js';
import type { LiveTracks } from './live-tracks.js';
import { type OnDurable, peerOf, type QueuedCommand } from './queued-command.js';
import { byNumber } from './named-report.js';
import type { ServiceTime } from './service-time.js';
import type { WriterListener } from './writer-events.js';

interface DecidingParts {
  readonly tracks: LiveTracks;
  readonly time: ServiceTime;
  readonly listener: WriterListener;
}

type Answer = readonly [OnDurable, Outcome];

/** Commands that are decided together, kept together, and answered together. */
export class DecidedBatch {
  readonly #tracks = new Map<string, TrackBatch>();
  readonly #answers: Answer[] = [];
  #commands = 0;

  constructor(private readonly parts: DecidingParts) {}

  tracks(): TrackBatch[] {
    return [...this.#tracks.values()];
  }

  liveTracks(): LiveTrack[] {
    return this.tracks().map((batch) => batch.track);
  }

  /** Pulses come first, except those that stand behind a command of their own peer. */
  decideAll(commands: readonly QueuedCommand[], pulses: Map<string, PendingPulse[]>): void {
    this.#commands = commands.length;
    const behind = new Map<string, PendingPulse[]>();
    for (const [name, pending] of pulses) {
      const [first, second] = this.#splitByOrder(name, pending, commands);
      this.#recordPulses(name, first);
      if (second.length > 0) behind.set(name, second);
    }
    for (const queued of commands) this.#answers.push([queued.onDurable, this.#decide(queued)]);
    for (const [name, pending] of behind) this.#recordPulses(name, pending);
  }

  publish(latencyMs: number): void {
    for (const [onDurable, outcome] of this.#answers) onDurable(outcome);
    const changes = this.tracks();
    const count = (of: (batch: TrackBatch) => number): number => changes.reduce((sum, batch) => sum + of(batch), 0);
    this.parts.listener.committed?.(changes, {
      latencyMs,
      commands: this.#commands,
      topologyEvents: count((batch) => batch.events.length),
      pulses: count((batch) => batch.pulseCount),
    });
    for (const batch of changes) this.#settle(batch);
  }

  refuse(refusal: Rejection): void {
    for (const [onDurable] of this.#answers) onDurable(refusal);
  }

  #settle(batch: TrackBatch): void {
    batch.release();
    const { track } = batch;
    track.emptySince = track.tree.size > 0 ? null : (track.emptySince ?? this.parts.time.now());
    this.parts.tracks.releaseIfClosed(track);
  }

  #batchOf(track: LiveTrack): TrackBatch {
    let batch = this.#tracks.get(track.name);
    if (batch === undefined) {
      batch = new TrackBatch(track);
      this.#tracks.set(track.name, batch);
    }
    return batch;
  }

  #decide({ track: name, command }: QueuedCommand): Outcome {
    const track = this.parts.tracks.get(name);
    if (track === null) return this.parts.tracks.absence(name, command.type);
    const batch = this.#batchOf(track);
    if (command.type === 'ExpireOverdue') return this.#expireOverdue(batch);
    if (command.type === 'Monitor') return this.#monitor(batch);
    const resolved =
      command.type === 'NoticeStall' || command.type === 'NoticePlan' ? byNumber(command, track) : command;
    if ('ok' in resolved) return resolved;
    return decide(track.tree, resolved, this.parts.time.now(), batch.record);
  }

  #monitor(batch: TrackBatch): Outcome {
    const { tree } = batch.track;
    const nowMs = this.parts.time.now();
    for (const command of findings(batch.track, nowMs)) decide(tree, command, nowMs, batch.record);
    return { ok: true, position: tree.position, peer: null };
  }

  /** Deadlines are looked at here, behind all pulses that had arrived: nobody is timed out with a heartbeat in the queue. */
  #expireOverdue(batch: TrackBatch): Outcome {
    const { tree, liveness } = batch.track;
    const nowMs = this.parts.time.now();
    const overdue = [];
    for (const peer of liveness.overdue(nowMs, tree.settings?.heartbeatTimeoutMs ?? Infinity)) {
      overdue.push(peer);
      if (overdue.length === EXPIRED_PER_BATCH_MAX) break;
    }
    for (const { peer, lastHeardAt } of overdue) {
      decide(tree, { type: 'Expire', peer, silentMs: nowMs - lastHeardAt }, nowMs, batch.record);
    }
    return { ok: true, position: tree.position, peer: null };
  }

  #recordPulses(name: string, pulses: readonly PendingPulse[]): void {
    const track = this.parts.tracks.get(name);
    const outcomes = track === null ? [] : this.#batchOf(track).recordPulses(pulses);
    pulses.forEach(({ onDurable }, index) => {
      this.#answers.push([onDurable, outcomes[index] ?? this.parts.tracks.absence(name, 'Pulse')]);
    });
  }

  #splitByOrder(
    name: string,
    pulses: PendingPulse[],
    commands: readonly QueuedCommand[],
  ): [PendingPulse[], PendingPulse[]] {
    const track = this.parts.tracks.get(name);
    const commandOf = new Map<PeerNumber, number>();
    for (const { track: on, command, sequence } of commands) {
      const peer = on === name ? peerOf(command, track) : null;
      if (peer !== null && !commandOf.has(peer)) commandOf.set(peer, sequence);
    }
    const isBehind = ({ peer, sequence }: PendingPulse): boolean => (commandOf.get(peer) ?? Infinity) < sequence;
    const firstBehind = pulses.findIndex(isBehind);
    return firstBehind === -1 ? [pulses, []] : [pulses.filter((p) => !isBehind(p)), pulses.filter(isBehind)];
  }
}

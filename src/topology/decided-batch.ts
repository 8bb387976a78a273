import type { Clock } from '../clock.js';
import { decide } from '../domain/decide.js';
import type { Outcome, Rejection } from '../domain/commands.js';
import type { PeerNumber } from '../domain/ids.js';
import { type PendingPulse, TrackBatch } from './batch.js';
import { findings } from './findings.js';
import { DECIDING_MS_MAX, EXPIRED_PER_BATCH_MAX } from './limits.js';
import type { LiveTrack } from './live-track.js';
import type { LiveTracks } from './live-tracks.js';
import type { PulseAnswer, PulseAnswers } from './pulse-answers.js';
import { peerOf, type QueuedCommand } from './queued-command.js';
import { byNumber } from './named-report.js';
import type { ServiceTime } from './service-time.js';
import type { WriterListener } from './writer-events.js';

interface DecidingParts {
  readonly tracks: LiveTracks;
  readonly time: ServiceTime;
  readonly clock: Clock;
  readonly listener: WriterListener;
}

/** What a batch had no time for: commands, and pulses by track, in the order of everything submitted. */
export interface Undecided {
  readonly commands: readonly QueuedCommand[];
  readonly pulses: ReadonlyMap<string, readonly PendingPulse[]>;
}

const NOTHING: Undecided = { commands: [], pulses: new Map() };

/** Commands that are decided together, kept together, and answered together. */
export class DecidedBatch {
  readonly #tracks = new Map<string, TrackBatch>();
  readonly #answers: (readonly [QueuedCommand, Outcome])[] = [];
  readonly #pulseAnswers = new Map<string, PulseAnswer[]>();
  readonly #begunAt: number;
  #commands = 0;

  /** @param isPending whether a pulse of the peer has arrived that is not in this batch. */
  constructor(
    private readonly parts: DecidingParts,
    private readonly isPending: (track: string, peer: PeerNumber) => boolean,
  ) {
    this.#begunAt = parts.clock.monotonicMs();
  }

  tracks(): TrackBatch[] {
    return [...this.#tracks.values()];
  }

  liveTracks(): LiveTrack[] {
    return this.tracks().map((batch) => batch.track);
  }

  /**
   * Pulses come first, except those that stand behind a command of their own peer. At least one command is decided.
   *
   * @returns what there was no time for: the commands from some one on, and pulses of peers that have commands here.
   */
  decideAll(commands: readonly QueuedCommand[], pulses: ReadonlyMap<string, readonly PendingPulse[]>): Undecided {
    const behind = this.#recordFirst(commands, pulses);
    for (const queued of commands) {
      if (this.#commands > 0 && this.#isTimeUp()) return { commands: commands.slice(this.#commands), pulses: behind };
      this.#commands += 1;
      if (behind.size > 0) this.#recordOvertaken(queued, behind);
      this.#answers.push([queued, this.#decide(queued)]);
    }
    for (const [name, pending] of behind) this.#recordPulses(name, pending);
    return NOTHING;
  }

  /** Commands are answered at once, pulses in turn with others before them, but never behind a command of their own peer. */
  publish(pulseAnswers: PulseAnswers): void {
    const latencyMs = this.#spentMs();
    for (const [track, answers] of this.#pulseAnswers) pulseAnswers.add(track, answers);
    for (const [{ track, command, onDurable }, outcome] of this.#answers) {
      const peer = 'peer' in command ? command.peer : outcome.ok ? outcome.peer : null;
      if (outcome.ok && peer !== null) pulseAnswers.answerBefore(track, peer, outcome.position);
      onDurable(outcome);
    }
    const changes = this.tracks();
    const count = (of: (batch: TrackBatch) => number): number => changes.reduce((sum, batch) => sum + of(batch), 0);
    this.parts.listener.committed?.(changes, {
      latencyMs,
      commands: this.#commands,
      topologyEvents: count((batch) => batch.events.length),
      pulses: count((batch) => batch.pulseCount),
    });
    for (const batch of changes) this.#settle(batch);
    pulseAnswers.begin();
  }

  refuse(refusal: Rejection): void {
    for (const answers of this.#pulseAnswers.values()) for (const [{ onDurable }] of answers) onDurable(refusal);
    for (const [{ onDurable }] of this.#answers) onDurable(refusal);
  }

  #spentMs(): number {
    return this.parts.clock.monotonicMs() - this.#begunAt;
  }

  #isTimeUp(): boolean {
    return this.#spentMs() >= DECIDING_MS_MAX;
  }

  #settle(batch: TrackBatch): void {
    batch.release();
    const { track } = batch;
    // A peer may have come and gone within the batch.
    if (batch.touched.size > 0) track.emptySince = null;
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
    if (command.type === 'ExpireOverdue') return this.#expireOverdue(batch, command.asOfMs);
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

  /**
   * Deadlines are looked at here, behind all pulses that had arrived: nobody is timed out with a heartbeat in the queue. They
   * are judged by the moment at which the service knew that it hears everybody, however long this decision had to wait.
   */
  #expireOverdue(batch: TrackBatch, asOfMs: number): Outcome {
    const { track } = batch;
    const { tree, liveness } = track;
    const nowMs = this.parts.time.now();
    const overdue = [];
    for (const peer of liveness.overdue(asOfMs, tree.settings?.heartbeatTimeoutMs ?? Infinity)) {
      if (!this.isPending(track.name, peer.peer)) overdue.push(peer);
      if (overdue.length === EXPIRED_PER_BATCH_MAX) break;
    }
    for (const [index, { peer, lastHeardAt }] of overdue.entries()) {
      if (index > 0 && this.#isTimeUp()) break;
      decide(tree, { type: 'Expire', peer, silentMs: nowMs - lastHeardAt }, nowMs, batch.record);
    }
    return { ok: true, position: tree.position, peer: null };
  }

  #recordPulses(name: string, pulses: readonly PendingPulse[]): void {
    const track = this.parts.tracks.get(name);
    const outcomes = track === null ? [] : this.#batchOf(track).recordPulses(pulses);
    const answers = this.#pulseAnswers.get(name) ?? [];
    this.#pulseAnswers.set(name, answers);
    pulses.forEach((pulse, index) => {
      answers.push([pulse, outcomes[index] ?? this.parts.tracks.absence(name, 'Pulse')]);
    });
  }

  /** @returns the pulses that stand behind a command of their own peer, by track. */
  #recordFirst(
    commands: readonly QueuedCommand[],
    pulses: ReadonlyMap<string, readonly PendingPulse[]>,
  ): Map<string, readonly PendingPulse[]> {
    const behind = new Map<string, readonly PendingPulse[]>();
    if (pulses.size === 0) return behind;
    const firstCommands = this.#firstCommands(commands, pulses);
    for (const [name, pending] of pulses) {
      const ofPeers = firstCommands.get(name);
      const isBehind = ({ peer, sequence }: PendingPulse): boolean => (ofPeers?.get(peer) ?? Infinity) < sequence;
      const overtaken = ofPeers === undefined ? [] : pending.filter(isBehind);
      this.#recordPulses(name, overtaken.length === 0 ? pending : pending.filter((pulse) => !isBehind(pulse)));
      if (overtaken.length > 0) behind.set(name, overtaken);
    }
    return behind;
  }

  /** By track and peer: the place of its first command in the order of everything submitted. */
  #firstCommands(
    commands: readonly QueuedCommand[],
    pulses: ReadonlyMap<string, unknown>,
  ): Map<string, Map<PeerNumber, number>> {
    const firstCommands = new Map<string, Map<PeerNumber, number>>();
    for (const { track, command, sequence } of commands) {
      const peer = pulses.has(track) ? peerOf(command, this.parts.tracks.get(track)) : null;
      if (peer === null) continue;
      const ofPeers = firstCommands.get(track) ?? new Map<PeerNumber, number>();
      firstCommands.set(track, ofPeers);
      if (!ofPeers.has(peer)) ofPeers.set(peer, sequence);
    }
    return firstCommands;
  }

  /** A pulse between two commands of its own peer is recorded between them, with all that came before it. */
  #recordOvertaken({ track, command, sequence }: QueuedCommand, behind: Map<string, readonly PendingPulse[]>): void {
    const pending = behind.get(track);
    const peer = pending === undefined ? null : peerOf(command, this.parts.tracks.get(track));
    if (pending === undefined || !pending.some((pulse) => pulse.peer === peer && pulse.sequence < sequence)) return;
    this.#recordPulses(
      track,
      pending.filter((pulse) => pulse.sequence < sequence),
    );
    behind.set(
      track,
      pending.filter((pulse) => pulse.sequence > sequence),
    );
  }
}

import type { Clock } from '../clock.js';
import { type Outcome, rejection, type Rejection } from '../domain/commands.js';
import type { EventLog } from '../event-log/event-log.js';
import type { PendingPulse } from './batch.js';
import { Deafness } from './deafness.js';
import { DecidedBatch, type Undecided } from './decided-batch.js';
import { DurableAppend } from './durable-append.js';
import { BATCH_COMMANDS_MAX, QUEUE_MAX } from './limits.js';
import type { LiveTrack } from './live-track.js';
import type { LiveTracks } from './live-tracks.js';
import { PulseAnswers } from './pulse-answers.js';
import { PulseBuffer } from './pulse-buffer.js';
import { type OnDurable, peerOf, type QueuedCommand, type WriterCommand } from './queued-command.js';
import type { ServiceTime } from './service-time.js';
import type { WriterListener } from './writer-events.js';

export interface WriterParts {
  readonly log: EventLog;
  readonly tracks: LiveTracks;
  readonly time: ServiceTime;
  readonly clock: Clock;
  readonly listener: WriterListener;
  /** How long a pulse may wait for company, milliseconds. */
  readonly pulseLingerMs: number;
}

interface Read {
  readonly look: () => void;
  readonly refuse: () => void;
}

type State = 'available' | 'outage' | 'stopping';

/** Commands for a track that nobody may be in: it is brought into memory for them. */
const ALSO_WHEN_CLOSED: ReadonlySet<string> = new Set(['Join', 'Forget', 'RecordRetention']);

const STORAGE_UNAVAILABLE = rejection('storage_unavailable', 'the log cannot be written at present; try again');

/**
 * The only one who changes a track. Commands queue, are decided in order against the live trees, appended to the log as one
 * batch with one flush, and only then answered and published. At most one append is in flight and nothing is decided
 * meanwhile, so nobody ever sees, is told, or builds on anything that could still be lost.
 */
export class TopologyWriter {
  #state: State = 'available';
  #running = false;
  #queue: QueuedCommand[] = [];
  readonly #pulses = new PulseBuffer();
  #pulsesDue = false;
  #cancelLinger: (() => void) | null = null;
  #reads: Read[] = [];
  #sequence = 0;
  #idle: (() => void)[] = [];
  readonly #deafness = new Deafness();
  readonly #storage: DurableAppend;
  readonly #pulseAnswers: PulseAnswers;

  constructor(private readonly parts: WriterParts) {
    this.#pulseAnswers = new PulseAnswers(parts.clock);
    this.#storage = new DurableAppend(parts, () => {
      this.#refuseWaiting();
    });
  }

  /** Commands and pulses that were taken and are not answered yet, but for those of the batch that is being committed. */
  get queueDepth(): number {
    return this.#queue.length + this.#pulses.size + this.#pulseAnswers.size;
  }

  /** Whether pulses were refused for want of room, so that silence says nothing about a peer. */
  get isDeaf(): boolean {
    return this.#deafness.lasts;
  }

  /** @returns how long the writer was deaf when that is over, milliseconds, once; 0 else. */
  takeDeafness(): number {
    return this.queueDepth >= QUEUE_MAX ? 0 : this.#deafness.take(this.parts.time.now());
  }

  /** Whether commands are taken at present. */
  get available(): boolean {
    return this.#state === 'available';
  }

  /**
   * Decides a command and makes it durable. Safe to retry.
   *
   * @returns the outcome once it is durable. Rejections besides those of `decide`: `busy`, `storage_unavailable`,
   * `track_stopped`, `track_limit`, `unknown_peer` (nobody is in the track), `shutting_down`.
   */
  submit(track: string, command: WriterCommand): Promise<Outcome> {
    return new Promise((resolve) => {
      this.enqueue(track, command, resolve);
    });
  }

  /** The same with a callback, which runs before anybody else is told of the batch. */
  enqueue(track: string, command: WriterCommand, onDurable: OnDurable): void {
    const refused = this.#refusal();
    if (refused !== null) {
      onDurable(refused);
      return;
    }
    this.#sequence += 1;
    this.#queue.push({ track, command, sequence: this.#sequence, onDurable });
    this.#wake();
  }

  /** Records a heartbeat (frames -1) or a forward report; it may linger before it is durable. */
  pulse(track: string, pulse: Pick<PendingPulse, 'peer' | 'forwardedFrames' | 'receivedFrames' | 'onDurable'>): void {
    const refused = this.#refusal();
    const arrivedAt = this.parts.time.now();
    if (refused !== null) {
      if (refused.code === 'busy') this.#deafness.refused(arrivedAt);
      pulse.onDurable(refused);
      return;
    }
    this.#sequence += 1;
    const { peer, forwardedFrames, receivedFrames, onDurable } = pulse;
    this.#pulses.add(track, { peer, forwardedFrames, receivedFrames, onDurable, arrivedAt, sequence: this.#sequence });
    this.#cancelLinger ??= this.parts.clock.after(this.parts.pulseLingerMs, () => {
      this.#pulsesAreDue();
    });
  }

  /**
   * Looks at a track when all that its tree holds is durable. `look` must not keep the track, nor change it.
   *
   * @returns what `look` returns (it gets null for a track that is not open), or `storage_unavailable`.
   */
  read<Result>(track: string, look: (live: LiveTrack | null) => Result): Promise<Result | Rejection> {
    return new Promise((resolve, reject) => {
      const refuse = (): void => {
        resolve(STORAGE_UNAVAILABLE);
      };
      if (this.#state === 'outage' || !this.parts.tracks.isComplete) {
        refuse();
        return;
      }
      const lookNow = (): void => {
        try {
          resolve(look(this.parts.tracks.get(track)));
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      };
      this.#reads.push({ look: lookNow, refuse });
      this.#wake();
    });
  }

  /** Takes no more commands, makes durable what was taken, and resolves when that is done. */
  async stop(): Promise<void> {
    this.#state = 'stopping';
    this.#storage.giveUp();
    this.#pulsesAreDue();
    await new Promise<void>((resolve) => {
      this.#idle.push(resolve);
      this.#wake();
    });
    this.#pulseAnswers.flush();
  }

  #refusal(): Rejection | null {
    if (this.#state === 'stopping')
      return rejection('shutting_down', 'the service is shutting down; come back in a moment');
    if (this.#state === 'outage') return STORAGE_UNAVAILABLE;
    if (this.queueDepth >= QUEUE_MAX)
      return rejection('busy', 'too many commands are waiting; try again with back-off');
    return null;
  }

  #pulsesAreDue(): void {
    this.#cancelLinger?.();
    this.#cancelLinger = null;
    this.#pulsesDue = true;
    this.#wake();
  }

  #wake(): void {
    if (this.#running) return;
    this.#running = true;
    // What the sockets hold right now joins the same batch.
    this.parts.clock.soon(() => void this.#run());
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0 || this.#pulsesDue || this.#reads.length > 0) {
      await this.#runBatch();
      for (const read of this.#reads.splice(0)) read.look();
    }
    this.#running = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  async #runBatch(): Promise<void> {
    const commands = this.#queue.splice(0, BATCH_COMMANDS_MAX);
    const unreadable = await this.#loadJoined(commands);
    if (unreadable !== null) {
      this.#beginOutage();
      for (const { onDurable } of commands) onDurable(STORAGE_UNAVAILABLE);
      await this.#beOut(unreadable);
      return;
    }
    const batch = new DecidedBatch(this.parts, (track, peer) => this.#pulses.holds(track, peer));
    this.#putBack(batch.decideAll(commands, this.#takePulses(commands)));
    const failure = await this.#storage.append(batch.tracks(), () => {
      this.#beginOutage();
    });
    if (failure !== null) {
      this.#beginOutage();
      this.parts.tracks.discard(batch.liveTracks());
      batch.refuse(STORAGE_UNAVAILABLE);
      await this.#beOut(failure);
      return;
    }
    if (!this.#storage.isOut) this.#endOutage();
    batch.publish(this.#pulseAnswers);
    if (this.#storage.isOut) {
      await this.#storage.endDoubt();
      this.#endOutage();
    }
  }

  /** @returns what the storage threw when it could not be read. */
  async #loadJoined(commands: readonly QueuedCommand[]): Promise<Error | null> {
    const { tracks } = this.parts;
    for (const { track, command } of commands) {
      const failure = ALSO_WHEN_CLOSED.has(command.type) ? await tracks.load(track, command.type === 'Join') : null;
      if (failure !== null) {
        for (const live of tracks.all()) tracks.releaseIfClosed(live);
        return failure;
      }
    }
    return null;
  }

  /** The pulses that go with these commands: all when they have lingered enough, else only where order demands it. */
  #takePulses(commands: readonly QueuedCommand[]): Map<string, PendingPulse[]> {
    const names = this.#pulsesDue ? this.#pulses.tracks() : this.#tracksToFlush(commands);
    // Pulses behind a command that did not fit into this batch stay behind it.
    const lastSequence = this.#queue.length > 0 ? (commands.at(-1)?.sequence ?? 0) : this.#sequence;
    const taken = new Map<string, PendingPulse[]>();
    for (const name of names) taken.set(name, this.#pulses.take(name, lastSequence));
    this.#pulsesDue = this.#pulsesDue && this.#pulses.size > 0;
    return taken;
  }

  /** What a batch had no time for is the first of the next one. */
  #putBack({ commands, pulses }: Undecided): void {
    if (commands.length === 0) return;
    this.#queue = [...commands, ...this.#queue];
    for (const [track, pending] of pulses) this.#pulses.putBack(track, pending);
    // They have lingered, or were not to.
    if (pulses.size > 0) this.#pulsesDue = true;
  }

  #tracksToFlush(commands: readonly QueuedCommand[]): Set<string> {
    const names = new Set<string>();
    if (this.#pulses.size === 0) return names;
    for (const { track, command } of commands) {
      const peer = peerOf(command, this.parts.tracks.get(track));
      if (command.type === 'ExpireOverdue' || (peer !== null && this.#pulses.holds(track, peer))) names.add(track);
    }
    return names;
  }

  #beginOutage(): void {
    if (this.#state === 'available') this.#state = 'outage';
  }

  #endOutage(): void {
    if (this.#state === 'outage') this.#state = 'available';
  }

  /** Nobody knows how long the storage will fail. */
  #refuseWaiting(): void {
    for (const read of this.#reads.splice(0)) read.refuse();
    for (const { onDurable } of this.#queue.splice(0)) onDurable(STORAGE_UNAVAILABLE);
    for (const name of this.#pulses.tracks()) {
      for (const { onDurable } of this.#pulses.take(name, this.#sequence)) onDurable(STORAGE_UNAVAILABLE);
    }
    this.#cancelLinger?.();
    this.#cancelLinger = null;
    this.#pulsesDue = false;
  }

  /** Everybody who waits is refused, and the storage is tried until it works again. */
  async #beOut(failure: Error): Promise<void> {
    this.#beginOutage();
    // A service that stops goes on taking reads while the outcome of its last append is in doubt.
    this.#refuseWaiting();
    await this.#storage.sitOut(failure);
    this.#endOutage();
  }
}

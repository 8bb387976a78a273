import type { Clock } from '../clock.js';
import type { EventLog } from '../event-log/event-log.js';
import { encodeSnapshot } from '../event-log/snapshot-codec.js';
import type { SnapshotFiles } from '../event-log/snapshot-files.js';
import type { SnapshotTaker } from '../event-log/snapshot-thread.js';
import type { SnapshotMoment, TakenSnapshot } from '../event-log/take-snapshot.js';
import type { TrackChanges } from './batch.js';
import { SNAPSHOT_LOOK_MS, SNAPSHOT_REST_MS, SNAPSHOT_RETRY_MS, SNAPSHOTS_AT_STOP_MS_MAX } from './limits.js';
import type { LiveTrack } from './live-track.js';
import type { Replayed } from './live-tracks.js';
import { SnapshotSchedule } from './snapshot-schedule.js';

/** Hears of snapshots. */
export interface SnapshotListener {
  taken?(snapshot: TakenSnapshot, tookMs: number): void;
  /** The service goes on without; the next start takes longer. */
  failed?(track: string, error: Error): void;
}

interface DueSnapshot {
  readonly track: string;
  readonly at: SnapshotMoment;
  /** Of the tail that it covers. */
  readonly costMs: number;
}

/** Has snapshots taken while the service runs and when it stops, one at a time, so that the next start is fast. */
export class SnapshotKeeper {
  /** Milliseconds the last snapshot took, null before the first; how many were taken, and how many failed. */
  lastTookMs: number | null = null;
  takenCount = 0;
  failedCount = 0;
  readonly #schedule = new SnapshotSchedule();
  readonly #grown = new Set<string>();
  /** Tracks that rest, with the moment of their snapshot; the earliest first. */
  readonly #resting = new Map<string, number>();
  #underWay: Promise<void> | null = null;
  #beyondBudget: string[] = [];
  /** What is to be kept where the log was cut. */
  #atCut: DueSnapshot[] = [];
  #lookedAt = 0;
  #failedAt: number | null = null;
  #state: 'waiting' | 'running' | 'stopped' = 'waiting';

  constructor(
    private readonly taker: SnapshotTaker,
    private readonly clock: Clock,
    private readonly listener: SnapshotListener = {},
  ) {}

  /** What a start after a kill would take for replay now, milliseconds; an estimate. */
  get tailsMs(): number {
    return this.#schedule.totalMs;
  }

  /** A track was brought into memory by replaying so much. */
  replayed(track: string, replayed: Replayed, peers: number): void {
    this.#schedule.grew(track, replayed, peers);
    this.#grown.add(track);
  }

  /** To be called for every commit. */
  committed(changes: readonly TrackChanges[]): void {
    for (const { track, events, pulseCount } of changes) {
      if (track.tree.settings === null) {
        this.#schedule.forget(track.name);
        continue;
      }
      this.#schedule.grew(track.name, { topologyEvents: events.length, pulses: pulseCount }, track.tree.size);
      this.#grown.add(track.name);
    }
    this.takeDue();
  }

  /** From now on snapshots are taken. Before, the start itself needs the processor. */
  start(): void {
    this.#state = 'running';
    this.takeDue();
  }

  /**
   * The log goes on in a new file. The states it begins with are kept, so that nobody who starts there or looks at what follows has to
   * read the files before, which may be moved away.
   */
  cut(): void {
    // What comes behind the cut from now on belongs to the next snapshot.
    const tracks = this.#schedule.worthTaking();
    this.#atCut = tracks.map((track) => ({ track, at: 'cut', costMs: this.#schedule.costMs(track) }));
    this.takeDue();
  }

  /** Has the next snapshot taken, if one is due and none is under way. */
  takeDue(): void {
    if (this.#state !== 'running' || this.#underWay !== null || this.#isTooSoon()) return;
    const due = this.#atCut.shift() ?? this.#dueAtHead();
    if (due === null) return;
    this.#underWay = this.#take(due).finally(() => {
      this.#underWay = null;
      this.takeDue();
    });
  }

  /**
   * Writes down what is in memory of every track whose replay would cost something, the costliest first, as far as the time goes. For a
   * service that has made its last commit: the trees stand still, and nobody is served who would have to wait.
   *
   * @param live the track as the writer left it, null when it is not in memory.
   */
  async stop(
    log: Pick<EventLog, 'head'>,
    files: SnapshotFiles,
    live: (track: string) => LiveTrack | null,
  ): Promise<void> {
    this.#state = 'stopped';
    await this.taker.close();
    await this.#underWay;
    const until = this.clock.monotonicMs() + SNAPSHOTS_AT_STOP_MS_MAX;
    for (const name of this.#schedule.worthTaking()) {
      const track = live(name);
      if (this.clock.monotonicMs() >= until) return;
      if (track === null) continue;
      try {
        await this.#writeDown(track, log, files);
      } catch (error) {
        this.#failed(name, error);
        return;
      }
    }
  }

  async #writeDown(
    { name, tree, liveness }: LiveTrack,
    log: Pick<EventLog, 'head'>,
    files: SnapshotFiles,
  ): Promise<void> {
    const head = await log.head(name);
    // What was decided and never kept is not the state of any position.
    if (head?.position !== tree.position) return;
    const startedAt = this.clock.monotonicMs();
    const { position } = head;
    const bytes = encodeSnapshot({ track: name, position, chainHash: head.hash }, { tree, liveness });
    files.write(name, position, bytes);
    this.#count({ track: name, position, bytes: bytes.length }, this.clock.monotonicMs() - startedAt);
  }

  #dueAtHead(): DueSnapshot | null {
    const track = this.#nextDue();
    return track === null ? null : { track, at: 'head', costMs: this.#schedule.costMs(track) };
  }

  /** A look at all tracks is for tracks that are many and small; it costs in proportion to them, so it is taken now and then. */
  #nextDue(): string | null {
    const nowMs = this.clock.monotonicMs();
    this.#wakeRested(nowMs);
    for (const track of this.#grown) {
      // It stays listed.
      if (this.#resting.has(track)) continue;
      this.#grown.delete(track);
      if (this.#schedule.isDue(track)) return track;
    }
    if (this.#beyondBudget.length === 0 && nowMs - this.#lookedAt >= SNAPSHOT_LOOK_MS) {
      this.#lookedAt = nowMs;
      this.#beyondBudget = this.#schedule.beyondBudget();
    }
    return this.#beyondBudget.shift() ?? null;
  }

  #wakeRested(nowMs: number): void {
    for (const [track, takenAt] of this.#resting) {
      if (nowMs - takenAt < SNAPSHOT_REST_MS) return;
      this.#resting.delete(track);
    }
  }

  #restFrom(track: string, nowMs: number): void {
    this.#resting.delete(track);
    this.#resting.set(track, nowMs);
  }

  async #take({ track, at, costMs }: DueSnapshot): Promise<void> {
    const startedAt = this.clock.monotonicMs();
    this.#restFrom(track, startedAt);
    try {
      const taken = await this.taker.take(track, at);
      this.#failedAt = null;
      this.#schedule.taken(track, costMs);
      if (taken !== null) this.#count(taken, this.clock.monotonicMs() - startedAt);
    } catch (error) {
      // Abandoned by the stop, which writes down all that is worth it.
      if (this.#hasStopped) return;
      this.#failed(track, error);
      // Tried again when it has grown as much once more: a track that cannot be folded must not keep the others from it.
      this.#schedule.taken(track, costMs);
    }
  }

  get #hasStopped(): boolean {
    return this.#state === 'stopped';
  }

  #failed(track: string, error: unknown): void {
    this.failedCount += 1;
    this.#failedAt = this.clock.monotonicMs();
    this.listener.failed?.(track, error instanceof Error ? error : new Error(String(error)));
  }

  #count(taken: TakenSnapshot, tookMs: number): void {
    this.takenCount += 1;
    this.lastTookMs = tookMs;
    this.listener.taken?.(taken, tookMs);
  }

  #isTooSoon(): boolean {
    return this.#failedAt !== null && this.clock.monotonicMs() - this.#failedAt < SNAPSHOT_RETRY_MS;
  }
}

import type { Clock } from '../clock.js';
import type { Rejection } from '../domain/commands.js';
import type { TrackSettings } from '../domain/events.js';
import type { Position } from '../domain/ids.js';
import type { EventLog, EventLogReader } from '../event-log/event-log.js';
import { LiveTracks, type Replayed } from './live-tracks.js';
import { RecoveryWindow } from './recovery-window.js';
import { ServiceTime } from './service-time.js';
import type { SnapshotKeeper } from './snapshot-keeper.js';
import { Ticker } from './ticker.js';
import { TopologyWriter } from './topology-writer.js';
import type { WriterListener } from './writer-events.js';

export interface TopologyOptions {
  /** Rules for tracks that are opened from now on; an open track keeps its own until it is configured. */
  readonly settings: TrackSettings;
  readonly tracksMax: number;
  readonly peersPerTrackMax: number;
  readonly pulseLingerMs: number;
  readonly recoveryWindowMs: number;
  /** Why no track may be opened now; null, and the default, when one may. */
  readonly refusalOfTracks?: () => Rejection | null;
}

export interface TopologyParts {
  readonly log: EventLog;
  readonly reader: EventLogReader;
  readonly clock: Clock;
  /** Checks the stored bytes of a track behind a position before they are replayed. @throws CorruptLogError */
  readonly checkChain: (track: string, fromPosition: Position) => void;
  readonly options: TopologyOptions;
  /** Keeps snapshots while the service runs; absent: none are taken. */
  readonly snapshots?: SnapshotKeeper;
}

/** What recovery found and did. */
export interface RecoverySummary {
  readonly tracks: number;
  readonly peers: number;
  readonly stoppedTracks: number;
  /** Tracks that were not replayed from their first event. */
  readonly fromSnapshot: number;
  /** What was folded: all that is behind the snapshots. */
  readonly topologyEvents: number;
  readonly pulses: number;
  readonly tookMs: number;
  /** The track that took longest; null without any. */
  readonly slowest: RecoveredTrack | null;
}

/** How one track came back. */
export interface RecoveredTrack extends Replayed {
  readonly trackId: string;
  readonly tookMs: number;
}

/** The topology of every track, live and durable: the writer, the ticker and the time they run on, from recovery to the last commit. */
export class TopologyService {
  readonly writer: TopologyWriter;
  readonly tracks: LiveTracks;
  readonly time: ServiceTime;
  readonly options: TopologyOptions;
  #recovered = false;
  readonly #window: RecoveryWindow;
  readonly #ticker: Ticker;
  readonly #listeners: WriterListener[] = [];

  constructor(private readonly parts: TopologyParts) {
    const { clock, log, reader, options } = parts;
    const listener = this.#toAllListeners();
    this.options = options;
    this.time = new ServiceTime(clock, reader.lastRecordedAt());
    this.tracks = new LiveTracks(log, reader, options.tracksMax, listener, options.refusalOfTracks);
    this.writer = new TopologyWriter({
      log,
      clock,
      listener,
      tracks: this.tracks,
      time: this.time,
      pulseLingerMs: options.pulseLingerMs,
    });
    this.#window = new RecoveryWindow(options.settings.heartbeatTimeoutMs, options.recoveryWindowMs);
    this.#ticker = new Ticker({
      clock,
      writer: this.writer,
      tracks: this.tracks,
      time: this.time,
      window: this.#window,
      onAway: (gapMs) => {
        listener.wasAway?.(gapMs);
      },
    });
    this.listen({
      committed: (changes) => {
        this.#ticker.committed(changes);
        parts.snapshots?.committed(changes);
      },
      storageRecovered: () => {
        this.#window.open(this.time.now());
      },
    });
  }

  /** Whether recovery is over and the log takes commands. */
  get ready(): boolean {
    return this.#recovered && this.writer.available;
  }

  /** Whether recovery is over. */
  get recovered(): boolean {
    return this.#recovered;
  }

  listen(listener: WriterListener): void {
    this.#listeners.push(listener);
  }

  /**
   * Checks and replays every open track, records that the service was away, and begins to time peers out once they had
   * the chance to come back. A damaged track is stopped and the others go on.
   */
  async recover(): Promise<RecoverySummary> {
    const { clock, log } = this.parts;
    const startedAt = clock.monotonicMs();
    const recovered: RecoveredTrack[] = [];
    for (const { track } of await log.openHeads()) {
      const one = this.#recoverTrack(track);
      if (one !== null) recovered.push(one);
    }
    await this.#recordRestart();
    this.#window.open(this.time.now());
    this.#ticker.start();
    this.#recovered = true;
    const sum = (of: (one: RecoveredTrack) => number): number => recovered.reduce((total, one) => total + of(one), 0);
    return {
      tracks: this.tracks.size,
      peers: [...this.tracks.all()].reduce((total, track) => total + track.tree.size, 0),
      stoppedTracks: this.tracks.stopped().size,
      fromSnapshot: recovered.filter((one) => one.startedAt > 0).length,
      topologyEvents: sum((one) => one.topologyEvents),
      pulses: sum((one) => one.pulses),
      tookMs: Math.round(clock.monotonicMs() - startedAt),
      slowest: [...recovered].sort((one, other) => other.tookMs - one.tookMs)[0] ?? null,
    };
  }

  /** Takes no more commands and makes durable what was taken. The log stays open; it belongs to the caller. */
  async stop(): Promise<void> {
    this.#ticker.stop();
    await this.writer.stop();
  }

  #recoverTrack(track: string): RecoveredTrack | null {
    const { clock, checkChain, snapshots } = this.parts;
    const startedAt = clock.monotonicMs();
    const replayed = this.tracks.replay(track, (fromPosition) => {
      checkChain(track, fromPosition);
    });
    if (replayed === null) return null;
    snapshots?.replayed(track, replayed, this.tracks.get(track)?.tree.size ?? 0);
    return { trackId: track, tookMs: Math.round(clock.monotonicMs() - startedAt), ...replayed };
  }

  async #recordRestart(): Promise<void> {
    const nowMs = this.time.now();
    const recorded = [...this.tracks.all()].map((track) => {
      const gapMs = nowMs - track.tree.recordedAt;
      return this.writer.submit(track.name, { type: 'Recover', reason: 'restart', gapMs });
    });
    await Promise.all(recorded);
  }

  #toAllListeners(): WriterListener {
    const each = (tell: (listener: WriterListener) => void): void => {
      this.#listeners.forEach(tell);
    };
    return {
      committed: (changes, figures) => {
        each((listener) => listener.committed?.(changes, figures));
      },
      storageFailed: (error) => {
        each((listener) => listener.storageFailed?.(error));
      },
      storageRecovered: (gapMs) => {
        each((listener) => listener.storageRecovered?.(gapMs));
      },
      wasAway: (gapMs) => {
        each((listener) => listener.wasAway?.(gapMs));
      },
      trackStopped: (track, position, fault) => {
        each((listener) => listener.trackStopped?.(track, position, fault));
      },
    };
  }
}

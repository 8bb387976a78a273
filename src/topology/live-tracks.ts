import { type Rejection, rejection } from '../domain/commands.js';
import { CorruptLogError, PolicyUnavailableError } from '../domain/errors.js';
import type { Position } from '../domain/ids.js';
import type { EventLog, EventLogReader, TrackHead } from '../event-log/event-log.js';
import { nearestStart, stateAt } from '../event-log/state-at.js';
import { emptyTrack, type LiveTrack, restoredTrack } from './live-track.js';
import type { WriterListener } from './writer-events.js';

/** What bringing a track into memory took. */
export interface Replayed {
  /** Position of the snapshot it began at; 0 without one. */
  readonly startedAt: Position;
  readonly headPosition: Position;
  /** Folded on top of it. */
  readonly topologyEvents: number;
  readonly pulses: number;
}

/** The tracks in memory: all that are open. A closed one is loaded when somebody joins it; a damaged one is stopped. */
export class LiveTracks {
  readonly #live = new Map<string, LiveTrack>();
  readonly #stopped = new Map<string, CorruptLogError>();
  /** Tracks whose memory ran ahead of the log when an append failed. */
  readonly #discarded = new Set<string>();

  constructor(
    private readonly log: EventLog,
    private readonly reader: EventLogReader,
    private readonly tracksMax: number,
    private readonly listener: WriterListener,
    /** Why no track may be opened now; null when one may. */
    private readonly refusalOfTracks: () => Rejection | null = () => null,
  ) {}

  get(name: string): LiveTrack | null {
    return this.#live.get(name) ?? null;
  }

  all(): IterableIterator<LiveTrack> {
    return this.#live.values();
  }

  get size(): number {
    return this.#live.size;
  }

  stopped(): ReadonlyMap<string, CorruptLogError> {
    return this.#stopped;
  }

  /** Whether what is in memory is all that the log holds of the open tracks. */
  get isComplete(): boolean {
    return this.#discarded.size === 0;
  }

  /**
   * Rebuilds an open track from its log, from the nearest snapshot on; damage stops the track and is reported, never skipped.
   *
   * @param check proves the log behind a position, which is that of the snapshot.
   * @returns null for a track that is stopped now.
   */
  replay(name: string, check: (fromPosition: Position) => void = () => undefined): Replayed | null {
    const headPosition = this.reader.head(name)?.position ?? 0;
    const start = nearestStart(this.reader, name, headPosition);
    try {
      check(start?.position ?? 0);
      const state = stateAt(this.reader, name, headPosition, start);
      this.#live.set(name, restoredTrack(name, state));
      const { startedAt, topologyEvents, pulses } = state;
      return { startedAt, headPosition, topologyEvents, pulses };
    } catch (error) {
      if (!(error instanceof CorruptLogError)) throw error;
      this.stop(name, error.inTrack(name));
      return null;
    }
  }

  stop(name: string, damage: CorruptLogError): void {
    this.#live.delete(name);
    this.#stopped.set(name, damage);
    this.listener.trackStopped?.(name, damage.position, damage.fault);
  }

  /**
   * Brings a track that nobody has open into memory, so that a join can be decided.
   *
   * @param opens whether the command would open the track.
   * @returns what the storage threw when it could not be read, else null.
   */
  async load(name: string, opens = true): Promise<Error | null> {
    if (this.#live.has(name) || this.#stopped.has(name) || this.#live.size >= this.tracksMax) return null;
    let head: TrackHead | null;
    try {
      head = await this.log.head(name);
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
    if (head?.open === true) this.replay(name);
    else if (opens && this.refusalOfTracks() !== null) return null;
    else this.#live.set(name, emptyTrack(name, head?.position ?? 0, head?.recordedAt ?? 0));
    return null;
  }

  /** Why a command for a track that is not in memory is refused. */
  absence(name: string, commandType: string): Rejection {
    const damage = this.#stopped.get(name);
    if (damage instanceof PolicyUnavailableError) return rejection('track_stopped', damage.fault);
    if (damage !== undefined) return rejection('track_stopped', `the log is damaged: ${damage.message}`);
    const refused = commandType === 'Join' ? this.refusalOfTracks() : null;
    if (refused !== null) return refused;
    if (commandType === 'Join')
      return rejection('track_limit', `the service has its limit of ${String(this.tracksMax)} tracks`);
    if (commandType === 'Configure')
      return rejection('invalid_track', `track ${name} is not open, so it has no rules to change`);
    if (commandType === 'Kick' || commandType === 'Reassign')
      return rejection('unknown_peer', `track ${name} has no peers`);
    return rejection('not_registered', `track ${name} has no peers`);
  }

  /** Lets go of a track that was closed, or that a refused join never opened. */
  releaseIfClosed(track: LiveTrack): void {
    if (track.tree.settings === null) this.#live.delete(track.name);
  }

  /** The memory of these tracks is worth nothing: what they hold was not kept. */
  discard(tracks: Iterable<LiveTrack>): void {
    for (const track of tracks) {
      this.#live.delete(track.name);
      this.#discarded.add(track.name);
    }
  }

  /** Rebuilds what was discarded. Throws what the storage throws while it does not work. */
  async restoreDiscarded(): Promise<void> {
    for (const name of this.#discarded) {
      const head = await this.log.head(name);
      if (head?.open === true) this.replay(name);
      this.#discarded.delete(name);
    }
  }
}

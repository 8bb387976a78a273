import type { Clock } from '../clock.js';
import { decide } from '../domain/decide.js';
import { AppendFailedError, AppendOutcomeUnknownError, type EventLog } from '../event-log/event-log.js';
import { toLogBatch, TrackBatch } from './batch.js';
import { STORAGE_RETRY_MS_MAX, STORAGE_RETRY_MS_MIN } from './limits.js';
import type { LiveTrack } from './live-track.js';
import type { LiveTracks } from './live-tracks.js';
import type { ServiceTime } from './service-time.js';
import type { WriterListener } from './writer-events.js';

interface StorageParts {
  readonly log: EventLog;
  readonly tracks: LiveTracks;
  readonly time: ServiceTime;
  readonly clock: Clock;
  readonly listener: WriterListener;
}

/** Appends batches, finds out what became of doubtful ones, and tries a storage that failed until it works again. */
export class DurableAppend {
  #outage: { readonly error: Error; readonly since: number } | null = null;
  #givenUp = false;
  #wakeUp: (() => void) | null = null;

  /** @param onOutage called once when the storage fails, or a doubt lasts: whoever waits behind it must not wait for its end. */
  constructor(
    private readonly parts: StorageParts,
    private readonly onOutage: () => void,
  ) {}

  /**
   * @param onTrouble called at once when the append did not simply succeed, while its outcome may still be unknown.
   * @returns null when all is kept, else why nothing is.
   */
  async append(batches: readonly TrackBatch[], onTrouble: () => void): Promise<Error | null> {
    const log = toLogBatch(batches);
    if (log.length === 0) return null;
    try {
      await this.parts.log.append(log);
      return null;
    } catch (error) {
      if (error instanceof AppendFailedError) return error;
      if (!(error instanceof AppendOutcomeUnknownError)) throw error;
      onTrouble();
      return (await this.#wasKept(batches, error)) ? null : error;
    }
  }

  /** Whether the storage is being tried, or worked again without that being recorded. */
  get isOut(): boolean {
    return this.#outage !== null;
  }

  /** Resolves when commands can be taken again: discarded tracks are rebuilt, and every open track has recorded the gap. */
  async sitOut(error: Error): Promise<void> {
    this.#begin(error);
    for (let delayMs = STORAGE_RETRY_MS_MIN; !this.#givenUp; delayMs = Math.min(2 * delayMs, STORAGE_RETRY_MS_MAX)) {
      await this.#wait(delayMs);
      if ((await this.#isUsable()) && (await this.#recordGap())) {
        this.#end();
        return;
      }
    }
  }

  /** A doubt that lasted was an outage too, even though it ended well: nobody could be heard meanwhile. */
  async endDoubt(): Promise<void> {
    if (this.#outage === null || this.#givenUp) return;
    if (await this.#recordGap()) this.#end();
    else await this.sitOut(this.#outage.error);
  }

  /** Ends all waiting: the service is stopping. */
  giveUp(): void {
    this.#givenUp = true;
    this.#wakeUp?.();
  }

  /** One batch is one transaction, so the head of any track it touched tells for all. A service that stops asks once. */
  async #wasKept(batches: readonly TrackBatch[], doubt: Error): Promise<boolean> {
    const witness = batches.find((batch) => !batch.isEmpty);
    while (witness !== undefined) {
      try {
        const head = await this.parts.log.head(witness.track.name);
        return head?.position === witness.lastPosition;
      } catch {
        this.#begin(doubt);
        if (this.#givenUp) return false;
        await this.#wait(STORAGE_RETRY_MS_MIN);
      }
    }
    return false;
  }

  #begin(error: Error): void {
    if (this.#outage !== null) return;
    this.#outage = { error, since: this.parts.time.now() };
    this.onOutage();
    this.parts.listener.storageFailed?.(error);
  }

  #end(): void {
    const gapMs = this.#gapMs();
    this.#outage = null;
    this.parts.listener.storageRecovered?.(gapMs);
  }

  #gapMs(): number {
    return this.#outage === null ? 0 : this.parts.time.now() - this.#outage.since;
  }

  async #isUsable(): Promise<boolean> {
    if (this.#givenUp) return false;
    try {
      await this.parts.tracks.restoreDiscarded();
      return true;
    } catch {
      return false;
    }
  }

  /** The smallest track goes first: should the storage still fail, little must be rebuilt. */
  async #recordGap(): Promise<boolean> {
    const gapMs = this.#gapMs();
    const tracks = [...this.parts.tracks.all()].sort((one, other) => one.tree.size - other.tree.size);
    const [probe, ...others] = tracks;
    if (probe === undefined) return true;
    return (
      (await this.#recordGapIn([probe], gapMs)) && (others.length === 0 || (await this.#recordGapIn(others, gapMs)))
    );
  }

  async #recordGapIn(tracks: readonly LiveTrack[], gapMs: number): Promise<boolean> {
    const batches = tracks.map((track) => new TrackBatch(track));
    const nowMs = this.parts.time.now();
    for (const batch of batches)
      decide(batch.track.tree, { type: 'Recover', reason: 'storage', gapMs }, nowMs, batch.record);
    const failure = await this.append(batches, () => undefined);
    if (failure !== null) {
      this.parts.tracks.discard(tracks);
      return false;
    }
    this.parts.listener.committed?.(batches, { latencyMs: 0, commands: 0, topologyEvents: batches.length, pulses: 0 });
    for (const batch of batches) batch.release();
    return true;
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.parts.clock.after(delayMs, resolve);
      this.#wakeUp = () => {
        cancel();
        resolve();
      };
    });
  }
}

import { AppendFailedError, type EventLog, type LogBatch, type LogGauges, type TrackHead } from './event-log.js';

/**
 * A log that takes no append while somebody says why not. A refused append is an outage like a full disk: commands are answered
 * `storage_unavailable`, nobody is blamed for it, and the writer tries again by itself.
 */
export class GuardedEventLog implements EventLog {
  /** @param refusal says why nothing may be appended now; null when it may. */
  constructor(
    private readonly log: EventLog,
    private readonly refusal: () => string | null,
  ) {}

  async append(batch: LogBatch): Promise<void> {
    const reason = this.refusal();
    if (reason !== null) throw new AppendFailedError(reason);
    await this.log.append(batch);
  }

  openHeads(): Promise<TrackHead[]> {
    return this.log.openHeads();
  }

  head(track: string): Promise<TrackHead | null> {
    return this.log.head(track);
  }

  gauges(): Promise<LogGauges> {
    return this.log.gauges();
  }

  moveNamesOut(): Promise<boolean> {
    return this.log.moveNamesOut();
  }

  close(): Promise<void> {
    return this.log.close();
  }
}

import type { RecordedTopologyEvent } from '../../domain/events.js';
import { SqliteEventLog } from '../../event-log/sqlite-event-log.js';
import { RUN_START_MS } from '../../simulator/simulation.js';

/** Topology events one commit takes. */
const EVENTS_PER_COMMIT = 1_000;

/** Writes runs as tracks of a normal data directory. */
export class RunLog {
  #events: RecordedTopologyEvent[] = [];
  #isOpen = true;

  private constructor(private readonly log: SqliteEventLog) {}

  /** A simulated log can be made again at any time, so its commits don't wait for the disk. */
  static async open(dataDir: string): Promise<RunLog> {
    return new RunLog(await SqliteEventLog.open({ dataDir, durability: 'normal', nowMs: RUN_START_MS }));
  }

  async has(track: string): Promise<boolean> {
    return (await this.log.head(track)) !== null;
  }

  take(event: RecordedTopologyEvent): void {
    this.#events.push(event);
  }

  /** Appends to the track all that was taken since the last time. */
  async flush(track: string): Promise<void> {
    const events = this.#events;
    this.#events = [];
    for (let at = 0; at < events.length; at += EVENTS_PER_COMMIT) {
      const page = events.slice(at, at + EVENTS_PER_COMMIT);
      const previousPosition = (page[0]?.position ?? 1) - 1;
      for (const { type } of page) {
        if (type === 'TrackOpened') this.#isOpen = true;
        else if (type === 'TrackClosed') this.#isOpen = false;
      }
      const runs = [{ kind: 'topology', events: page }] as const;
      await this.log.append([{ track, previousPosition, runs, open: this.#isOpen }]);
    }
  }

  close(): Promise<void> {
    return this.log.close();
  }
}

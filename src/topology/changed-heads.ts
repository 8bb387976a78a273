import type { Clock } from '../clock.js';
import type { EventLog, TrackHead } from '../event-log/event-log.js';
import type { TrackChanges } from './batch.js';
import { HEADS_LOGGED_EVERY_MS, HEADS_PER_LINE_MAX } from './limits.js';

/**
 * Hands out the heads of the tracks that changed, once a minute, so that a copy of them can be kept where the log is not: a
 * log rewritten together with its own heads is found out by such a copy alone.
 */
export class ChangedHeads {
  readonly #changed = new Set<string>();
  #cancel: (() => void) | null = null;

  constructor(
    private readonly log: EventLog,
    private readonly clock: Clock,
    private readonly onHeads: (heads: readonly TrackHead[]) => void,
  ) {}

  start(): void {
    this.#cancel = this.clock.after(HEADS_LOGGED_EVERY_MS, () => {
      void this.flush();
      this.start();
    });
  }

  committed(changes: readonly TrackChanges[]): void {
    for (const { track } of changes) this.#changed.add(track.name);
  }

  stop(): void {
    this.#cancel?.();
  }

  /** Hands out what changed since the last time; a log that cannot be read now is asked again a minute later. */
  async flush(): Promise<void> {
    const names = [...this.#changed];
    this.#changed.clear();
    for (let from = 0; from < names.length; from += HEADS_PER_LINE_MAX) {
      const page = names.slice(from, from + HEADS_PER_LINE_MAX);
      try {
        const heads = await Promise.all(page.map((name) => this.log.head(name)));
        this.onHeads(heads.filter((head) => head !== null));
      } catch {
        for (const name of page) this.#changed.add(name);
      }
    }
  }
}

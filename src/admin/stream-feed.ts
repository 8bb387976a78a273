import { isAtOrBehind, isSamePlace, type StreamCursor } from '../history/stream-cursor.js';
import type { StreamPage } from '../history/history-request.js';
import { RECENT_CHARACTERS_MAX, RECENT_PAGES_MAX } from './stream-limits.js';

export interface FeedParts {
  /** The next stretch of the log behind a place. */
  readonly read: (after: StreamCursor) => Promise<StreamPage>;
  /** Runs a task a moment later. */
  readonly pause: (task: () => void) => void;
}

/**
 * Follows the end of the log once for all readers, while there are any, and keeps the latest pages. The log is read after each commit, so
 * what a reader gets is what is durable, in the order in which it became so.
 */
export class StreamFeed {
  readonly #pages: StreamPage[] = [];
  #characters = 0;
  /** Up to where the log was read; null while it is not followed. */
  #end: StreamCursor | null = null;
  #isReading = false;
  #isStale = false;
  readonly #readers = new Set<() => void>();

  constructor(private readonly parts: FeedParts) {}

  /** @param wake called when there may be something new. */
  join(wake: () => void): void {
    this.#readers.add(wake);
  }

  leave(wake: () => void): void {
    this.#readers.delete(wake);
    if (this.#readers.size === 0) this.#forget();
  }

  /** Begins to follow the log from a place near its end, unless that goes on already. */
  follow(cursor: StreamCursor): void {
    if (this.#end !== null || this.#readers.size === 0) return;
    this.#end = cursor;
    this.committed();
  }

  /** Something became durable. */
  committed(): void {
    if (this.#end === null) return;
    this.#isStale = true;
    if (!this.#isReading) void this.#catchUp();
  }

  /** Whether everything that was committed has been read. */
  get isUpToDate(): boolean {
    return this.#end === null || !(this.#isStale || this.#isReading);
  }

  /** The page that goes on behind a place; `end` when there is nothing yet, `older` when the log has to be asked. */
  pageBehind(cursor: StreamCursor): StreamPage | 'end' | 'older' {
    if (this.#end === null) return 'older';
    if (isAtOrBehind(cursor, this.#end)) return 'end';
    const index = this.#pages.findLastIndex(({ after }) => isAtOrBehind(cursor, after));
    return this.#pages[index] ?? 'older';
  }

  async #catchUp(): Promise<void> {
    this.#isReading = true;
    try {
      while (this.#isStale && this.#end !== null) {
        this.#isStale = false;
        const page = await this.parts.read(this.#end);
        if (!page.isEnd) this.#isStale = true;
        this.#take(page);
        if (this.#isStale) await new Promise<void>((resolve) => this.parts.pause(resolve));
      }
    } catch {
      // Readers read for themselves then, and hear what is wrong if that is in what they want.
      this.#forget();
    }
    this.#isReading = false;
    this.#wakeAll();
    if (this.#isStale) this.committed();
  }

  #take(page: StreamPage): void {
    // Everybody left meanwhile, or it was begun anew elsewhere.
    if (this.#end === null || !isSamePlace(this.#end, page.after) || isSamePlace(page.next, page.after)) return;
    this.#end = page.next;
    this.#pages.push(page);
    this.#characters += charactersOf(page);
    while (this.#pages.length > RECENT_PAGES_MAX || this.#characters > RECENT_CHARACTERS_MAX) {
      const oldest = this.#pages.shift();
      if (oldest === undefined) break;
      this.#characters -= charactersOf(oldest);
    }
    this.#wakeAll();
  }

  #forget(): void {
    this.#end = null;
    this.#isStale = false;
    this.#pages.length = 0;
    this.#characters = 0;
  }

  #wakeAll(): void {
    for (const wake of this.#readers) wake();
  }
}

function charactersOf({ entries }: StreamPage): number {
  return entries.reduce((sum, { line }) => sum + line.length, 0);
}

import { HistoryFault, type StreamEntry, type StreamFilter, type StreamPage } from '../history/history-request.js';
import { cursorText, isAtOrBehind, type StreamCursor } from '../history/stream-cursor.js';
import type { StreamFeed } from './stream-feed.js';
import { KEEP_ALIVE_MS, SLOW_READER_MS } from './stream-limits.js';

/** Where a reader's events go: an HTTP response, as far as it is needed. */
export interface StreamSink {
  readonly writableNeedDrain: boolean;
  readonly closed: boolean;
  write(text: string): boolean;
  end(): void;
  destroy(): void;
  on(event: 'drain' | 'close', listener: () => void): unknown;
}

/** Why the service ends a stream. */
export type StreamEndCode = 'slow_reader' | 'shutting_down' | 'damaged_log' | 'history_failed';

export interface ReaderParts {
  readonly sink: StreamSink;
  readonly filter: StreamFilter;
  readonly feed: StreamFeed;
  /** The next stretch of the log behind a place. */
  readonly read: (after: StreamCursor, filter: StreamFilter) => Promise<StreamPage>;
  /** Milliseconds since some fixed moment. */
  readonly monotonicMs: () => number;
  /** Tells why a stretch could not be read. */
  readonly onFault: (error: unknown) => readonly [StreamEndCode, string];
}

/**
 * One reader of the stream. It is sent a page when its connection has taken the last one, so what waits for it in memory is one page,
 * however slow it is; who is slower than the audience falls back into the log and is served from there.
 */
export class StreamReader {
  #cursor: StreamCursor;
  #isOver = false;
  #isFinishing = false;
  #lastWriteAt: number;
  #blockedSince: number | null = null;
  #resume: (() => void) | null = null;
  readonly #wake = (): void => {
    const resume = this.#resume;
    this.#resume = null;
    resume?.();
  };

  constructor(
    private readonly parts: ReaderParts,
    from: StreamCursor,
  ) {
    this.#cursor = from;
    this.#lastWriteAt = parts.monotonicMs();
    const { sink, feed } = parts;
    sink.on('drain', this.#wake);
    sink.on('close', () => {
      this.#isOver = true;
      this.#wake();
    });
    feed.join(this.#wake);
  }

  /** Sends events as they come, until the reader goes away or is ended. Throws only what nobody expected. */
  async run(): Promise<void> {
    try {
      while (!this.#over()) await this.#next();
    } catch (error) {
      this.end(...this.parts.onFault(error));
    } finally {
      this.parts.feed.leave(this.#wake);
    }
  }

  /** Lets the reader have what is there, and then ends it. */
  finish(): void {
    this.#isFinishing = true;
    this.#wake();
  }

  /** @returns whether the reader was dropped because it does not read. */
  tick(): boolean {
    const nowMs = this.parts.monotonicMs();
    if (this.#isOver) return false;
    this.#wake();
    if (this.#blockedSince !== null) {
      if (nowMs - this.#blockedSince < SLOW_READER_MS) return false;
      this.end('slow_reader', 'events were not read for too long; come back with the last event id');
      return true;
    }
    // The id lets a reader whose filter lets nothing through come back near the end of the log.
    if (nowMs - this.#lastWriteAt >= KEEP_ALIVE_MS) this.#write(`: keep-alive\nid: ${cursorText(this.#cursor)}\n\n`);
    return false;
  }

  /** Ends the stream and says why, in an event of the type `end`. */
  end(code: StreamEndCode, reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#write(`event: end\ndata: ${JSON.stringify({ code, reason })}\n\n`);
    this.parts.sink.end();
    this.#wake();
  }

  async #next(): Promise<void> {
    const { feed, filter, read } = this.parts;
    const page = feed.pageBehind(this.#cursor);
    if (page === 'end') {
      if (this.#isFinishing && feed.isUpToDate)
        this.end('shutting_down', 'the service stops; come back with the last event id');
      else await this.#rest();
      return;
    }
    if (page !== 'older') return this.#send(page);
    const own = await this.#readOwn(() => read(this.#cursor, filter));
    if (own === null) return;
    await this.#send(own);
    if (own.isEnd) feed.follow(this.#cursor);
  }

  /** @returns null when too many wanted to read; by then it is time to try again. */
  async #readOwn(read: () => Promise<StreamPage>): Promise<StreamPage | null> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof HistoryFault) || error.code !== 'busy') throw error;
      await this.#rest();
      return null;
    }
  }

  async #send({ entries, next }: StreamPage): Promise<void> {
    let text = '';
    for (const entry of entries) {
      if (this.#isWanted(entry)) text += `id: ${cursorText(entry.cursor)}\ndata: ${entry.line}\n\n`;
    }
    this.#cursor = next;
    if (text === '' || this.#isOver) return;
    this.#write(text);
    this.#blockedSince = this.parts.monotonicMs();
    while (this.parts.sink.writableNeedDrain && !this.#over()) await this.#rest();
    this.#blockedSince = null;
  }

  /** A shared page may begin before the reader's place, and holds what others want. */
  #isWanted({ cursor, track, type }: StreamEntry): boolean {
    const { tracks, types } = this.parts.filter;
    if (isAtOrBehind(this.#cursor, cursor)) return false;
    return (tracks === null || tracks.has(track)) && (types === null || types.has(type));
  }

  #write(text: string): void {
    this.#lastWriteAt = this.parts.monotonicMs();
    this.parts.sink.write(text);
  }

  // A method, because it changes while others are awaited.
  #over(): boolean {
    return this.#isOver;
  }

  #rest(): Promise<void> {
    return new Promise((resolve) => {
      this.#resume = resolve;
    });
  }
}

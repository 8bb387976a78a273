import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../clock.js';
import { CONFIG, type Config } from '../config.js';
import { HistoryFault, type StreamFilter, type StreamPage } from '../history/history-request.js';
import { HistoryPool } from '../history/history-pool.js';
import { cursorText, type StreamCursor } from '../history/stream-cursor.js';
import { TOPOLOGY_TYPES, wantsPulses } from '../history/stream-page.js';
import { TopologyService } from '../topology/topology-service.js';
import { Problem } from './problem.js';
import { StreamFeed } from './stream-feed.js';
import { END_GRACE_MS, FEED_PAUSE_MS, READERS_TICK_MS, RETRY_MS } from './stream-limits.js';
import { type StreamEndCode, StreamReader, type StreamSink } from './stream-reader.js';

/** A response whose head can be sent. */
export interface StreamResponse extends StreamSink {
  writeHead(status: number, headers: Record<string, string>): unknown;
}

const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store',
  // Proxies of this kind would collect events into pages.
  'X-Accel-Buffering': 'no',
};

/** The readers of the event stream. */
@Injectable()
export class EventStreams {
  /** Readers dropped because they did not read. */
  dropped = 0;
  readonly #readers = new Map<StreamReader, StreamSink>();
  #opening = 0;
  #isClosing = false;
  #isTicking = false;
  /** Heartbeats are most of a log: they are read only while somebody wants them. */
  readonly #everything: StreamFeed;
  readonly #topologyOnly: StreamFeed;

  constructor(
    @Inject(HistoryPool) private readonly history: HistoryPool,
    @Inject(TopologyService) topology: TopologyService,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.#everything = this.#feedOf({ tracks: null, types: null });
    this.#topologyOnly = this.#feedOf({ tracks: null, types: TOPOLOGY_TYPES });
    topology.listen({
      committed: () => {
        this.#everything.committed();
        this.#topologyOnly.committed();
      },
    });
  }

  get size(): number {
    return this.#readers.size;
  }

  /**
   * Sends committed events to `sink` as they come, and resolves when the reader is gone.
   *
   * @param from where the reader was; null begins with the next commit.
   * @throws Problem `busy` when there are too many readers, `shutting_down`; HistoryFault `unknown_stream_position`. Nothing is
   * sent then.
   */
  async open(sink: StreamResponse, filter: StreamFilter, from: StreamCursor | null): Promise<void> {
    if (this.#isClosing) throw new Problem('shutting_down', 'the service is shutting down; come back in a moment');
    if (this.size + this.#opening >= this.config.streamReadersMax)
      throw new Problem('busy', `the stream has its limit of ${String(this.config.streamReadersMax)} readers`);
    this.#opening += 1;
    let start: StreamCursor;
    try {
      start = await this.history.ask({ kind: 'stream-start', cursor: from });
    } finally {
      this.#opening -= 1;
    }
    if (sink.closed) return;
    sink.writeHead(200, HEADERS);
    // With an id before the first event, who is cut off before it misses nothing either.
    sink.write(`retry: ${String(RETRY_MS)}\nid: ${cursorText(start)}\n\n`);
    await this.#serve(sink, filter, start);
  }

  /** Gives every reader what is durable, tells it that the service stops, and resolves when all are gone. To be called when nothing more is committed. */
  async close(): Promise<void> {
    this.#isClosing = true;
    const { clock } = this;
    for (const reader of this.#readers.keys()) reader.finish();
    const deadline = clock.monotonicMs() + END_GRACE_MS;
    while (this.size > 0 && clock.monotonicMs() < deadline) await this.#passed(FEED_PAUSE_MS, clock);
    for (const sink of this.#readers.values()) sink.destroy();
  }

  async #serve(sink: StreamSink, filter: StreamFilter, start: StreamCursor): Promise<void> {
    const reader = new StreamReader(
      {
        sink,
        filter,
        feed: wantsPulses(filter) ? this.#everything : this.#topologyOnly,
        read: (after, wanted) => this.#read(after, wanted),
        monotonicMs: () => this.clock.monotonicMs(),
        onFault: endOfFault,
      },
      start,
    );
    this.#readers.set(reader, sink);
    this.#tickSoon();
    if (this.#isClosing) reader.finish();
    try {
      await reader.run();
    } finally {
      this.#readers.delete(reader);
      if (!sink.closed) this.#seeOut(sink);
    }
  }

  /** Who does not even read its end is cut off. */
  #seeOut(sink: StreamSink): void {
    const cancel = this.clock.after(END_GRACE_MS, () => {
      sink.destroy();
    });
    sink.on('close', cancel);
  }

  #tickSoon(): void {
    if (this.#isTicking) return;
    this.#isTicking = true;
    this.clock.after(READERS_TICK_MS, () => {
      this.#isTicking = false;
      for (const reader of this.#readers.keys()) if (reader.tick()) this.dropped += 1;
      if (this.size > 0) this.#tickSoon();
    });
  }

  #feedOf(filter: StreamFilter): StreamFeed {
    return new StreamFeed({
      read: (after) => this.#read(after, filter),
      pause: (task) => {
        this.clock.after(FEED_PAUSE_MS, task);
      },
    });
  }

  #read(after: StreamCursor, filter: StreamFilter): Promise<StreamPage> {
    return this.history.ask({ kind: 'stream', after, filter });
  }

  #passed(ms: number, clock: Clock): Promise<void> {
    return new Promise((resolve) => {
      clock.after(ms, resolve);
    });
  }
}

function endOfFault(error: unknown): readonly [StreamEndCode, string] {
  if (!(error instanceof HistoryFault)) throw error;
  const { code, message } = error;
  if (code === 'damaged_log' || code === 'shutting_down') return [code, message];
  return ['history_failed', message];
}

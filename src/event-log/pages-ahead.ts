import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import type { Position } from '../domain/ids.js';
import type { CheckedPage } from './event-page.js';
import type { SegmentReader } from './segment-reader.js';
import { identitiesOfColumns, type IdentityColumns, type IdentityRow } from './stored-cells.js';
import { PageRows } from './page-rows.js';
import { eventPagesOf, type RowsPage, type StoredRange } from './stored-rows.js';

/** Positions that are worth a second thread: fewer are read before it has begun. */
export const POSITIONS_WORTH_A_THREAD = 50_000;
const PAGE_WAIT_MS = 5_000;
/** Pages that wait to be taken at most, and how few are left when more are read. */
export const PAGES_WAITING_MAX = 8;
const PAGES_LEFT = 3;

/** Numbers that both threads see. Whoever counts pages wakes the other thread; the last one is 1 while the thread listens. */
export const WANTED_RANGE = 0;
export const PAGES_SENT = 1;
export const PAGES_TAKEN = 2;
export const IS_READY = 3;
const SHARED_NUMBERS = 4;

/** What the thread is started with. */
export interface PagesAheadWorkerData {
  readonly pages: MessagePort;
  readonly shared: Int32Array<SharedArrayBuffer>;
}

/** A part of one track in one file. It is wanted as long as `WANTED_RANGE` is its number. */
export interface WantedRange {
  readonly number: number;
  readonly file: string;
  readonly range: StoredRange;
}

/** A page of a range, with what the file holds of the names of those who join in it; null in place of one that could not be read. */
export interface PageAhead {
  readonly number: number;
  readonly page: CheckedPage | null;
  readonly names: IdentityColumns | null;
}

/**
 * Topology rows read by a thread of their own while this one works on those before. A replay is synchronous, so this thread sleeps until
 * the next page is there. Whatever does not come is read here, where a fault of the log is met again and told: nothing depends on the
 * other thread but time.
 *
 * For programs that do nothing else meanwhile. Where sockets are served the second core is theirs.
 */
export class PagesAhead {
  readonly #workerUrl: URL;
  readonly #pageWaitMs: number;
  #thread: ReadingThread | null = null;
  #isGivenUp = false;

  /**
   * @param workerUrl the compiled worker; default is the one beside this file.
   * @param pageWaitMs without a page after which the thread is given up.
   */
  constructor(workerUrl = new URL('./pages-ahead-worker.js', import.meta.url), pageWaitMs = PAGE_WAIT_MS) {
    this.#workerUrl = workerUrl;
    this.#pageWaitMs = pageWaitMs;
  }

  /** The rows of a part of one track, for decoding, in order, a page at a time. */
  *pagesOf(segment: SegmentReader, range: StoredRange): Generator<RowsPage, void> {
    const thread = range.until - range.after < POSITIONS_WORTH_A_THREAD ? null : this.#begun();
    let after: Position | null = range.after;
    let asked: number | null = null;
    try {
      for (const page of eventPagesOf(segment, range)) {
        after = page.rows.end;
        // The thread takes some pages' time to begin, and a page's time to open the file.
        if (after !== null && thread?.isReady === true) asked = thread.ask(segment.file, { ...range, after });
        yield page;
        if (asked !== null) break;
      }
      if (thread === null || asked === null) return;
      for (const page of thread.pages(asked)) {
        after = page.rows.end;
        yield page;
      }
    } finally {
      if (asked !== null) thread?.forget(asked);
    }
    if (thread === this.#thread && !thread.isReady) this.#giveUp();
    if (after !== null) yield* eventPagesOf(segment, { ...range, after });
  }

  /** Ends the thread; the next long range begins another one. */
  close(): void {
    this.#thread?.end();
    this.#thread = null;
  }

  #begun(): ReadingThread | null {
    if (this.#isGivenUp) return null;
    try {
      this.#thread ??= new ReadingThread(this.#workerUrl, this.#pageWaitMs);
    } catch {
      // A process may have as many threads as it is allowed.
      this.#isGivenUp = true;
    }
    return this.#thread;
  }

  #giveUp(): void {
    this.#isGivenUp = true;
    this.close();
  }
}

/** The thread as this one sees it. It reads one range at a time, the one that was asked for last. */
class ReadingThread {
  readonly #shared = new Int32Array(new SharedArrayBuffer(SHARED_NUMBERS * Int32Array.BYTES_PER_ELEMENT));
  readonly #pages: MessagePort;
  readonly #worker: Worker;

  constructor(
    workerUrl: URL,
    private readonly pageWaitMs: number,
  ) {
    const { port1, port2 } = new MessageChannel();
    this.#pages = port1;
    const workerData: PagesAheadWorkerData = { pages: port2, shared: this.#shared };
    this.#worker = new Worker(workerUrl, { workerData, transferList: [port2] });
    // What it fails at is met again here.
    this.#worker.on('error', () => undefined);
    this.#worker.unref();
  }

  /** Whether it listens: not before it has begun, and no more when it has ended or was waited for in vain. */
  get isReady(): boolean {
    return Atomics.load(this.#shared, IS_READY) === 1;
  }

  /** Asks for a range in place of the one before. @returns its number. */
  ask(file: string, range: StoredRange): number {
    const number = this.#wantNext();
    const wanted: WantedRange = { number, file, range };
    this.#worker.postMessage(wanted);
    return number;
  }

  /** The pages of the range, as far as they come: another one may be asked for in between. */
  *pages(number: number): Generator<RowsPage, void> {
    for (let next = this.#next(number); next !== null && next.page !== null; next = this.#next(number))
      yield { rows: new PageRows(next.page), names: namesIn(next.names) };
  }

  /** Nobody wants the rest of the range. */
  forget(number: number): void {
    if (this.#isWanted(number)) this.#wantNext();
  }

  end(): void {
    Atomics.store(this.#shared, IS_READY, 0);
    void this.#worker.terminate();
    this.#pages.close();
  }

  /** The thread lets go of the file of the range before. */
  #wantNext(): number {
    const number = Atomics.add(this.#shared, WANTED_RANGE, 1) + 1;
    Atomics.notify(this.#shared, PAGES_TAKEN);
    return number;
  }

  #isWanted(number: number): boolean {
    return Atomics.load(this.#shared, WANTED_RANGE) === number;
  }

  /** To wake a thread takes longer than to take a page, so it is woken for some pages at once. */
  #taken(): void {
    const taken = Atomics.add(this.#shared, PAGES_TAKEN, 1) + 1;
    if (Atomics.load(this.#shared, PAGES_SENT) - taken === PAGES_LEFT) Atomics.notify(this.#shared, PAGES_TAKEN);
  }

  #next(number: number): PageAhead | null {
    while (this.isReady && this.#isWanted(number)) {
      const sent = Atomics.load(this.#shared, PAGES_SENT);
      const received = receiveMessageOnPort(this.#pages) as { message: PageAhead } | undefined;
      if (received === undefined) {
        if (Atomics.wait(this.#shared, PAGES_SENT, sent, this.pageWaitMs) !== 'timed-out') continue;
        Atomics.store(this.#shared, IS_READY, 0);
        return null;
      }
      this.#taken();
      if (received.message.number === number) return received.message;
    }
    return null;
  }
}

/** Names that cannot be read are left to be read here, where the file they stand in is named. */
function namesIn(columns: IdentityColumns | null): IdentityRow[] | null {
  try {
    return columns === null ? null : identitiesOfColumns(columns);
  } catch {
    return null;
  }
}

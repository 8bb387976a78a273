import { parentPort, workerData } from 'node:worker_threads';
import { endOfEventPage, type EventPage } from './event-columns.js';
import {
  IS_READY,
  PAGES_SENT,
  PAGES_TAKEN,
  PAGES_WAITING_MAX,
  WANTED_RANGE,
  type PageAhead,
  type PagesAheadWorkerData,
  type WantedRange,
} from './pages-ahead.js';
import { SegmentReader } from './segment-reader.js';
import { pagesInOrder } from './stored-rows.js';

/** The thread that reads the pages of a range while another one replays those before. */
const port = parentPort;
if (port === null) throw new Error('pages-ahead-worker runs as a worker thread only');

/** A range may be forgotten just before this thread falls asleep; its file is not to be held for long. */
const LOOK_AGAIN_MS = 1_000;
const { pages, shared } = workerData as PagesAheadWorkerData;

port.on('message', ({ number, file, range }: WantedRange) => {
  const segment = new SegmentReader(file);
  try {
    for (const page of pagesInOrder((at) => segment.eventPage(at), endOfEventPage, range)) {
      waitForRoom(number);
      if (!isWanted(number)) return;
      send(number, page);
    }
    // What is behind the last page is nothing, and to be told as well.
    send(number, null);
  } catch {
    send(number, null);
  } finally {
    segment.release();
  }
});

Atomics.store(shared, IS_READY, 1);
process.once('exit', () => {
  Atomics.store(shared, IS_READY, 0);
  Atomics.notify(shared, PAGES_SENT);
});

function isWanted(number: number): boolean {
  return Atomics.load(shared, WANTED_RANGE) === number;
}

function waitForRoom(number: number): void {
  for (;;) {
    const taken = Atomics.load(shared, PAGES_TAKEN);
    const waiting = Atomics.load(shared, PAGES_SENT) - taken;
    if (waiting < PAGES_WAITING_MAX || !isWanted(number)) return;
    Atomics.wait(shared, PAGES_TAKEN, taken, LOOK_AGAIN_MS);
  }
}

/** The message first: whoever is woken finds it there. */
function send(number: number, page: EventPage | null): void {
  const message: PageAhead = { number, page };
  pages.postMessage(message, page === null ? [] : [page.numbers.buffer]);
  Atomics.add(shared, PAGES_SENT, 1);
  Atomics.notify(shared, PAGES_SENT);
}

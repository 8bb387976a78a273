import { parentPort, workerData } from 'node:worker_threads';
import { endOfEventPage, endsOfJoins, type EventPage } from './event-page.js';
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
import type { IdentityColumns } from './stored-cells.js';
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
      const names = namesOf(segment, range.trackId, page);
      waitForRoom(number);
      if (!isWanted(number)) return;
      send({ number, page, names });
    }
    // What is behind the last page is nothing, and to be told as well.
    send({ number, page: null, names: null });
  } catch {
    send({ number, page: null, names: null });
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

/** Those of them that stand in the segment: others are in a file that only the other thread knows. */
function namesOf(segment: SegmentReader, trackId: number, page: EventPage): IdentityColumns | null {
  const ends = endsOfJoins(page);
  if (ends === null) return null;
  const after = ends.first - 1;
  return segment.identityColumnsIn({ trackId, after, until: ends.last, limit: ends.last - after }) ?? null;
}

/** The message first: whoever is woken finds it there. */
function send(message: PageAhead): void {
  pages.postMessage(message, message.page === null ? [] : [message.page.numbers.buffer]);
  Atomics.add(shared, PAGES_SENT, 1);
  Atomics.notify(shared, PAGES_SENT);
}

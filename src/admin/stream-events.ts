import { once } from 'node:events';
import type { Response } from 'express';
import { type EventPage, EVENTS_PER_PAGE_MAX } from '../history/history-request.js';
import type { EventsQuery } from './query.js';

/**
 * Sends events as NDJSON, one a line, page by page up to the end of the log or the limit asked for. A reader who is slow
 * holds back his own pages only; one who goes away ends the reading.
 */
export async function streamEvents(
  response: Response,
  wanted: EventsQuery,
  page: (after: number, limit: number) => Promise<EventPage>,
): Promise<void> {
  let left = wanted.limit ?? Infinity;
  let after: number | null = wanted.after;
  let first = await page(after, Math.min(left, EVENTS_PER_PAGE_MAX));
  response.type('application/x-ndjson');
  for (;;) {
    for (const line of first.lines) response.write(`${line}\n`);
    left -= first.lines.length;
    after = first.nextAfter;
    if (after === null || left <= 0 || response.closed) break;
    if (response.writableNeedDrain) await Promise.race([once(response, 'drain'), once(response, 'close')]);
    first = await page(after, Math.min(left, EVENTS_PER_PAGE_MAX));
  }
  response.end();
}

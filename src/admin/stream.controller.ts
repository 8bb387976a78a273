import { Controller, Get, Headers, Inject, Query, Res, UseGuards } from '@nestjs/common';
import type { HttpResponse } from './http-message.js';
import { parseCursor, type StreamCursor } from '../history/stream-cursor.js';
import { AdminGuard } from './admin-guard.js';
import { EventStreams } from './event-streams.js';
import { Problem } from './problem.js';
import { parseStreamQuery } from './query.js';

/** Committed events as they happen, as server-sent events. */
@Controller('api/v1/stream')
@UseGuards(AdminGuard)
export class StreamController {
  constructor(@Inject(EventStreams) private readonly streams: EventStreams) {}

  @Get()
  async stream(
    @Query() query: unknown,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Res() response: HttpResponse,
  ): Promise<void> {
    const { track, type, last_event_id: asked } = parseStreamQuery(query);
    const filter = {
      tracks: track === undefined ? null : new Set(track),
      types: type === undefined ? null : new Set(type),
    };
    // A browser sends the header when it comes back, with the address it was first given: the header knows better.
    await this.streams.open(response, filter, cursorOf(lastEventId ?? asked));
  }
}

/** An empty id is what a browser has that was sent none. */
function cursorOf(text: string | undefined): StreamCursor | null {
  if (text === undefined || text === '') return null;
  const cursor = parseCursor(text);
  if (cursor === null) throw new Problem('invalid_query', 'Last-Event-ID: not an id of this stream, nor 0');
  return cursor;
}

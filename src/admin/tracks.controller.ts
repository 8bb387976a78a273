import { Controller, Get, HttpCode, Inject, Param, Post, Query, Req, Res, UseGuards } from '@nestjs/common';
import type { HttpRequest, HttpResponse } from './http-message.js';
import type { Outcome, TopologyCommand } from '../domain/commands.js';
import { settingsJson, type SettingsJson } from '../history/event-json.js';
import { HistoryPool } from '../history/history-pool.js';
import { TopologyService } from '../topology/topology-service.js';
import { AdminGuard } from './admin-guard.js';
import { Problem } from './problem.js';
import { checkPeerId, checkTrack, EVENTS_PER_PAGE_DEFAULT, parseEventsQuery, parseTracksQuery } from './query.js';
import { CACHE_PAST, CACHE_PRESENT } from './send-document.js';
import { streamEvents } from './stream-events.js';

/** A track in figures, now. */
export interface TrackJson {
  track: string;
  open: boolean;
  position: number;
  recorded_at: number;
  peer_count: number;
  root_count: number;
  waiting_count: number;
  /** The rules in force; null for a track that is closed or stopped. */
  settings: SettingsJson | null;
}

@Controller('api/v1/tracks')
@UseGuards(AdminGuard)
export class TracksController {
  constructor(
    @Inject(TopologyService) private readonly topology: TopologyService,
    @Inject(HistoryPool) private readonly history: HistoryPool,
  ) {}

  @Get()
  async tracks(@Query() query: unknown): Promise<{ tracks: TrackJson[]; next_after: string | null }> {
    const { after = '', limit } = parseTracksQuery(query);
    const { heads, nextAfter } = await this.history.ask({ kind: 'heads', after, limit });
    return {
      next_after: nextAfter,
      tracks: heads.map(({ track, open, position, recordedAt }) => {
        const tree = this.topology.tracks.get(track)?.tree;
        return {
          track,
          open,
          position,
          recorded_at: recordedAt,
          peer_count: tree?.size ?? 0,
          root_count: tree?.rootCount ?? 0,
          waiting_count: tree === undefined ? 0 : tree.size - tree.placedCount,
          settings: tree?.settings ? settingsJson(tree.settings) : null,
        };
      }),
    };
  }

  @Get(':track/events')
  async events(
    @Param('track') track: string,
    @Query() query: unknown,
    @Req() request: HttpRequest,
    @Res() response: HttpResponse,
  ): Promise<void> {
    const wanted = parseEventsQuery(query);
    const page = (after: number, limit: number) =>
      this.history.ask({
        kind: 'events',
        track: checkTrack(track),
        after,
        limit,
        types: wanted.type ?? null,
        peerId: wanted.peer ?? null,
      });
    if (request.accepts(['application/json', 'application/x-ndjson']) === 'application/x-ndjson') {
      await streamEvents(response, wanted, page);
      return;
    }
    const { lines, nextAfter } = await page(wanted.after, wanted.limit ?? EVENTS_PER_PAGE_DEFAULT);
    // A page with another behind it can never be another.
    response.vary('Accept').set('Cache-Control', nextAfter === null ? CACHE_PRESENT : CACHE_PAST);
    response.type('application/json').send(`{"events":[${lines.join(',')}],"next_after":${String(nextAfter)}}`);
  }

  @Post(':track/peers/:peer_id/kick')
  @HttpCode(200)
  kick(@Param('track') track: string, @Param('peer_id') peerId: string): Promise<{ ok: true; position: number }> {
    return this.#command(track, { type: 'Kick', peerId: checkPeerId(peerId) });
  }

  @Post(':track/peers/:peer_id/reassign')
  @HttpCode(200)
  reassign(@Param('track') track: string, @Param('peer_id') peerId: string): Promise<{ ok: true; position: number }> {
    return this.#command(track, { type: 'Reassign', peerId: checkPeerId(peerId) });
  }

  async #command(track: string, command: TopologyCommand): Promise<{ ok: true; position: number }> {
    const outcome: Outcome = await this.topology.writer.submit(checkTrack(track), command);
    if (!outcome.ok) throw Problem.ofRejection(outcome);
    return { ok: true, position: outcome.position };
  }
}

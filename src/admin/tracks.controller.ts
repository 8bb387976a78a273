import { Controller, Get, Header, HttpCode, Inject, Param, Post, Query, Req, Res, UseGuards } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Outcome, TopologyCommand } from '../domain/commands.js';
import { settingsJson, type SettingsJson } from '../history/event-json.js';
import { HistoryThread } from '../history/history-thread.js';
import { treeText } from '../history/tree-text.js';
import type { LiveTrack } from '../topology/live-track.js';
import { TopologyService } from '../topology/topology-service.js';
import { AdminGuard } from './admin-guard.js';
import { Problem } from './problem.js';
import { checkPeerId, checkTrack, EVENTS_PER_PAGE_DEFAULT, parseEventsQuery, parseTreeQuery } from './query.js';
import { streamEvents } from './stream-events.js';

/** Larger trees are answered by the history thread, which folds the log: hashing and writing them would delay heartbeats. */
export const LIVE_TREE_PEERS_MAX = 2_000;

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
    @Inject(HistoryThread) private readonly history: HistoryThread,
  ) {}

  @Get()
  async tracks(): Promise<{ tracks: TrackJson[] }> {
    const heads = await this.history.ask({ kind: 'heads' });
    return {
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

  @Get(':track/tree')
  @Header('Content-Type', 'application/json; charset=utf-8')
  async tree(@Param('track') track: string, @Query() query: unknown): Promise<string> {
    const { liveness } = parseTreeQuery(query);
    const live = await this.topology.writer.read(checkTrack(track), (found) => this.#liveTree(found, liveness));
    if (typeof live === 'string') return live;
    if (live !== null && 'code' in live) throw Problem.ofRejection(live);
    const position = live?.position ?? (await this.#headOf(track));
    return this.history.ask({ kind: 'tree', track, position, liveness });
  }

  @Get(':track/events')
  async events(
    @Param('track') track: string,
    @Query() query: unknown,
    @Req() request: Request,
    @Res() response: Response,
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

  /** @returns the answer itself, or where the history thread has to look; null for a track nobody is in. */
  #liveTree(live: LiveTrack | null, liveness: boolean): string | { position: number } | null {
    if (live === null) return null;
    const { name, tree } = live;
    if (tree.size > LIVE_TREE_PEERS_MAX) return { position: tree.position };
    const view = liveness ? { liveness: live.liveness, atMs: this.topology.time.now() } : null;
    return treeText(name, tree, tree.position, tree.recordedAt, view);
  }

  async #headOf(track: string): Promise<number> {
    const heads = await this.history.ask({ kind: 'heads' });
    const head = heads.find((candidate) => candidate.track === track);
    if (head === undefined) throw new Problem('unknown_track', `the log has no track ${track}`);
    return head.position;
  }
}

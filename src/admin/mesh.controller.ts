import { Controller, Get, Inject, Query, Res, UseGuards } from '@nestjs/common';
import type { HttpResponse } from './http-message.js';
import { HistoryPool } from '../history/history-pool.js';
import { type MeshJson, meshJson, type MeshPart, meshPart } from '../history/mesh-json.js';
import { TopologyService } from '../topology/topology-service.js';
import { AdminGuard } from './admin-guard.js';
import { askedMomentOf, isStableMoment } from './asked-moment.js';
import { Problem } from './problem.js';
import { parseMeshQuery } from './query.js';
import { CACHE_PRESENT, sendDocument } from './send-document.js';

const NOBODY: MeshPart = { relayed: 0, peers: [] };

/** The question LVQR operators already ask: who is in the mesh, over all tracks or in one, now or at a moment of the past. */
@Controller('api/v1/mesh')
@UseGuards(AdminGuard)
export class MeshController {
  constructor(
    @Inject(TopologyService) private readonly topology: TopologyService,
    @Inject(HistoryPool) private readonly history: HistoryPool,
  ) {}

  @Get()
  async mesh(@Query() query: unknown, @Res() response: HttpResponse): Promise<void> {
    const { track, at } = parseMeshQuery(query);
    if (at === undefined) {
      response.set('Cache-Control', CACHE_PRESENT).json(await this.#now(track ?? null));
      return;
    }
    const nowMs = this.topology.time.now();
    const asked = askedMomentOf(at, 'at', nowMs);
    if (!('timeMs' in asked)) throw new Problem('invalid_time', 'at: tracks count their own positions; name a time');
    const about = { kind: 'mesh', track: track ?? null, timeMs: asked.timeMs, nowMs } as const;
    sendDocument(response, await this.history.ask(about), isStableMoment(at));
  }

  async #now(track: string | null): Promise<MeshJson> {
    const names = track === null ? [...this.topology.tracks.all()].map((live) => live.name) : [track];
    const parts: MeshPart[] = [];
    for (const name of names) {
      const part = await this.topology.writer.read(name, (live) =>
        live === null ? NOBODY : meshPart(live.tree, live.liveness),
      );
      if ('code' in part) throw Problem.ofRejection(part);
      parts.push(part);
    }
    return meshJson(parts);
  }
}

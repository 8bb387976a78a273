import { Controller, Get, Inject, Query, Res, UseGuards } from '@nestjs/common';
import type { HttpResponse } from './http-message.js';
import { HistoryPool } from '../history/history-pool.js';
import type { MeshPart } from '../history/history-request.js';
import { meshDocument, meshPart, NOBODY_IN_MESH } from '../history/mesh-json.js';
import { TopologyService } from '../topology/topology-service.js';
import { AdminGuard } from './admin-guard.js';
import { askedMomentOf, isStableMoment } from './asked-moment.js';
import { Problem } from './problem.js';
import { parseMeshQuery } from './query.js';
import { LIVE_TREE_PEERS_MAX } from './live-tree.js';
import { sendDocument, sendPieces } from './send-document.js';

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
      sendPieces(response, meshDocument(await this.#now(track ?? null), false), false);
      return;
    }
    const nowMs = this.topology.time.now();
    const asked = askedMomentOf(at, 'at', nowMs);
    if (!('timeMs' in asked)) throw new Problem('invalid_time', 'at: tracks count their own positions; name a time');
    const about = { kind: 'mesh', track: track ?? null, timeMs: asked.timeMs, nowMs } as const;
    sendDocument(response, await this.history.ask(about), isStableMoment(at));
  }

  /** One track after the other, each in a turn of its own: many of them together would keep everybody else waiting. */
  async #now(track: string | null): Promise<MeshPart[]> {
    const names = track === null ? [...this.topology.tracks.all()].map((live) => live.name) : [track];
    const parts: MeshPart[] = [];
    for (const name of names) {
      const found = await this.topology.writer.read(name, (live) => {
        if (live === null) return NOBODY_IN_MESH;
        if (live.tree.size > LIVE_TREE_PEERS_MAX) return { position: live.tree.position };
        return meshPart(live.tree, live.liveness);
      });
      if ('code' in found) throw Problem.ofRejection(found);
      const { history } = this;
      parts.push('position' in found ? await history.ask({ kind: 'mesh-part', track: name, ...found }) : found);
    }
    return parts;
  }
}

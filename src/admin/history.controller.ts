import { Controller, Get, Inject, Param, Query, Res, UseGuards } from '@nestjs/common';
import type { HttpResponse } from './http-message.js';
import { HistoryPool } from '../history/history-pool.js';
import type { DocumentRequest } from '../history/history-request.js';
import type { AskedMoment } from '../history/moment-text.js';
import { treeText } from '../history/tree-text.js';
import { peerAtJson } from '../history/tree-json.js';
import type { LiveTrack } from '../topology/live-track.js';
import { TopologyService } from '../topology/topology-service.js';
import { AdminGuard } from './admin-guard.js';
import { LIVE_TREE_PEERS_MAX } from './live-tree.js';
import { askedMomentOf, askedTimeOf, isStableMoment } from './asked-moment.js';
import {
  checkPeerId,
  checkTrack,
  parseExplainQuery,
  parseIncidentsQuery,
  parseMomentQuery,
  parseRangeQuery,
  parseTimelineQuery,
} from './query.js';
import { Problem } from './problem.js';
import { CACHE_PRESENT, sendDocument } from './send-document.js';

/** Nobody is in the track now, or too many to be written on this thread: ask the log as of that position. */
type NotHere = Readonly<{ position: number | null }>;

/** A track at any moment, and between any two. What lies in the past is answered with leave to keep it. */
@Controller('api/v1/tracks/:track')
@UseGuards(AdminGuard)
export class HistoryController {
  constructor(
    @Inject(TopologyService) private readonly topology: TopologyService,
    @Inject(HistoryPool) private readonly history: HistoryPool,
  ) {}

  @Get('tree')
  async tree(@Param('track') track: string, @Query() query: unknown, @Res() response: HttpResponse): Promise<void> {
    const { at, position, liveness } = parseMomentQuery(query);
    if (at !== undefined || position !== undefined) {
      await this.#send(response, [at], {
        kind: 'tree',
        ...this.#about(track),
        moment: this.#momentOf(at, position),
        liveness: liveness ? { judgedAt: null } : null,
      });
      return;
    }
    const live = await this.#look(track, (found) => this.#liveTree(found, liveness));
    if (typeof live === 'string') {
      response.set('Cache-Control', CACHE_PRESENT).type('application/json').send(live);
      return;
    }
    await this.#send(
      response,
      [],
      {
        kind: 'tree',
        ...this.#about(track),
        moment: live.position === null ? null : { position: live.position },
        liveness: liveness ? { judgedAt: this.topology.time.now() } : null,
      },
      false,
    );
  }

  @Get('peers/:peer_id')
  async peer(
    @Param('track') track: string,
    @Param('peer_id') peerId: string,
    @Query() query: unknown,
    @Res() response: HttpResponse,
  ): Promise<void> {
    const { at, position, liveness } = parseMomentQuery(query);
    const name = checkPeerId(peerId);
    if (at === undefined && position === undefined) {
      const live = await this.#look(track, (found) => this.#livePeer(found, name, liveness));
      response.set('Cache-Control', CACHE_PRESENT).json(live);
      return;
    }
    await this.#send(response, [at], {
      kind: 'peer',
      ...this.#about(track),
      peerId: name,
      moment: this.#momentOf(at, position),
      liveness: liveness ? { judgedAt: null } : null,
    });
  }

  @Get('peers/:peer_id/timeline')
  async timeline(
    @Param('track') track: string,
    @Param('peer_id') peerId: string,
    @Query() query: unknown,
    @Res() response: HttpResponse,
  ): Promise<void> {
    const { from, to, pulses } = parseTimelineQuery(query);
    const about = { kind: 'timeline', ...this.#about(track), peerId: checkPeerId(peerId), eachPulse: pulses } as const;
    await this.#send(response, [from, to], { ...about, ...this.#rangeOf(from, to) });
  }

  @Get('diff')
  async diff(@Param('track') track: string, @Query() query: unknown, @Res() response: HttpResponse): Promise<void> {
    const { from, to } = parseRangeQuery(query);
    await this.#send(response, [from, to], { kind: 'diff', ...this.#about(track), ...this.#rangeOf(from, to) });
  }

  @Get('incidents')
  async incidents(
    @Param('track') track: string,
    @Query() query: unknown,
    @Res() response: HttpResponse,
  ): Promise<void> {
    const { from, to, thresholds } = parseIncidentsQuery(query);
    const range = this.#rangeOf(from, to);
    await this.#send(response, [from, to], { kind: 'incidents', ...this.#about(track), ...range, thresholds });
  }

  @Get('explain')
  async explain(@Param('track') track: string, @Query() query: unknown, @Res() response: HttpResponse): Promise<void> {
    const { position } = parseExplainQuery(query);
    await this.#send(response, [], { kind: 'explain', ...this.#about(track), position });
  }

  #about(track: string): { track: string; nowMs: number } {
    return { track: checkTrack(track), nowMs: this.topology.time.now() };
  }

  #momentOf(at: string | undefined, position: number | undefined): AskedMoment {
    if (position !== undefined) return { position };
    return askedTimeOf(at ?? '', 'at', this.topology.time.now());
  }

  #rangeOf(from: string | undefined, to: string | undefined): { from: AskedMoment | null; to: AskedMoment | null } {
    const nowMs = this.topology.time.now();
    return {
      from: from === undefined ? null : askedMomentOf(from, 'from', nowMs),
      to: to === undefined ? null : askedMomentOf(to, 'to', nowMs),
    };
  }

  async #send(
    response: HttpResponse,
    moments: readonly (string | undefined)[],
    about: DocumentRequest,
    isStable = moments.every((moment) => moment === undefined || isStableMoment(moment)),
  ): Promise<void> {
    sendDocument(response, await this.history.ask({ kind: 'document', about }), isStable);
  }

  /** @throws Problem when the storage is out. */
  async #look<Found>(track: string, look: (live: LiveTrack | null) => Found): Promise<Found> {
    const found = await this.topology.writer.read<{ found: Found }>(checkTrack(track), (live) => ({
      found: look(live),
    }));
    if ('code' in found) throw Problem.ofRejection(found);
    return found.found;
  }

  #liveTree(live: LiveTrack | null, liveness: boolean): string | NotHere {
    if (live === null) return { position: null };
    const { name, tree } = live;
    if (tree.size > LIVE_TREE_PEERS_MAX) return { position: tree.position };
    const view = liveness ? { liveness: live.liveness, atMs: this.topology.time.now() } : null;
    return treeText(name, tree, tree.position, tree.recordedAt, view);
  }

  #livePeer(live: LiveTrack | null, peerId: string, liveness: boolean): object {
    const peer = live?.tree.peerNamed(peerId) ?? null;
    if (live === null || peer === null) throw new Problem('unknown_peer', `${peerId} is not in the track now`);
    const { name, tree } = live;
    const view = liveness ? { liveness: live.liveness, atMs: this.topology.time.now() } : null;
    return peerAtJson(name, tree, peer, tree.position, tree.recordedAt, view);
  }
}

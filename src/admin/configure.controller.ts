import { Body, Controller, HttpCode, Inject, Param, Post, UseGuards } from '@nestjs/common';
import { type Config, CONFIG } from '../config.js';
import { type SettingsJson, settingsJson } from '../history/event-json.js';
import { TopologyService } from '../topology/topology-service.js';
import { AdminGuard } from './admin-guard.js';
import { parseSettingsChange } from './configure-body.js';
import { Problem } from './problem.js';
import { checkTrack } from './query.js';

/** A track with the rules now in force. */
export interface ConfiguredJson {
  ok: true;
  /** Of the last event the change caused, or the head of the track when nothing changed. */
  position: number;
  settings: SettingsJson;
  /** Whether there is something above a lowered limit that is still to be moved, tick by tick. */
  is_moving: boolean;
}

/** Changes the rules of a running track. */
@Controller('api/v1/tracks')
@UseGuards(AdminGuard)
export class ConfigureController {
  constructor(
    @Inject(TopologyService) private readonly topology: TopologyService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Post(':track/configure')
  @HttpCode(200)
  async configure(@Param('track') name: string, @Body() body: unknown): Promise<ConfiguredJson> {
    const track = checkTrack(name);
    const change = parseSettingsChange(body);
    const { heartbeatIntervalMs } = this.config;
    if (change.heartbeatTimeoutMs !== undefined && change.heartbeatTimeoutMs <= heartbeatIntervalMs)
      throw new Problem(
        'invalid_message',
        `heartbeat_timeout_ms: ${String(change.heartbeatTimeoutMs)} is not allowed; allowed: more than the interval at which peers beat, ${String(heartbeatIntervalMs)}`,
      );
    const outcome = await this.topology.writer.submit(track, { type: 'Configure', change });
    if (!outcome.ok) throw Problem.ofRejection(outcome);
    const now = await this.topology.writer.read(track, (live) =>
      live?.tree.settings == null
        ? null
        : { settings: settingsJson(live.tree.settings), is_moving: live.tree.nextSurplus() !== null },
    );
    if (now === null) throw new Problem('invalid_track', `track ${track} has been closed meanwhile`);
    if ('code' in now) throw Problem.ofRejection(now);
    return { ok: true, position: outcome.position, ...now };
  }
}

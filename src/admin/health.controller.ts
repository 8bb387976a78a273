import { Controller, Get, Header, Inject, Res, UseGuards } from '@nestjs/common';
import type { HttpResponse } from './http-message.js';
import { DiskGuard } from '../maintenance/disk-guard.js';
import { TopologyService } from '../topology/topology-service.js';
import { AdminGuard } from './admin-guard.js';
import { ServiceMetrics } from './service-metrics.js';

@Controller()
export class HealthController {
  constructor(
    @Inject(TopologyService) private readonly topology: TopologyService,
    @Inject(DiskGuard) private readonly disk: DiskGuard,
    @Inject(ServiceMetrics) private readonly metrics: ServiceMetrics,
  ) {}

  /** The process answers. */
  @Get('healthz')
  healthz(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** Whether commands are taken: recovery is over and the log can be written. */
  @Get('readyz')
  readyz(@Res({ passthrough: true }) response: HttpResponse): object {
    const { tracks, writer } = this.topology;
    const { level, space } = this.disk;
    const ready = this.topology.ready && level !== 'refuses_commands';
    response.status(ready ? 200 : 503);
    return {
      status: ready ? 'ready' : 'not_ready',
      log_writable: writer.available,
      recovered: this.topology.recovered,
      disk: { level, free_bytes: space.freeBytes },
      stopped_tracks: [...tracks.stopped()].map(([track, damage]) => ({
        track,
        position: damage.position,
        fault: damage.fault,
      })),
    };
  }

  @Get('metrics')
  @UseGuards(AdminGuard)
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  prometheus(): Promise<string> {
    return this.metrics.text();
  }
}

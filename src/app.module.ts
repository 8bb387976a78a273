import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { ADMIN_TOKEN } from './admin/admin-guard.js';
import { ConfigureController } from './admin/configure.controller.js';
import { DocsController } from './admin/docs.controller.js';
import { EventStreams } from './admin/event-streams.js';
import { HealthController } from './admin/health.controller.js';
import { HistoryController } from './admin/history.controller.js';
import { MeshController } from './admin/mesh.controller.js';
import { ProblemFilter } from './admin/problem.js';
import { ServiceMetrics, type SnapshotSource } from './admin/service-metrics.js';
import { StreamController } from './admin/stream.controller.js';
import { TracksController } from './admin/tracks.controller.js';
import { CLOCK, type Clock } from './clock.js';
import { CONFIG, type Config } from './config.js';
import type { EventLog } from './event-log/event-log.js';
import { GatewayModule } from './gateway/gateway.module.js';
import { MeshGateway } from './gateway/mesh-gateway.js';
import { DiskGuard } from './maintenance/disk-guard.js';
import { HistoryPool } from './history/history-pool.js';
import { TopologyService } from './topology/topology-service.js';

export interface AppParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly topology: TopologyService;
  readonly log: EventLog;
  readonly history: HistoryPool;
  readonly snapshots: SnapshotSource;
  readonly disk: DiskGuard;
  readonly onUnexpected: (error: unknown) => void;
}

/** The only place where the rooms meet. */
@Module({})
export class AppModule {
  static of({ config, clock, topology, log, history, snapshots, disk, onUnexpected }: AppParts): DynamicModule {
    return {
      module: AppModule,
      imports: [
        GatewayModule.with([SharedModule.of({ config, clock, topology })]),
        SharedModule.of({ config, clock, topology }),
      ],
      controllers: [
        ConfigureController,
        DocsController,
        HealthController,
        HistoryController,
        MeshController,
        StreamController,
        TracksController,
      ],
      providers: [
        { provide: ADMIN_TOKEN, useValue: config.adminToken },
        { provide: HistoryPool, useValue: history },
        { provide: DiskGuard, useValue: disk },
        EventStreams,
        {
          provide: ServiceMetrics,
          inject: [MeshGateway, EventStreams],
          useFactory: (gateway: MeshGateway, streams: EventStreams) => {
            const metrics = new ServiceMetrics(topology, log, () => gateway.metrics, snapshots);
            metrics.gaugeDisk(disk);
            metrics.gaugeReaders(history, streams);
            return metrics;
          },
        },
        { provide: APP_FILTER, useValue: new ProblemFilter(onUnexpected) },
      ],
    };
  }
}

/** What more than one room needs. */
@Module({})
class SharedModule {
  static of({ config, clock, topology }: Pick<AppParts, 'config' | 'clock' | 'topology'>): DynamicModule {
    const providers = [
      { provide: CONFIG, useValue: config },
      { provide: CLOCK, useValue: clock },
      { provide: TopologyService, useValue: topology },
    ];
    return { module: SharedModule, providers, exports: providers };
  }
}

import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import type { Logger } from 'pino';
import type { EventLog, EventLogReader } from './event-log/event-log.js';
import type { MeshGateway } from './gateway/mesh-gateway.js';
import type { HistoryThread } from './history/history-thread.js';
import type { DiskGuard } from './maintenance/disk-guard.js';
import type { RequestServer } from './maintenance/serve-requests.js';
import type { ChangedHeads } from './topology/changed-heads.js';
import type { TopologyService } from './topology/topology-service.js';

/** Over how long clients are sent away at a stop, so that they do not come back all at once. Milliseconds. */
const DRAIN_SPREAD_MS = 2_000;

export interface ServiceParts {
  readonly app: INestApplication;
  readonly gateway: MeshGateway;
  readonly topology: TopologyService;
  readonly log: EventLog;
  readonly reader: EventLogReader;
  readonly history: HistoryThread;
  readonly heads: ChangedHeads;
  readonly disk: DiskGuard;
  readonly requests: RequestServer;
  readonly serviceLog: Logger;
}

/** A service that listens. */
export class RunningService {
  #stopping: Promise<void> | null = null;

  constructor(private readonly parts: ServiceParts) {}

  get topology(): TopologyService {
    return this.parts.topology;
  }

  /** Where it listens, `http://…`. */
  get url(): string {
    const { address, family, port } = (this.parts.app.getHttpServer() as { address(): AddressInfo }).address();
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${String(port)}`;
  }

  /** Takes no more commands, makes durable what was taken, sends the clients away, and closes the log. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    const { app, gateway, topology, log, reader, history, heads, disk, requests, serviceLog } = this.parts;
    serviceLog.info('stopping: no more commands are taken');
    requests.stop();
    disk.stop();
    await topology.stop();
    await gateway.drain(DRAIN_SPREAD_MS);
    heads.stop();
    await heads.flush();
    await app.close();
    await history.close();
    reader.close();
    await log.close();
    serviceLog.info('stopped');
  }
}

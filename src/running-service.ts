import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import type { Logger } from 'pino';
import type { EventStreams } from './admin/event-streams.js';
import type { EventLog, EventLogReader } from './event-log/event-log.js';
import type { SnapshotFiles } from './event-log/snapshot-files.js';
import type { SessionLayer } from './gateway/session-layer.js';
import type { HistoryPool } from './history/history-pool.js';
import { readIceServersFile } from './ice-servers.js';
import type { DiskGuard } from './maintenance/disk-guard.js';
import type { RequestServer } from './maintenance/serve-requests.js';
import type { ChangedHeads } from './topology/changed-heads.js';
import type { SnapshotKeeper } from './topology/snapshot-keeper.js';
import type { TopologyService } from './topology/topology-service.js';

/** Over how long clients are sent away at a stop, so that they do not come back all at once. Milliseconds. */
const DRAIN_SPREAD_MS = 2_000;

export interface ServiceParts {
  readonly app: INestApplication;
  readonly layer: SessionLayer;
  readonly streams: EventStreams;
  readonly topology: TopologyService;
  readonly log: EventLog;
  readonly reader: EventLogReader;
  readonly history: HistoryPool;
  readonly snapshots: SnapshotKeeper;
  readonly snapshotFiles: SnapshotFiles;
  readonly heads: ChangedHeads;
  readonly disk: DiskGuard;
  readonly requests: RequestServer;
  readonly serviceLog: Logger;
  /** Path of the file of ICE servers; null when they stand in a flag. */
  readonly iceServersFile: string | null;
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

  /**
   * Reads the file of ICE servers again, where the settings name one: whoever is told a place from now on is told the new ones. A file
   * that cannot be used leaves the old ones in force, and an error in the service log.
   */
  reloadIceServers(): void {
    const { iceServersFile, layer, serviceLog } = this.parts;
    if (iceServersFile === null) return;
    try {
      const { servers } = readIceServersFile(iceServersFile);
      layer.iceServers.replace(servers);
      serviceLog.info({ file: iceServersFile, servers: servers.length }, 'ICE servers read again');
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      serviceLog.error({ file: iceServersFile, reason }, 'ICE servers not read; the old ones stay in force');
    }
  }

  /** Takes no more commands, makes durable what was taken, sends the clients away, writes snapshots, and closes the log. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    const { app, layer, streams, topology, log, reader, history, snapshots, snapshotFiles } = this.parts;
    const { heads, disk, requests, serviceLog } = this.parts;
    serviceLog.info('stopping: no more commands are taken');
    requests.stop();
    disk.stop();
    await topology.stop();
    await Promise.all([layer.drain(DRAIN_SPREAD_MS), streams.close()]);
    await snapshots.stop(log, snapshotFiles, (track) => topology.tracks.get(track));
    heads.stop();
    await heads.flush();
    await app.close();
    await history.close();
    reader.close();
    await log.close();
    serviceLog.info('stopped');
  }
}

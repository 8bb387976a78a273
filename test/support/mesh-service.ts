import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { type INestApplication, Logger, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CLOCK, type Clock, systemClock } from '../../src/clock.js';
import { CONFIG, type Config, type Flags, readConfig, trackSettingsOf } from '../../src/config.js';
import type { RecordedEvent } from '../../src/domain/events.js';
import { openEventLogReader, type SqliteEventLogReader } from '../../src/event-log/sqlite-event-log-reader.js';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.js';
import { GatewayModule } from '../../src/gateway/gateway.module.js';
import { MeshAdapter } from '../../src/gateway/mesh-adapter.js';
import { MeshGateway } from '../../src/gateway/mesh-gateway.js';
import { SessionLayer } from '../../src/gateway/session-layer.js';
import { TopologyService } from '../../src/topology/topology-service.js';
import { temporaryDataDir } from './log-directory.js';
import { LvqrClient, type LvqrOptions } from './lvqr-client.js';
import { MeshClient } from './mesh-client.js';

export interface MeshServiceOptions {
  /** As on the command line; the port is any free one. */
  readonly flags?: Flags;
  readonly clock?: Clock;
  /** An existing data directory, which is then left alone at the end. */
  readonly dataDir?: string;
}

/** A whole service but for HTTP: real log on disk, real sockets on a free port. */
export class MeshService {
  readonly #clients: MeshClient[] = [];
  readonly #lvqrClients: LvqrClient[] = [];

  private constructor(
    private readonly app: INestApplication,
    private readonly log: SqliteEventLog,
    private readonly reader: SqliteEventLogReader,
    private readonly removeDataDir: () => Promise<void>,
    readonly topology: TopologyService,
    readonly url: string,
  ) {}

  static async start({ flags = {}, clock = systemClock, dataDir }: MeshServiceOptions = {}): Promise<MeshService> {
    const directory = dataDir === undefined ? await temporaryDataDir() : { dataDir, remove: () => Promise.resolve() };
    const config = readConfig({ port: '0', pulseLingerMs: '5', dataDir: directory.dataDir, ...flags }, {});
    const log = await SqliteEventLog.open({ dataDir: config.dataDir, nowMs: clock.wallMs(), durability: 'normal' });
    const reader = openEventLogReader(config.dataDir);
    const topology = topologyOf(config, log, reader, clock);
    await topology.recover();
    Logger.overrideLogger(['error', 'fatal']);
    const app = await NestFactory.create(GatewayModule.with([coreModule(topology, config, clock)]));
    app.useWebSocketAdapter(new MeshAdapter(app));
    await app.listen(0, '127.0.0.1');
    const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
    return new MeshService(app, log, reader, directory.remove, topology, `http://127.0.0.1:${String(port)}`);
  }

  get gateway(): MeshGateway {
    return this.app.get(MeshGateway);
  }

  get layer(): SessionLayer {
    return this.app.get(SessionLayer);
  }

  async connect(options: Parameters<typeof MeshClient.connect>[1] = {}): Promise<MeshClient> {
    const client = await MeshClient.connect(this.url, options);
    this.#clients.push(client);
    return client;
  }

  /** Connects and registers. */
  async join(peerId: string, track: string, more: Record<string, unknown> = {}): Promise<MeshClient> {
    const client = await this.connect();
    await client.register(peerId, track, more);
    return client;
  }

  /** Connects a client of the LVQR wire. */
  async connectLvqr(options: LvqrOptions = {}): Promise<LvqrClient> {
    const client = await LvqrClient.connect(this.url, options);
    this.#lvqrClients.push(client);
    return client;
  }

  async joinLvqr(peerId: string, track: string, more: Record<string, unknown> = {}): Promise<LvqrClient> {
    const client = await this.connectLvqr();
    await client.register(peerId, track, more);
    return client;
  }

  /** Everything recorded of a track. */
  events(track: string): RecordedEvent[] {
    return [...this.reader.events({ track, afterPosition: 0 })];
  }

  /** Only the types, for what matters is often what happened and in which order. */
  eventTypes(track: string): string[] {
    return this.events(track).map((event) => event.type);
  }

  /** Resolves with the next commit that holds an event of this type. */
  nextCommit(type: RecordedEvent['type']): Promise<void> {
    return new Promise((resolve) => {
      this.topology.listen({
        committed: (changes) => {
          if (changes.some(({ events }) => events.some((event) => event.type === type))) resolve();
        },
      });
    });
  }

  /** TCP connections of any kind that the service holds. */
  async openConnections(): Promise<number> {
    return promisify((this.app.getHttpServer() as Server).getConnections.bind(this.app.getHttpServer()))();
  }

  /** Resolves once `condition` holds; for what the service tells nobody about. */
  async until(condition: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.close();
    for (const client of this.#lvqrClients) client.vanish();
    await this.app.close();
    await this.topology.stop();
    this.reader.close();
    await this.log.close();
    await this.removeDataDir();
  }
}

function topologyOf(config: Config, log: SqliteEventLog, reader: SqliteEventLogReader, clock: Clock): TopologyService {
  const { tracksMax, peersPerTrackMax, pulseLingerMs, recoveryWindowMs } = config;
  return new TopologyService({
    log,
    reader,
    clock,
    checkChain: () => undefined,
    options: { settings: trackSettingsOf(config), tracksMax, peersPerTrackMax, pulseLingerMs, recoveryWindowMs },
  });
}

function coreModule(topology: TopologyService, config: Config, clock: Clock): Type {
  @Module({
    providers: [
      { provide: TopologyService, useValue: topology },
      { provide: CONFIG, useValue: config },
      { provide: CLOCK, useValue: clock },
    ],
    exports: [TopologyService, CONFIG, CLOCK],
  })
  class CoreModule {}
  return CoreModule;
}

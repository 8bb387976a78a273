import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { DISK_LEVELS, type DiskGuard } from '../maintenance/disk-guard.js';
import type { CommitFigures } from '../topology/writer-events.js';
import type { TopologyService } from '../topology/topology-service.js';
import type { HistoryLoad } from '../history/history-pool.js';
import { offloadPercentage, relayedIn } from '../history/offload.js';

/** Sizes of the log's files, bytes. */
export interface LogSizes {
  readonly walBytes: number;
  readonly logBytes: number;
}

/** What there is of snapshots, and what comes of them while the service runs. */
export interface SnapshotSource {
  readonly keeper: {
    readonly lastTookMs: number | null;
    readonly takenCount: number;
    readonly failedCount: number;
    readonly tailsMs: number;
  };
  readonly totals: () => Promise<{ readonly count: number; readonly bytes: number; readonly newestAt: number | null }>;
}

/** Who reads the event stream. */
export interface StreamFigures {
  readonly size: number;
  /** Since the start, for not reading. */
  readonly dropped: number;
}

/** What the gateways count, as /metrics shows it. */
export interface SessionFigures {
  readonly connections: number;
  readonly sessions: number;
  readonly messages: number;
  readonly authFailures: number;
  readonly slowClientsDropped: number;
  readonly registerDeadlinesMissed: number;
  readonly sessionsSuperseded: number;
  readonly handlerFaults: number;
  readonly connectionsRefused: ReadonlyMap<string, number>;
  readonly rejections: ReadonlyMap<string, number>;
}

/** Node tells how far apart two looks of a timer were, its own interval included: a loop that is never late reads as this. */
const LOOP_DELAY_RESOLUTION_MS = 5;
const COMMIT_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];

/** The Prometheus metrics of the service; gauges are read when they are scraped, and cost nothing in between. */
export class ServiceMetrics {
  readonly #registry = new Registry();
  readonly #commitSeconds: Histogram;
  readonly #events: Counter<'kind'>;
  readonly #storageFailures: Counter;
  readonly #adminAuthFailures: Counter;

  constructor(
    topology: TopologyService,
    log: { gauges(): Promise<LogSizes> },
    sessions: () => SessionFigures,
    snapshots: SnapshotSource,
  ) {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: LOOP_DELAY_RESOLUTION_MS });
    this.#commitSeconds = new Histogram({
      name: 'meshledger_commit_seconds',
      help: 'From the first decision of a batch to its durable commit.',
      buckets: COMMIT_SECONDS,
      registers,
    });
    this.#events = new Counter({
      name: 'meshledger_events_total',
      help: 'Events made durable.',
      labelNames: ['kind'],
      registers,
    });
    this.#storageFailures = new Counter({
      name: 'meshledger_storage_failures_total',
      help: 'Times the log could not be written.',
      registers,
    });
    this.#adminAuthFailures = new Counter({
      name: 'meshledger_admin_auth_failures_total',
      help: 'HTTP requests refused for a missing or wrong admin token.',
      registers,
    });
    this.#gaugeTopology(topology);
    this.#gaugeLog(log);
    this.#gaugeSessions(sessions);
    this.#gaugeSnapshots(snapshots);
    topology.listen({
      committed: (_changes, figures) => this.#countCommit(figures),
      storageFailed: () => this.#storageFailures.inc(),
    });
  }

  adminRefused(): void {
    this.#adminAuthFailures.inc();
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #countCommit({ latencyMs, topologyEvents, pulses }: CommitFigures): void {
    if (topologyEvents + pulses === 0) return;
    this.#commitSeconds.observe(latencyMs / 1000);
    this.#events.inc({ kind: 'topology' }, topologyEvents);
    this.#events.inc({ kind: 'pulse' }, pulses);
  }

  #gaugeTopology(topology: TopologyService): void {
    const { tracks, writer } = topology;
    const sum = (of: (tree: { size: number; rootCount: number; placedCount: number }) => number): number => {
      let total = 0;
      for (const { tree } of tracks.all()) total += of(tree);
      return total;
    };
    this.#gauge('meshledger_queue_depth', 'Commands and pulses that wait for the writer.', () => writer.queueDepth);
    this.#gauge('meshledger_tracks', 'Open tracks.', () => tracks.size);
    this.#gauge(
      'meshledger_tracks_stopped',
      'Tracks stopped because their log is damaged, or their policy is not in this build.',
      () => tracks.stopped().size,
    );
    this.#gauge('meshledger_peers', 'Peers in all tracks.', () => sum((tree) => tree.size));
    this.#gauge('meshledger_roots', 'Peers fed by the origin.', () => sum((tree) => tree.rootCount));
    this.#gauge('meshledger_peers_waiting', 'Peers that are not fed for want of a slot.', () =>
      sum((tree) => tree.size - tree.placedCount),
    );
    // The names that the dashboards of LVQR's operators look for.
    this.#gauge('lvqr_mesh_peers', 'Peers in all tracks.', () => sum((tree) => tree.size));
    this.#gauge('lvqr_mesh_offload_percentage', 'Share of viewers fed by peers, not by the origin.', () =>
      offloadPercentage(
        sum(relayedIn),
        sum((tree) => tree.size),
      ),
    );
    this.#gauge('meshledger_log_writable', '1 while the log takes commits.', () => (writer.available ? 1 : 0));
  }

  /** Adds what is known of the disk. */
  gaugeDisk(disk: DiskGuard): void {
    this.#gauge('meshledger_disk_free_bytes', 'Free space for the log.', () => disk.space.freeBytes);
    this.#gauge('meshledger_disk_level', '0: ample, 1: low, 2: no track is opened, 3: no command is taken.', () =>
      DISK_LEVELS.indexOf(disk.level),
    );
  }

  /** Adds what the history has to do, and who reads the stream of events. */
  gaugeReaders(history: { readonly load: HistoryLoad }, streams: StreamFigures): void {
    this.#gauge('meshledger_history_running', 'Questions about the past that run.', () => history.load.running);
    this.#gauge(
      'meshledger_history_waiting',
      'Questions about the past that wait for a thread.',
      () => history.load.waiting,
    );
    this.#total(
      'meshledger_history_refused_total',
      'Questions about the past that were answered busy.',
      () => history.load.refused,
    );
    this.#gauge('meshledger_stream_readers', 'Readers of the event stream.', () => streams.size);
    this.#total(
      'meshledger_stream_readers_dropped_total',
      'Readers of the event stream dropped because they did not read.',
      () => streams.dropped,
    );
  }

  #gaugeLog(log: { gauges(): Promise<LogSizes> }): void {
    this.#gauge('meshledger_wal_bytes', 'Size of the write-ahead log.', async () => (await log.gauges()).walBytes);
    this.#gauge('meshledger_log_bytes', 'Size of all segments of the log.', async () => (await log.gauges()).logBytes);
  }

  #gaugeSnapshots({ keeper, totals }: SnapshotSource): void {
    this.#gauge('meshledger_snapshots', 'Snapshots kept.', async () => (await totals()).count);
    this.#gauge('meshledger_snapshot_bytes', 'Bytes of all snapshots.', async () => (await totals()).bytes);
    this.#gauge(
      'meshledger_snapshot_newest_timestamp_seconds',
      'When the newest snapshot was written; 0 when there is none.',
      async () => ((await totals()).newestAt ?? 0) / 1000,
    );
    this.#gauge(
      'meshledger_snapshot_last_seconds',
      'How long the last snapshot took; 0 before the first.',
      () => (keeper.lastTookMs ?? 0) / 1000,
    );
    this.#gauge(
      'meshledger_snapshot_tail_seconds',
      'What a start after a kill would take to replay what is behind the snapshots; an estimate.',
      () => keeper.tailsMs / 1000,
    );
    this.#total('meshledger_snapshots_taken_total', 'Snapshots taken.', () => keeper.takenCount);
    this.#total('meshledger_snapshot_failures_total', 'Snapshots that could not be taken.', () => keeper.failedCount);
  }

  #gaugeSessions(figures: () => SessionFigures): void {
    this.#gauge('meshledger_connections', 'Admitted connections.', () => figures().connections);
    this.#gauge('meshledger_sessions', 'Connections that have a peer.', () => figures().sessions);
    this.#total('meshledger_messages_total', 'Messages taken from clients.', () => figures().messages);
    this.#total(
      'meshledger_auth_failures_total',
      'Connections refused for a missing or wrong token.',
      () => figures().authFailures,
    );
    this.#total(
      'meshledger_slow_clients_dropped_total',
      'Clients dropped because they did not read.',
      () => figures().slowClientsDropped,
    );
    this.#total(
      'meshledger_register_deadlines_missed_total',
      'Sessions closed without a peer.',
      () => figures().registerDeadlinesMissed,
    );
    this.#total(
      'meshledger_sessions_superseded_total',
      'Sessions replaced by another of the same peer.',
      () => figures().sessionsSuperseded,
    );
    this.#total(
      'meshledger_handler_faults_total',
      'Messages the service failed to handle.',
      () => figures().handlerFaults,
    );
    this.#totalByCode('meshledger_rejections_total', 'Messages answered with a rejection.', () => figures().rejections);
    this.#totalByCode(
      'meshledger_connections_refused_total',
      'Connections refused.',
      () => figures().connectionsRefused,
    );
  }

  /** A counter somebody else keeps. */
  #total(name: string, help: string, read: () => number): void {
    const counter = new Counter({
      name,
      help,
      registers: [this.#registry],
      collect() {
        counter.reset();
        counter.inc(read());
      },
    });
  }

  #totalByCode(name: string, help: string, read: () => ReadonlyMap<string, number>): void {
    const counter = new Counter({
      name,
      help,
      labelNames: ['code'],
      registers: [this.#registry],
      collect() {
        counter.reset();
        for (const [code, count] of read()) counter.inc({ code }, count);
      },
    });
  }

  #gauge(name: string, help: string, read: () => number | Promise<number>): void {
    const gauge = new Gauge({
      name,
      help,
      registers: [this.#registry],
      async collect() {
        gauge.set(await read());
      },
    });
  }
}

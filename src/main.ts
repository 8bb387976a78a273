import type { Logger } from 'pino';
import type { AppParts } from './app.module.js';
import { type Clock, systemClock } from './clock.js';
import { asksForToken, type Config, trackSettingsOf } from './config.js';
import { CorruptLogError } from './domain/errors.js';
import { GuardedEventLog } from './event-log/guarded-event-log.js';
import { isSameSettings } from './domain/settings-change.js';
import { SnapshotFiles } from './event-log/snapshot-files.js';
import { SnapshotThread } from './event-log/snapshot-thread.js';
import { SnapshotsReadAhead } from './event-log/snapshots-read-ahead.js';
import { openEventLogReader, type SqliteEventLogReader } from './event-log/sqlite-event-log-reader.js';
import { verifyChain } from './event-log/verify-chain.js';
import { WorkerEventLog } from './event-log/worker-event-log.js';
import { isForKnownPeersOnly } from './gateway/ice-server-list.js';
import { DiskGuard, diskSpaceOf } from './maintenance/disk-guard.js';
import { RequestServer } from './maintenance/serve-requests.js';
import { settingsJson } from './history/event-json.js';
import type { ListeningApp } from './listening-app.js';
import { checkCanListen } from './listening-check.js';
import { HistoryPool } from './history/history-pool.js';
import { RunningService } from './running-service.js';
import { createServiceLog, snapshotLog, writerLog } from './service-log.js';
import { ChangedHeads } from './topology/changed-heads.js';
import { SnapshotKeeper } from './topology/snapshot-keeper.js';
import { TopologyService } from './topology/topology-service.js';

/** Tracks named in one log line. */
const TRACKS_NAMED_MAX = 100;

/**
 * Opens the log, recovers every open track, and listens.
 *
 * @param ahead reads the snapshots; given by whoever could have it begin earlier. It is closed in any case.
 * @throws DataDirectoryLockedError, DataDirectoryUnusableError, LogFormatTooNewError, DamagedLogFileError or
 * CannotListenError; nothing is left open.
 */
export async function startService(
  config: Config,
  clock: Clock = systemClock,
  ahead = new SnapshotsReadAhead(config.dataDir),
): Promise<RunningService> {
  const serviceLog = createServiceLog(config.logLevel);
  warnOfKeptBack(config, serviceLog);
  const { dataDir, durability, segmentMaxBytes: bytesMax, segmentMaxAgeMs: ageMsMax } = config;
  const atCut: (() => void)[] = [];
  const whenHeld: (() => void)[] = [];
  const opening = WorkerEventLog.open({
    dataDir,
    durability,
    nowMs: clock.wallMs(),
    segments: { bytesMax, ageMsMax },
    startTimer: (ms, onLate) => clock.after(ms, onLate),
    sealsLater: true,
    onCut: () => {
      serviceLog.info('the log goes on in a new segment');
      [...whenHeld, ...atCut].forEach((tell) => tell());
    },
    onHeld: () => whenHeld.forEach((tell) => tell()),
    onSealFailed: (error) => {
      serviceLog.error({ reason: error.message }, 'a segment could not be sealed; it is tried again at the next cut');
    },
  });
  // Two threads read the log while this one loads what it takes to listen: each of the three is a third of a start.
  const listening = import('./listening-app.js');
  // When the log cannot be opened, nobody waits for it any more.
  listening.catch(() => undefined);
  try {
    const log = await opening;
    try {
      const { listen } = await listening;
      await ahead.done;
      const told = {
        onCut: (tell: () => void) => atCut.push(tell),
        onHeld: (tell: () => void) => whenHeld.push(tell),
      };
      return await startOn({ log, ahead, listen, config, clock, serviceLog, ...told });
    } catch (error) {
      await log.close();
      throw error;
    }
  } finally {
    await ahead.close();
  }
}

interface StartParts {
  readonly log: WorkerEventLog;
  readonly ahead: SnapshotsReadAhead;
  readonly listen: (parts: AppParts, serviceLog: Logger) => Promise<ListeningApp>;
  readonly config: Config;
  readonly clock: Clock;
  readonly serviceLog: Logger;
  readonly onCut: (tell: () => void) => void;
  /** At a cut too, and as long as a segment is held open that is to be sealed. */
  readonly onHeld: (tell: () => void) => void;
}

async function startOn(parts: StartParts): Promise<RunningService> {
  const { log, ahead, listen, config, clock, serviceLog, onCut, onHeld } = parts;
  const reader = openEventLogReader(config.dataDir, { snapshots: ahead });
  onHeld(() => reader.release());
  const snapshotThread = new SnapshotThread(config.dataDir);
  const snapshots = new SnapshotKeeper(snapshotThread, clock, snapshotLog(serviceLog));
  onCut(() => snapshots.cut());
  const disk = diskGuardOf(config, clock, serviceLog);
  await disk.start();
  const topology = topologyOn(log, disk, reader, config, clock, snapshots);
  topology.listen(writerLog(serviceLog));
  const heads = headsOf(topology, log, clock, serviceLog);
  const history = historyOf(config, clock);
  onHeld(() => {
    history.release();
  });
  const requests = requestServerOn(topology, log, config, clock, serviceLog);
  try {
    await checkCanListen(config.host, config.port);
    serviceLog.info(await topology.recover(), 'recovered');
    nameOwnRules(topology, serviceLog);
    heads.start();
    requests.start();
    const listening = await listen(
      {
        config,
        clock,
        topology,
        log,
        history,
        disk,
        snapshots: { keeper: snapshots, totals: () => snapshotThread.totals() },
        onUnexpected: unexpected(serviceLog),
      },
      serviceLog,
    );
    snapshots.start();
    log.startSealing();
    return new RunningService({
      ...listening,
      topology,
      log,
      reader,
      history,
      snapshots,
      snapshotFiles: new SnapshotFiles(config.dataDir),
      heads,
      disk,
      requests,
      serviceLog,
      iceServersFile: config.iceServersFile?.path ?? null,
    });
  } catch (error) {
    // Timers and threads that stayed behind would keep a process alive that serves nobody.
    await topology.stop();
    heads.stop();
    requests.stop();
    disk.stop();
    await history.close();
    await snapshotThread.close();
    reader.close();
    throw error;
  }
}

/** The heads that changed go to the service log every minute, so that a copy of them is kept elsewhere. */
function headsOf(topology: TopologyService, log: WorkerEventLog, clock: Clock, serviceLog: Logger): ChangedHeads {
  const heads = new ChangedHeads(log, clock, (changed) => {
    serviceLog.info({ heads: changed }, 'heads');
  });
  topology.listen({
    committed: (changes) => {
      heads.committed(changes);
    },
  });
  return heads;
}

/** Flags are for tracks that open from now on. Which of the running ones go by other rules, nobody should have to find out. */
function nameOwnRules({ tracks, options }: TopologyService, serviceLog: Logger): void {
  const differing = [...tracks.all()].filter(
    ({ tree }) => tree.settings !== null && !isSameSettings(tree.settings, options.settings),
  );
  if (differing.length === 0) return;
  serviceLog.warn(
    {
      flags: settingsJson(options.settings),
      count: differing.length,
      tracks: differing.slice(0, TRACKS_NAMED_MAX).map(({ name }) => name),
    },
    'running tracks keep their own policy and limits, which are not those of the flags; POST /api/v1/tracks/{track}/configure changes them',
  );
}

function historyOf({ dataDir, queryTimeoutMs, queryEventsMax }: Config, clock: Clock): HistoryPool {
  return new HistoryPool({
    dataDir,
    timeLimitMs: queryTimeoutMs,
    costMax: queryEventsMax,
    startTimer: (ms, onLate) => clock.after(ms, onLate),
  });
}

/** Whoever set up TURN and no token would look for the fault elsewhere. */
function warnOfKeptBack(config: Config, serviceLog: Logger): void {
  const servers = config.iceServersFile?.servers ?? config.iceServers;
  if (asksForToken(config) || !servers.some(isForKnownPeersOnly)) return;
  serviceLog.warn('TURN servers are told to nobody, because viewers show no token: set --subscribe-token or a JWT key');
}

function unexpected(serviceLog: Logger): (error: unknown) => void {
  return (error) => {
    serviceLog.error({ err: error }, 'an HTTP request failed for a reason nobody expected');
  };
}

/** Stops taking work before the disk is full. */
function diskGuardOf(config: Config, clock: Clock, serviceLog: Logger): DiskGuard {
  const { dataDir, diskWarnBytes, diskRefuseTracksBytes, diskRefuseCommandsBytes } = config;
  return new DiskGuard({
    clock,
    thresholds: {
      warnBytes: diskWarnBytes,
      refuseTracksBytes: diskRefuseTracksBytes,
      refuseCommandsBytes: diskRefuseCommandsBytes,
    },
    measure: () => diskSpaceOf(dataDir),
    onChange: (level, { freeBytes, totalBytes }) => {
      serviceLog.warn({ level, freeBytes, totalBytes }, 'the free space of the data directory has another level');
    },
  });
}

function requestServerOn(
  topology: TopologyService,
  log: WorkerEventLog,
  { dataDir }: Config,
  clock: Clock,
  serviceLog: Logger,
): RequestServer {
  return new RequestServer({
    dataDir,
    clock,
    writer: topology.writer,
    log,
    onDone: ({ kind }, answer) => {
      serviceLog.warn({ kind, ...answer }, 'an operator asked for maintenance');
    },
  });
}

function topologyOn(
  log: WorkerEventLog,
  disk: DiskGuard,
  reader: SqliteEventLogReader,
  config: Config,
  clock: Clock,
  snapshots: SnapshotKeeper,
): TopologyService {
  return new TopologyService({
    log: new GuardedEventLog(log, () => disk.refusalOfCommands()),
    reader,
    clock,
    snapshots,
    checkChain: (track, fromPosition) => {
      const report = verifyChain(reader, track, { fromPosition });
      if (!report.ok) throw new CorruptLogError(report.position, report.fault, track);
    },
    options: {
      settings: trackSettingsOf(config),
      tracksMax: config.tracksMax,
      peersPerTrackMax: config.peersPerTrackMax,
      pulseLingerMs: config.pulseLingerMs,
      recoveryWindowMs: config.recoveryWindowMs,
      refusalOfTracks: () => disk.refusalOfTracks(),
    },
  });
}

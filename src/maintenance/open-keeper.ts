import { systemClock } from '../clock.js';
import { decide } from '../domain/decide.js';
import type { TopologyCommand } from '../domain/commands.js';
import type { RecordedTopologyEvent } from '../domain/events.js';
import { RelayTree } from '../domain/relay-tree.js';
import { DataDirectoryLockedError } from '../event-log/event-log-errors.js';
import { openEventLogReader } from '../event-log/sqlite-event-log-reader.js';
import { SqliteEventLog } from '../event-log/sqlite-event-log.js';
import { treeStateAt } from '../event-log/state-at.js';
import {
  EMPTY_WAL_ATTEMPTS_MAX,
  EMPTY_WAL_RETRY_MS,
  type ForgottenPeer,
  type LogKeeper,
  MaintenanceRefused,
  type RetentionCut,
} from './log-keeper.js';
import { type MaintenanceRequest, RequestBox } from './request-box.js';

/** How often the answer of a service is looked for, and how long it may take to take a request up, milliseconds. */
const ANSWER_POLL_MS = 100;
const TAKEN_UP_MS_MAX = 15_000;

/** The keeper of a data directory: the service that runs on it, or, when none does, this process until it closes it. */
export async function openKeeper(dataDir: string): Promise<LogKeeper> {
  try {
    return new OwnKeeper(dataDir, await SqliteEventLog.open({ dataDir, nowMs: systemClock.wallMs() }));
  } catch (error) {
    if (error instanceof DataDirectoryLockedError) return new ServiceKeeper(dataDir);
    throw error;
  }
}

/** Asks the service. */
class ServiceKeeper implements LogKeeper {
  readonly #box: RequestBox;

  constructor(dataDir: string) {
    this.#box = new RequestBox(dataDir);
  }

  recordRetention(cuts: readonly RetentionCut[]): Promise<void> {
    return this.#ask({ kind: 'retain', cuts });
  }

  forget(peers: readonly ForgottenPeer[]): Promise<void> {
    return this.#ask({ kind: 'forget', peers });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #ask(request: MaintenanceRequest): Promise<void> {
    const name = this.#box.put(request);
    const askedAt = systemClock.monotonicMs();
    for (;;) {
      const answer = this.#box.collect(name);
      if (answer?.ok === true) return;
      if (answer !== null) throw new MaintenanceRefused(answer.reason);
      await pause(ANSWER_POLL_MS);
      const isLate = systemClock.monotonicMs() - askedAt > TAKEN_UP_MS_MAX;
      if (isLate && this.#box.withdraw(name))
        throw new MaintenanceRefused(
          'the process that holds the data directory does not answer; is it a service that runs?',
        );
    }
  }
}

/** Writes to the log itself, which nobody else does meanwhile. */
class OwnKeeper implements LogKeeper {
  constructor(
    private readonly dataDir: string,
    private readonly log: SqliteEventLog,
  ) {}

  async recordRetention(cuts: readonly RetentionCut[]): Promise<void> {
    for (const { track, ...cut } of cuts) await this.#decide(track, [{ type: 'RecordRetention', ...cut }]);
  }

  async forget(peers: readonly ForgottenPeer[]): Promise<void> {
    const byTrack = new Map<string, TopologyCommand[]>();
    for (const { track, peer } of peers) {
      const commands = byTrack.get(track) ?? [];
      byTrack.set(track, commands);
      commands.push({ type: 'Forget', peer });
    }
    for (const [track, commands] of byTrack) await this.#decide(track, commands);
    for (let attempt = 0; attempt < EMPTY_WAL_ATTEMPTS_MAX; attempt += 1) {
      if (await this.log.moveNamesOut()) return;
      await pause(EMPTY_WAL_RETRY_MS);
    }
    throw new MaintenanceRefused('a reader kept the write-ahead log from being emptied; try again');
  }

  close(): Promise<void> {
    return this.log.close();
  }

  async #decide(track: string, commands: readonly TopologyCommand[]): Promise<void> {
    const head = await this.log.head(track);
    if (head === null) throw new MaintenanceRefused(`the log has no track ${track}`);
    const tree = head.open ? this.#treeOf(track, head.position) : new RelayTree();
    tree.position = head.position;
    tree.recordedAt = head.recordedAt;
    const nowMs = Math.max(systemClock.wallMs(), head.recordedAt);
    const events: RecordedTopologyEvent[] = [];
    for (const command of commands) decide(tree, command, nowMs, (event) => events.push(event));
    const runs = [{ kind: 'topology', events }] as const;
    await this.log.append([{ track, previousPosition: head.position, runs, open: tree.settings !== null }]);
  }

  #treeOf(track: string, position: number): RelayTree {
    const reader = openEventLogReader(this.dataDir);
    try {
      return treeStateAt(reader, track, position);
    } finally {
      reader.close();
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => systemClock.after(ms, resolve));
}

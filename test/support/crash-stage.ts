import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEventLogReader, type SqliteEventLogReader } from '../../src/event-log/sqlite-event-log-reader.js';
import type { TreeJson } from '../../src/history/tree-json.js';
import { AudienceProcess, type AudienceWishes } from './audience-process.js';
import { freePort } from './free-port.js';
import { type Ended, meshledger } from './run-meshledger.js';
import { ServiceProcess } from './service-process.js';

/** Heartbeats and timeouts that make a run short. */
export const QUICK_HEARTBEATS = ['--heartbeat-interval-ms', '500', '--heartbeat-timeout-ms', '3000'];
export const QUICK_TIMEOUT_MS = 3_000;

/** A data directory, a port that stays the same over restarts, and whoever is started on them: all gone after `clear`. */
export class CrashStage {
  readonly #services: ServiceProcess[] = [];
  readonly #audiences: AudienceProcess[] = [];

  private constructor(
    readonly directory: string,
    readonly dataDir: string,
    readonly port: number,
  ) {}

  /** @param dataDir where the log is to be when that is a place of the test's own making; it is left alone by `clear`. */
  static async set(dataDir?: string): Promise<CrashStage> {
    const directory = await mkdtemp(join(tmpdir(), 'meshledger-crash-'));
    return new CrashStage(directory, dataDir ?? join(directory, 'data'), await freePort());
  }

  async clear(): Promise<void> {
    await Promise.all([...this.#services, ...this.#audiences].map((process) => process.kill()));
    await rm(this.directory, { recursive: true, force: true });
  }

  /** Starts the service, or starts it again, and waits until it listens. */
  async serve(...flags: readonly string[]): Promise<ServiceProcess> {
    const service = await ServiceProcess.start(this.#words(flags));
    this.#services.push(service);
    return service;
  }

  /** Starts the service and waits for nothing. */
  beginServing(...flags: readonly string[]): ServiceProcess {
    const service = ServiceProcess.begin(this.#words(flags));
    this.#services.push(service);
    return service;
  }

  /** What a service says that must not start here. */
  serveRefused(...flags: readonly string[]): Promise<Ended> {
    return ServiceProcess.refused(this.#words(flags));
  }

  audience(wishes: Omit<AudienceWishes, 'url'>): AudienceProcess {
    const audience = new AudienceProcess({ ...wishes, url: `http://127.0.0.1:${String(this.port)}` });
    this.#audiences.push(audience);
    return audience;
  }

  verify(): Promise<Ended> {
    return meshledger('verify', '--data-dir', this.dataDir);
  }

  /** The tree at a position, folded from the first event by the command line. */
  async treeAt(track: string, position: number): Promise<TreeJson> {
    const words = ['tree', '--data-dir', this.dataDir, '--track', track, '--position', String(position), '--json'];
    const { exitCode, stdout, stderr } = await meshledger(...words);
    if (exitCode !== 0) throw new Error(`meshledger tree ended with ${String(exitCode)}: ${stderr}`);
    return JSON.parse(stdout) as TreeJson;
  }

  /** Reads the log, also while a service writes it. */
  readLog<Answer>(read: (reader: SqliteEventLogReader) => Answer): Answer {
    const reader = openEventLogReader(this.dataDir);
    try {
      return read(reader);
    } finally {
      reader.close();
    }
  }

  #words(flags: readonly string[]): string[] {
    return ['--data-dir', this.dataDir, '--port', String(this.port), ...flags];
  }
}

/** Where HTTP shows the tree of a track. */
export function treePath(track: string): string {
  return `/api/v1/tracks/${encodeURIComponent(track)}/tree`;
}

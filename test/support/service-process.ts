import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { within } from './eventually.js';
import type { Ended } from './run-meshledger.js';
import { startMeshledger } from './run-meshledger.js';

/** Generous, for a machine that runs everything else as well: loading the modules alone takes it many times as long as an idle one. */
const START_MS_MAX = 90_000;
const STOP_MS_MAX = 30_000;
const ANSWER_MS_MAX = 30_000;

export interface HttpAnswer<Body> {
  readonly status: number;
  readonly body: Body;
}

/** What `/readyz` says. */
export interface Readiness {
  readonly status: string;
  readonly log_writable: boolean;
  readonly stopped_tracks: readonly { track: string; position: number; fault: string }[];
}

/** The built service as a process of its own, started as an operator starts it. */
export class ServiceProcess {
  stdout = '';
  stderr = '';
  /** Resolves when the process is gone and all it said was read; null for a process that a signal ended. */
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;
  #url: string | null = null;

  private constructor(words: readonly string[]) {
    this.#child = startMeshledger('serve', ...words);
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.ended = once(this.#child, 'close').then(([code]) => code as number | null);
  }

  /** Resolves when the service says where it listens. @throws when it ends instead. */
  static async start(words: readonly string[]): Promise<ServiceProcess> {
    const service = new ServiceProcess(words);
    const exitCode = await service.#listeningOrEnded();
    if (service.#url === null) {
      throw new Error(`the service ended with ${String(exitCode)} instead of listening:\n${service.stderr}`);
    }
    return service;
  }

  /** Resolves when a service that must not start has ended by itself. @throws when it starts, or hangs. */
  static async refused(words: readonly string[]): Promise<Ended> {
    const service = new ServiceProcess(words);
    const exitCode = await service.#listeningOrEnded();
    if (service.#url !== null) {
      await service.kill();
      throw new Error('the service started, and should have refused to');
    }
    return { exitCode, stdout: service.stdout, stderr: service.stderr };
  }

  /** Starts a service and does not wait for anything. */
  static begin(words: readonly string[]): ServiceProcess {
    return new ServiceProcess(words);
  }

  get url(): string {
    if (this.#url === null) throw new Error('the service does not listen yet');
    return this.#url;
  }

  /** Ends the process as `kill -9` does. Resolves when it is gone. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await within('the service is gone after SIGKILL', STOP_MS_MAX, this.ended);
  }

  /** Asks for an orderly end. @returns the exit code. */
  async terminate(): Promise<number | null> {
    this.signal('SIGTERM');
    return within('the service is gone after SIGTERM', STOP_MS_MAX, this.ended);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async get<Body>(path: string): Promise<HttpAnswer<Body>> {
    const response = await fetch(`${this.url}${path}`, { signal: AbortSignal.timeout(ANSWER_MS_MAX) });
    return { status: response.status, body: (await response.json()) as Body };
  }

  readiness(): Promise<HttpAnswer<Readiness>> {
    return this.get<Readiness>('/readyz');
  }

  async #listeningOrEnded(): Promise<number | null> {
    const listening = new Promise<null>((resolve) => {
      this.#child.stdout?.on('data', () => {
        this.#url ??= /^listening on (\S+)$/m.exec(this.stdout)?.[1] ?? null;
        if (this.#url !== null) resolve(null);
      });
    });
    try {
      return await within('the service listens or ends', START_MS_MAX, Promise.race([listening, this.ended]));
    } catch (error) {
      await this.kill();
      throw new Error(`${String(error)}\n${this.stdout}${this.stderr}`, { cause: error });
    }
  }
}

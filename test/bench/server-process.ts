import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { inTemporaryDirectory } from './temporary-directory.js';

const START_MS_MAX = 60_000;
const STOP_MS_MAX = 10_000;
const LISTENING = /listening on http:\/\/127\.0\.0\.1:(\d+)/;

/** A server in a process of its own, so that its load and its memory are its own. */
export class ServerProcess {
  private constructor(
    readonly port: number,
    private readonly child: ChildProcess,
  ) {
    // A benchmark that fails in a callback ends at once, and its server must end with it.
    const end = (): boolean => child.kill('SIGKILL');
    process.once('exit', end);
    child.once('exit', () => process.off('exit', end));
  }

  /** Starts a compiled script with Node and waits until it says where it listens. */
  static start(script: URL, args: readonly string[]): Promise<ServerProcess> {
    const child = spawn(process.execPath, [fileURLToPath(script), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    return new Promise((resolve, reject) => {
      let printed = '';
      const fail = (why: string): void => {
        child.kill('SIGKILL');
        reject(new Error(`${script.href} ${why}: ${printed}`));
      };
      const timer = setTimeout(() => fail('did not start in time'), START_MS_MAX);
      const read = (chunk: Buffer): void => {
        printed = (printed + chunk.toString()).slice(-2_000);
        const port = LISTENING.exec(printed)?.[1];
        if (port === undefined) return;
        clearTimeout(timer);
        resolve(new ServerProcess(Number(port), child));
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
      child.once('exit', () => fail('ended'));
    });
  }

  /** Processor time the process has used so far, over all its threads, in milliseconds; null where the system does not tell. */
  processorMs(): number | null {
    try {
      // Behind the name, which may hold anything but ends with a bracket: the 12th and 13th figure, in hundredths of a second.
      const figures =
        readFileSync(`/proc/${String(this.child.pid)}/stat`, 'utf8')
          .split(') ')
          .at(-1)
          ?.split(' ') ?? [];
      return (Number(figures[11]) + Number(figures[12])) * 10;
    } catch {
      return null;
    }
  }

  /** Ends the process and waits until it is gone. @param signal SIGKILL for an end that it does not see coming. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill(signal);
    const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_MS_MAX);
    await gone;
    clearTimeout(timer);
  }
}

/** What both servers have in common for those who load them. */
export interface Target {
  readonly port: number;
  /** Bytes of memory the process has at present. */
  readonly residentBytes: () => Promise<number>;
  /** Seconds of processor time it has used so far, over all its threads. */
  readonly processorSeconds: () => Promise<number>;
}

/** Limits on connections are lifted, because all come from one address here; nobody is timed out while a crowd gathers. */
const SERVICE_FLAGS = Object.entries({
  '--port': 0,
  '--rate-limit-connections': 1_000_000,
  '--connections-per-address-max': 100_000,
  '--heartbeat-interval-ms': 3_000,
  '--heartbeat-timeout-ms': 60_000,
  '--log-level': 'error',
}).flatMap(([flag, value]) => [flag, String(value)]);
export const SERVICE_TEXT =
  'the service as a process of its own (limits by address lifted, heartbeat timeout 60 s, all else default), synchronous=FULL, loopback, load from this process over a minimal socket.io client';

/** What `meshledger` is started with to serve a data directory. */
export function serviceArguments(dataDir: string): string[] {
  return ['serve', ...SERVICE_FLAGS, '--data-dir', dataDir];
}
export const SERVICE_SCRIPT = new URL('../../service/cli.js', import.meta.url);

/** Runs `work` against a service with an empty log. */
export async function withService<Result>(work: (target: Target) => Promise<Result>): Promise<Result> {
  return inTemporaryDirectory((dataDir) => withServiceOn(dataDir, work));
}

/** Runs `work` against a service with the log that is in the directory. @param flags come after the usual ones, and so instead of them. */
export async function withServiceOn<Result>(
  dataDir: string,
  work: (target: Target) => Promise<Result>,
  flags: readonly string[] = [],
): Promise<Result> {
  return withServer(SERVICE_SCRIPT, [...serviceArguments(dataDir), ...flags], work);
}

/** Runs `work` against the same service, but for its log, which keeps nothing. */
export async function withForgetfulService<Result>(work: (target: Target) => Promise<Result>): Promise<Result> {
  return inTemporaryDirectory((dataDir) =>
    withServer(new URL('./forgetful-service.js', import.meta.url), serviceArguments(dataDir), work),
  );
}

/** Runs `work` against a bare socket.io server that acknowledges everything at once: what the wire alone costs. */
export async function withEcho<Result>(work: (target: Target) => Promise<Result>): Promise<Result> {
  return withServer(new URL('./echo-server.js', import.meta.url), [], work);
}

async function withServer<Result>(
  script: URL,
  args: readonly string[],
  work: (target: Target) => Promise<Result>,
): Promise<Result> {
  const server = await ServerProcess.start(script, args);
  const { port } = server;
  try {
    return await work({
      port,
      residentBytes: () => readMetric(port, 'process_resident_memory_bytes'),
      processorSeconds: () => readMetric(port, 'process_cpu_seconds_total'),
    });
  } finally {
    await server.stop();
  }
}

async function readMetric(port: number, name: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${String(port)}/metrics`);
  const value = metricIn(await response.text(), name);
  if (value === null) throw new Error(`the server does not tell ${name}`);
  return value;
}

/** The value of a metric without labels in the text that Prometheus reads; null when it is not there. */
export function metricIn(text: string, name: string): number | null {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  return line === undefined ? null : Number(line.slice(name.length + 1));
}

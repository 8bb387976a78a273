import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually, within } from './eventually.js';
import { freePort } from './free-port.js';

const RUNBOOK = fileURLToPath(new URL('../../docs/turn.md', import.meta.url));
const START_MS_MAX = 20_000;
const STOP_MS_MAX = 20_000;
/** What a machine without certificates, and with nothing but itself to relay for, must have otherwise. */
const NOT_HERE = /^(cert|pkey|tls-listening-port|denied-peer-ip=(127|10|172|192|0|100|169))\b/;

/** A coturn with the configuration of docs/turn.md, on this machine alone. */
export class TurnServer {
  log = '';

  private constructor(
    readonly secret: string,
    readonly port: number,
    private readonly directory: string,
    private readonly child: ChildProcess,
  ) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.log += text));
    }
  }

  /** @throws when there is no coturn: what is to be proved with it is never skipped. */
  static async start(secret: string): Promise<TurnServer> {
    const directory = await mkdtemp(join(tmpdir(), 'meshledger-turn-'));
    const port = await freePort();
    const path = join(directory, 'turnserver.conf');
    await writeFile(path, await configuration(secret, port, directory));
    const child = spawn('turnserver', ['-c', path], { stdio: ['ignore', 'pipe', 'pipe'] });
    const failed = once(child, 'error').then(([error]) => {
      throw new Error('no turnserver: install coturn (Debian, Ubuntu: apt-get install coturn)', { cause: error });
    });
    const server = new TurnServer(secret, port, directory, child);
    const ready = eventually(`coturn is ready: ${server.log}`, START_MS_MAX, () =>
      server.log.includes('auth thread') ? true : null,
    );
    await Promise.race([ready, failed]);
    return server;
  }

  get url(): string {
    return `turn:127.0.0.1:${String(this.port)}?transport=udp`;
  }

  async stop(): Promise<void> {
    const closed = once(this.child, 'close');
    this.child.kill('SIGKILL');
    await within('coturn is gone', STOP_MS_MAX, closed);
    await rm(this.directory, { recursive: true, force: true });
  }
}

async function configuration(secret: string, port: number, directory: string): Promise<string> {
  const written = /```ini\n([\s\S]*?)```/.exec(await readFile(RUNBOOK, 'utf8'))?.[1];
  if (written === undefined) throw new Error('docs/turn.md has no configuration');
  const here = written
    .replace('listening-port=3478', `listening-port=${String(port)}`)
    .replace('static-auth-secret=CHANGE-ME', `static-auth-secret=${secret}`)
    .split('\n')
    .filter((line) => !NOT_HERE.test(line));
  return [
    ...here,
    'listening-ip=127.0.0.1',
    'relay-ip=127.0.0.1',
    'allow-loopback-peers',
    'no-tls',
    'no-dtls',
    'log-file=stdout',
    // The log names users only then.
    'verbose',
    `userdb=${join(directory, 'turndb')}`,
    `pidfile=${join(directory, 'pid')}`,
    '',
  ].join('\n');
}

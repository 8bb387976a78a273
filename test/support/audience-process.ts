import { type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { AudienceSummary } from '../../src/cli/audience/audience-summary.js';
import { within } from './eventually.js';
import { startMeshledger } from './run-meshledger.js';

/** Over and above the run: answers on their way, and looking up every acknowledged position in the log. */
const AFTERWARDS_MS_MAX = 90_000;

export interface AudienceWishes {
  readonly url: string;
  readonly track: string;
  readonly peers: number;
  readonly seconds: number;
  readonly seed: number;
  readonly churn: boolean;
  /** Fresh connections per second; the verb's own default when absent. */
  readonly joinRate?: number;
}

export interface AudienceEnd {
  readonly exitCode: number | null;
  readonly summary: AudienceSummary | null;
  readonly stderr: string;
}

/** The verb `audience` as a process of its own. */
export class AudienceProcess {
  readonly #child: ChildProcess;
  readonly #seconds: number;
  readonly #end: Promise<AudienceEnd>;

  constructor(wishes: AudienceWishes) {
    this.#seconds = wishes.seconds;
    this.#child = startMeshledger('audience', ...wordsOf(wishes));
    this.#end = endOf(this.#child);
  }

  /** Ends the run early, as Ctrl-C does: what was acknowledged is still looked up. */
  stop(): void {
    this.#child.kill('SIGINT');
  }

  /** Resolves when the audience has watched, and has looked up every position that was acknowledged to it. */
  end(): Promise<AudienceEnd> {
    return within('the audience ends', this.#seconds * 1_000 + AFTERWARDS_MS_MAX, this.#end);
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#end;
  }
}

function wordsOf({ url, track, peers, seconds, seed, churn, joinRate }: AudienceWishes): string[] {
  const numbers = { peers, seconds, seed };
  const words = Object.entries(numbers).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const pace = joinRate === undefined ? [] : ['--join-rate', String(joinRate)];
  return ['--url', url, '--track', track, ...words, ...pace, ...(churn ? ['--churn'] : []), '--json'];
}

async function endOf(child: ChildProcess): Promise<AudienceEnd> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, summary: stdout === '' ? null : (JSON.parse(stdout) as AudienceSummary), stderr };
}

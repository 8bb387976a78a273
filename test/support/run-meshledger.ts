import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command line as a user would, to its end. */
export async function meshledger(...words: readonly string[]): Promise<Ended> {
  const child = startMeshledger(...words);
  const [stdout, stderr, exitCode] = await Promise.all([
    textOf(child.stdout),
    textOf(child.stderr),
    new Promise<number | null>((resolve) => child.once('close', resolve)),
  ]);
  return { exitCode, stdout, stderr };
}

/** Starts the built command line and leaves it running; its stdin is a pipe. */
export function startMeshledger(...words: readonly string[]): ChildProcess {
  const bin = fileURLToPath(new URL('../../dist/service/cli.js', import.meta.url));
  if (!existsSync(bin)) throw new Error('dist is missing: run `npm run build` first (`npm test` does)');
  return spawn(process.execPath, [bin, ...words], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], NODE_NO_WARNINGS: '1' },
  });
}

/** Lines of a running command, as they come. */
export function linesOf(child: ChildProcess): AsyncIterator<string> {
  if (child.stdout === null) throw new Error('stdout is not piped');
  return createInterface({ input: child.stdout })[Symbol.asyncIterator]();
}

async function textOf(stream: NodeJS.ReadableStream | null): Promise<string> {
  let text = '';
  for await (const chunk of stream ?? []) text += String(chunk);
  return text;
}

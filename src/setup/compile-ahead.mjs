// Plain JavaScript without dependencies, as prepare.mjs, which needs it.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compiledFile } from './load-program.mjs';

const COMPILING_MS_MAX = 60_000;

/** Names the text of the program in this folder. */
export function programId(folder) {
  return createHash('sha256')
    .update(readFileSync(join(folder, 'program.js')))
    .digest('hex')
    .slice(0, 16);
}

/**
 * Starts the service once, on an empty log, and keeps what the compiler made of it, unless that is there already. It fits one version of V8
 * and its flags, and is made with those of this process; what was made with others stays. A service without it is whole, and starts slower.
 */
export function compileAhead(folder) {
  const id = programId(folder);
  if (existsSync(compiledFile(folder, id))) return;
  const dataDir = mkdtempSync(join(tmpdir(), 'meshledger-build-'));
  const script = fileURLToPath(new URL('./compile-service.mjs', import.meta.url));
  const { PATH, NODE_OPTIONS = '' } = process.env;
  const { status } = spawnSync(process.execPath, [...process.execArgv, script, folder, id, dataDir], {
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: COMPILING_MS_MAX,
    env: { PATH, NODE_OPTIONS },
  });
  rmSync(dataDir, { recursive: true, force: true });
  if (status !== 0) console.error('meshledger: the service could not be compiled ahead, and will take longer to start');
}

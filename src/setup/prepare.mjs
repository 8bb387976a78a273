// Plain JavaScript without dependencies: it runs on a fresh clone, before anything is installed or built.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileAhead } from './compile-ahead.mjs';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const NODE_MAJOR_MIN = 20;
const NODE_MINOR_MIN = 19;

/** Installs the locked dependencies and builds, each only when what it depends on has changed. */
export function prepare() {
  requireNode();
  installWhenChanged();
  buildWhenChanged();
  // With another V8, or other flags of it, than the build had: the service would start without, and nobody would see why it takes longer.
  compileAhead(join(root, 'dist', 'service'));
}

/** Runs a program in the project's root and ends this process with its status if it fails. */
export function runOrExit(command, args, environment = {}) {
  const done = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...environment } });
  if (done.status !== 0) {
    console.error(`meshledger: "${[command, ...args].join(' ')}" failed`);
    process.exit(done.status ?? 1);
  }
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > NODE_MAJOR_MIN || (major === NODE_MAJOR_MIN && minor >= NODE_MINOR_MIN)) return;
  console.error(
    `meshledger: Node ${process.versions.node} is too old; ${NODE_MAJOR_MIN}.${NODE_MINOR_MIN} or newer is needed`,
  );
  process.exit(1);
}

function installWhenChanged() {
  const stampFile = join(root, 'node_modules', '.meshledger-installed');
  // A native module built for one Node does not load in another.
  const stamp = digest([
    ...filesOf('package.json', 'package-lock.json', '.npmrc'),
    process.versions.modules,
    process.platform,
    process.arch,
  ]);
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  console.error('meshledger: installing dependencies (better-sqlite3 is compiled, which takes a minute or two) ...');
  runOrExit(process.platform === 'win32' ? 'npm.cmd' : 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(stampFile, stamp);
}

function buildWhenChanged() {
  const stampFile = join(root, 'dist', '.meshledger-built');
  const stamp = digest(filesOf('package-lock.json', 'tsconfig.json', 'nest-cli.json', '.swcrc', 'src', 'migrations'));
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  console.error('meshledger: building ...');
  runOrExit(process.execPath, [join('node_modules', '@nestjs', 'cli', 'bin', 'nest.js'), 'build']);
  runOrExit(process.execPath, [join('src', 'setup', 'build-service.mjs')]);
  runOrExit(process.execPath, [join('src', 'setup', 'build-sdk.mjs')]);
  writeFileSync(stampFile, stamp);
}

function filesOf(...names) {
  return names.flatMap((name) => {
    const path = join(root, name);
    if (!existsSync(path)) return [`${name} absent`];
    if (!statSync(path).isDirectory()) return [name, readFileSync(path)];
    return filesOf(
      ...readdirSync(path)
        .sort()
        .map((entry) => join(name, entry)),
    );
  });
}

function digest(parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
}

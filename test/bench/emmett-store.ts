import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { RecordedTopologyEvent } from '../../src/domain/events.js';

/** Its packages are locked here, apart from ours, and installed in a folder that no build empties and no tool of ours looks into. */
const LOCKED = new URL('../../../test/bench/emmett/', import.meta.url);
const INSTALLED = new URL('../../../.cache/bench-emmett/', import.meta.url);
const LOCK_FILES = ['package.json', 'package-lock.json', '.npmrc'];
const INSTALL_MS_MAX = 900_000;

interface EmmettConnection {
  command(sql: string): Promise<unknown>;
  querySingle(sql: string): Promise<{ readonly synchronous: number } | null>;
  close(): void;
}

interface EmmettPackage {
  readonly sqliteConnection: (options: { fileName: string }) => EmmettConnection;
  readonly getSQLiteEventStore: (options: {
    fileName: string;
    connectionOptions: { singleton: true; connection: EmmettConnection };
  }) => { appendToStream(stream: string, events: readonly EmmettEvent[]): Promise<unknown> };
}

interface EmmettEvent {
  readonly type: string;
  readonly data: object;
}

/** An event store of Emmett in a file, on one connection that it keeps, in WAL mode with `synchronous=FULL`. */
export interface EmmettStore {
  append(events: readonly EmmettEvent[]): Promise<void>;
  close(): void;
}

/** @throws when its packages cannot be installed, which takes a registry and, for the native one, a compiler. */
export async function openEmmettStore(fileName: string): Promise<EmmettStore> {
  installWhenChanged();
  const { sqliteConnection, getSQLiteEventStore } = createRequire(new URL('package.json', INSTALLED))(
    '@event-driven-io/emmett-sqlite',
  ) as EmmettPackage;
  const connection = sqliteConnection({ fileName });
  await connection.command('PRAGMA synchronous = FULL');
  const mode = await connection.querySingle('PRAGMA synchronous');
  if (mode?.synchronous !== 2) throw new Error('emmett-sqlite does not run with synchronous=FULL');
  const store = getSQLiteEventStore({ fileName, connectionOptions: { singleton: true, connection } });
  return {
    async append(events) {
      await store.appendToStream('bench/emmett', events);
    },
    close() {
      connection.close();
    },
  };
}

/** The same event as a user of Emmett would write it: its type, and all the rest as data. */
export function emmettEventOf({ type, ...data }: RecordedTopologyEvent): EmmettEvent {
  return { type, data };
}

/** Versions of the packages, as they are locked. */
export function emmettVersions(): string {
  const { dependencies } = JSON.parse(readFileSync(new URL('package.json', LOCKED), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  return Object.entries(dependencies)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');
}

function installWhenChanged(): void {
  const isUnchanged =
    existsSync(new URL('node_modules/', INSTALLED)) &&
    LOCK_FILES.every((file) => contentOf(new URL(file, LOCKED)) === contentOf(new URL(file, INSTALLED)));
  if (isUnchanged) return;
  mkdirSync(INSTALLED, { recursive: true });
  for (const file of LOCK_FILES.slice(0, -1)) copyFileSync(new URL(file, LOCKED), new URL(file, INSTALLED));
  console.error(
    'installing emmett-sqlite for its benchmark (its sqlite3 may be compiled, which takes some minutes) ...',
  );
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const done = spawnSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: fileURLToPath(INSTALLED),
    stdio: ['ignore', 2, 2],
    timeout: INSTALL_MS_MAX,
  });
  if (done.status !== 0) throw new Error('emmett-sqlite could not be installed');
  // Copied last: an installation that was interrupted is begun again.
  copyFileSync(new URL('.npmrc', LOCKED), new URL('.npmrc', INSTALLED));
}

function contentOf(file: URL): string | null {
  return existsSync(file) ? readFileSync(file, 'utf8') : null;
}

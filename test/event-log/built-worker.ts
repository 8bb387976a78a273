import { existsSync } from 'node:fs';

/** The compiled worker: a worker thread cannot load the TypeScript that the tests run. */
export function builtWorkerUrl(): URL {
  const url = new URL('../../dist/src/event-log/log-worker.js', import.meta.url);
  if (!existsSync(url)) throw new Error('dist is missing: run `npm run build` first (`npm test` does)');
  return url;
}

/** A compiled module of the log, for a process of its own. */
export function builtModule(name: string): string {
  return new URL(`./${name}`, builtWorkerUrl()).href;
}

// The browser's part of the build: dist/sdk (ESM, a plain script, types) and dist/example. Runs after nest build, which empties dist.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from './prepare.mjs';

const path = (...parts) => join(root, ...parts);
const shared = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  sourcemap: true,
  // The first browsers with everything the client uses: 2022 and later.
  target: ['chrome100', 'firefox100', 'safari15.4'],
  tsconfigRaw: { compilerOptions: { target: 'ES2022' } },
  legalComments: 'none',
  logLevel: 'warning',
};

await Promise.all([
  build({
    ...shared,
    entryPoints: [path('src/sdk/client.ts')],
    outfile: path('dist/sdk/client.js'),
    format: 'esm',
    external: ['socket.io-client'],
  }),
  // A page without a bundler gets all of it in one file, socket.io-client included, as the global `Meshledger`.
  build({
    ...shared,
    entryPoints: [path('src/sdk/client.ts')],
    outfile: path('dist/sdk/meshledger.iife.js'),
    format: 'iife',
    globalName: 'Meshledger',
  }),
  build({
    ...shared,
    entryPoints: [path('src/example/example.ts')],
    outfile: path('dist/example/example.js'),
    format: 'esm',
  }),
]);
mkdirSync(path('dist/example'), { recursive: true });
for (const name of ['index.html', 'example.css']) cpSync(path('src/example', name), path('dist/example', name));
emitTypes();

function emitTypes() {
  const tsc = path('node_modules/typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', path('src/sdk/tsconfig.types.json')], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}

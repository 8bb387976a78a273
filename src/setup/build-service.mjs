/**
 * The service and its worker threads in one folder of few files, dist/service: a start reads and compiles a third of what it would from
 * node_modules, where hundreds of small files stand. Runs after nest build, because decorators become metadata there and esbuild knows
 * nothing of it.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { root } from './prepare.mjs';

const compiled = (...parts) => join(root, 'dist', 'src', ...parts);

/** The program and every thread it starts. All come to stand in one folder, where each finds the others beside itself. */
const ENTRIES = [
  'cli.js',
  'event-log/log-worker.js',
  'event-log/read-ahead-worker.js',
  'event-log/seal-worker.js',
  'event-log/snapshot-worker.js',
  'history/history-worker.js',
];

/** Modules that export nothing but plain values, which are the same at every start: what makes them stays out of the service. */
const KNOWN_NOW = ['event-log/log-queries.js', 'admin/openapi-document.js'];

/** Found in node_modules when the service runs: native, or Nest asks for it and can do without. */
const LEFT_OUT = [
  'better-sqlite3',
  // A shared global that must be there before the first class of Nest; only a module of its own is sure to run before the others.
  'reflect-metadata',
  '@nestjs/microservices',
  '@nestjs/microservices/*',
  '@nestjs/platform-socket.io',
  'class-transformer',
  'class-validator',
];

const knownNow = {
  name: 'known-now',
  setup(plugin) {
    const files = new Set(KNOWN_NOW.map((file) => compiled(file)));
    plugin.onLoad({ filter: /\.js$/, namespace: 'file' }, async ({ path }) => {
      if (!files.has(path)) return undefined;
      const values = Object.entries(await import(pathToFileURL(path).href));
      return { contents: values.map(([name, value]) => constant(name, value)).join('\n'), loader: 'js' };
    });
  },
};

function constant(name, value) {
  const text = JSON.stringify(value);
  if (text === undefined) throw new Error(`${name} is no plain value, so it cannot be known before the service runs`);
  return typeof value === 'string' ? `export const ${name} = ${text};` : parsed(`export const ${name} =`, text);
}

/** JSON.parse reads large values faster than the compiler does. */
function parsed(before, text) {
  return `${before} JSON.parse(${JSON.stringify(text)});`;
}

const lean = {
  name: 'lean',
  setup(plugin) {
    // Nest would load Express by itself if it were not handed over; file uploads, which come with it, are not taken.
    plugin.onResolve({ filter: /^@nestjs\/platform-express$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: '@nestjs/platform-express', external: true } : undefined,
    );
    plugin.onResolve({ filter: /^(\.\/multer\/index\.js|multer)$/ }, ({ importer, path, ...rest }) =>
      importer.includes('platform-express') && rest.pluginData !== 'known'
        ? plugin
            .resolve(path, { importer, kind: rest.kind, resolveDir: rest.resolveDir, pluginData: 'known' })
            .then((found) => ({ ...found, sideEffects: false }))
        : undefined,
    );
    // Every text encoding of the world, for bodies that are not UTF-8.
    plugin.onResolve({ filter: /^\.\.\/encodings$/ }, ({ importer }) =>
      importer.includes('iconv-lite') ? { path: 'iconv-lite/encodings/index.js', external: true } : undefined,
    );
    plugin.onLoad({ filter: /mime-db[\\/]db\.json$/ }, ({ path }) => ({
      contents: parsed('module.exports =', readFileSync(path, 'utf8')),
      loader: 'js',
    }));
  },
};

rmSync(join(root, 'dist', 'service'), { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: ENTRIES.map((file) => compiled(file)),
  outdir: join(root, 'dist', 'service'),
  entryNames: '[name]',
  chunkNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  // One rxjs, of which unused parts fall away; that for Node is all of it.
  alias: { rxjs: join(root, 'node_modules/rxjs/dist/esm') },
  external: LEFT_OUT,
  plugins: [knownNow, lean],
  // Packages in CommonJS ask for modules of Node.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(import.meta.url);",
  },
  // Errors and classes of Nest are told apart by name.
  keepNames: true,
  sourcemap: 'linked',
  legalComments: 'none',
  logLevel: 'warning',
});

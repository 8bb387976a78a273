/**
 * The service in one folder of few files, dist/service, with the code that the compiler has made of them: a start takes a fourth of the
 * time that it does from dist/src and the hundreds of small files in node_modules. Runs after nest build, because decorators become
 * metadata there and esbuild knows nothing of it.
 */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { compileAhead, programId } from './compile-ahead.mjs';
import { root } from './prepare.mjs';

const folder = join(root, 'dist', 'service');
const compiled = (...parts) => join(root, 'dist', 'src', ...parts);

/** The program and every thread it starts. All stand in one folder, where each finds the others beside itself. */
const ENTRIES = {
  program: 'cli/run-command-line.js',
  'log-worker': 'event-log/log-worker.js',
  'pages-ahead-worker': 'event-log/pages-ahead-worker.js',
  'read-ahead-worker': 'event-log/read-ahead-worker.js',
  'seal-worker': 'event-log/seal-worker.js',
  'snapshot-worker': 'event-log/snapshot-worker.js',
  'history-worker': 'history/history-worker.js',
};

/** Modules that export nothing but plain values, which are the same at every start: what makes them stays out of the service. */
const KNOWN_NOW = ['event-log/log-queries.js', 'admin/openapi-document.js'];

/** What Nest asks for and does without. `platform-express` it would load by itself if an adapter were not handed over. */
const ABSENT =
  /^(@nestjs\/microservices(\/.*)?|@nestjs\/platform-socket\.io|@nestjs\/platform-express|class-transformer|class-validator)$/;

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

/** @throws when a text is not there exactly once: then the package has changed, and somebody has to look. */
function changed(text, replacements) {
  return replacements.reduce((left, [from, to]) => {
    if (left.split(from).length !== 2) throw new Error(`"${from}" is not there exactly once`);
    return left.replace(from, to);
  }, text);
}

/** Where iconv-lite was found by whoever uses it. */
const encodings = new Set();
const ENCODINGS = 'text-encodings';

/** The package `debug` as those who use it know it, which never says anything. */
const SILENT_DEBUG = `
  const silent = () => undefined;
  Object.assign(silent, { enabled: false, extend: () => silent, destroy: () => false });
  const debug = () => silent;
  module.exports = Object.assign(debug, { debug, enable() {}, disable: () => '', enabled: () => false });
`;

/**
 * The bundle gives every function its name when it is made, closures too, and those are made for every message. Only classes are
 * asked for their names; functions keep those they were written with.
 */
function nameClassesOnly(file) {
  const helper = /^var __name = (\(.*\) => __defProp\(.*\));$/m;
  const text = readFileSync(file, 'utf8');
  const [, define] = helper.exec(text) ?? [];
  if (define === undefined) throw new Error('the bundle names its functions in another way than it did');
  const helpers = `var $_name = ${define}, __name = (named) => named;`;
  writeFileSync(
    file,
    text.replaceAll('__name(this, ', () => '$_name(this, ').replace(helper, () => helpers),
  );
}

const lean = {
  name: 'lean',
  setup(plugin) {
    plugin.onResolve({ filter: ABSENT }, ({ path, kind }) =>
      kind === 'dynamic-import' ? { path, namespace: 'absent' } : undefined,
    );
    plugin.onLoad({ filter: /.*/, namespace: 'absent' }, ({ path }) => ({
      contents: `throw new Error(${JSON.stringify(`${path} is not part of the service`)});`,
    }));
    // File uploads come with the adapter for Express; the service takes none.
    plugin.onLoad({ filter: /platform-express[\\/]multer[\\/]index\.js$/ }, () => ({ contents: 'export {};' }));
    // Its lines are formatted before they are thrown away: a tenth of the memory that a heartbeat takes.
    plugin.onResolve({ filter: /^debug$/ }, ({ path }) => ({ path, namespace: 'silent' }));
    plugin.onLoad({ filter: /.*/, namespace: 'silent' }, () => ({ contents: SILENT_DEBUG }));
    // Every text encoding of the world, for bodies that are not UTF-8: a file of its own, which hardly any start loads.
    plugin.onResolve({ filter: /^\.\.\/encodings$/ }, ({ importer, resolveDir }) => {
      if (!importer.includes('iconv-lite')) return undefined;
      encodings.add(join(resolveDir, '..', 'encodings', 'index.js'));
      return { path: `./${ENCODINGS}.js`, external: true };
    });
    // It makes a formatter of dates at once, which takes longer than anything else in Nest, for lines that the service writes itself.
    plugin.onLoad({ filter: /console-logger\.service\.js$/ }, ({ path }) => ({
      contents: changed(readFileSync(path, 'utf8'), [
        ['const dateTimeFormatter = new Intl.', 'const dateTimeFormatter = () => new Intl.'],
        ['dateTimeFormatter.format(', 'dateTimeFormatter().format('],
      ]),
    }));
    plugin.onLoad({ filter: /mime-db[\\/]db\.json$/ }, ({ path }) => ({
      contents: parsed('module.exports =', readFileSync(path, 'utf8')),
      loader: 'js',
    }));
  },
};

const shared = {
  absWorkingDir: root,
  outdir: folder,
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20.19',
  logLevel: 'warning',
};

rmSync(folder, { recursive: true, force: true });
await build({
  ...shared,
  entryPoints: Object.fromEntries(Object.entries(ENTRIES).map(([name, file]) => [name, compiled(file)])),
  // Of rxjs the one of which unused parts fall away; and one list of media types instead of three.
  alias: { rxjs: join(root, 'node_modules/rxjs/dist/esm'), 'mime-db': join(root, 'node_modules/mime-db') },
  // Native.
  external: ['better-sqlite3'],
  plugins: [knownNow, lean],
  define: { 'import.meta.url': 'ownUrl' },
  banner: { js: "const ownUrl = require('node:url').pathToFileURL(__filename).href;" },
  // Errors and classes of Nest are told apart by name.
  keepNames: true,
  sourcemap: 'linked',
  legalComments: 'none',
});
nameClassesOnly(join(folder, 'program.js'));
if (encodings.size !== 1) throw new Error(`${encodings.size} packages of text encodings are in use, not one`);
await build({ ...shared, entryPoints: { [ENCODINGS]: [...encodings][0] }, legalComments: 'none' });
await build({
  ...shared,
  entryPoints: { cli: fileURLToPath(new URL('./run-service.mjs', import.meta.url)) },
  define: { PROGRAM_ID: JSON.stringify(programId(folder)) },
});
writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n');
// What socket.io serves to pages at /socket.io/socket.io.js, it looks for beside its own folder.
cpSync(join(root, 'node_modules', 'socket.io', 'client-dist'), join(root, 'dist', 'client-dist'), { recursive: true });
compileAhead(folder);

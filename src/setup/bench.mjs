// `npm run bench [-- NAME ...] [-- --json] [-- --events N] [-- --seconds N]`: installed and built first, then test/bench, compiled beside the build.
import { join } from 'node:path';
import { prepare, root, runOrExit } from './prepare.mjs';

prepare();
const swc = join(root, 'node_modules', '@swc', 'cli', 'bin', 'swc.js');
runOrExit(process.execPath, [
  swc,
  'test/bench',
  'test/support/large-log.ts',
  '--out-dir',
  'dist',
  '--extensions',
  '.ts',
  '--ignore',
  '**/node_modules/**',
  '--ignore',
  '**/*.test.ts',
  '--quiet',
]);
runOrExit(process.execPath, ['--expose-gc', join(root, 'dist', 'test', 'bench', 'run.js'), ...process.argv.slice(2)]);

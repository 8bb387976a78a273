// `npm test`: every check and every quick test; `--long` runs the long tests instead. Ends with a line "N passed, N failed".
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireChromium } from './find-chromium.mjs';
import { prepare, root } from './prepare.mjs';

/** As many as the tests that run beside each other later on. */
const CHECKS_AT_ONCE = 2;
/** The longest first. */
const CHECKS = [
  ['lint', ['eslint/bin/eslint.js', '--max-warnings', '0', 'src', 'migrations', 'test']],
  ['types', ['typescript/bin/tsc', '--noEmit', '-p', '.']],
  ['types of the browser part', ['typescript/bin/tsc', '--noEmit', '-p', 'src/sdk']],
  [
    'dependency rule',
    ['dependency-cruiser/bin/dependency-cruise.mjs', '--config', '.dependency-cruiser.cjs', 'src', 'migrations'],
  ],
  [
    'formatting',
    ['prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', 'src', 'migrations', 'test', '*.js', '*.cjs'],
  ],
];

const options = process.argv.slice(2);
const long = options.includes('--long');
const jestOptions = options.filter((option) => option !== '--long');
prepare();
requireChromium();
const tally = { passed: 0, failed: 0 };
if (!long && jestOptions.length === 0) await runChecks();
runJest();
console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exitCode = tally.failed === 0 ? 0 : 1;

/** What a check says is shown when it has ended, so that two of them do not speak at once. */
async function runChecks() {
  const waiting = [...CHECKS];
  const runSome = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [name, [script, ...args]] = next;
      const { status, said } = await ended([join(root, 'node_modules', script), ...args]);
      count(status === 0 ? 1 : 0, status === 0 ? 0 : 1);
      process.stderr.write(said);
      console.log(`check ${name}: ${status === 0 ? 'passed' : 'FAILED'}`);
    }
  };
  await Promise.all(Array.from({ length: CHECKS_AT_ONCE }, runSome));
}

function ended(args) {
  return new Promise((resolve) => {
    const check = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [check.stdout, check.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        said += text;
      });
    }
    check.once('close', (status) => resolve({ status, said }));
  });
}

function runJest() {
  const folder = mkdtempSync(join(tmpdir(), 'meshledger-jest-'));
  const report = join(folder, 'report.json');
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  const { status } = runNode(['--experimental-vm-modules', jest, '--json', `--outputFile=${report}`, ...jestOptions], {
    MESHLEDGER_LONG: long ? '1' : '0',
    NODE_NO_WARNINGS: '1',
  });
  const summary = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : null;
  rmSync(folder, { recursive: true, force: true });
  // A suite that could not even start has no test to count, and must not pass for that.
  const unstarted = summary === null ? 1 : summary.numRuntimeErrorTestSuites;
  count(summary?.numPassedTests ?? 0, (summary?.numFailedTests ?? 0) + unstarted);
  if (status !== 0 && tally.failed === 0) count(0, 1);
}

function runNode(args, environment = {}) {
  // --json makes jest repeat its report on stdout; the human-readable one goes to stderr.
  const quiet = args.includes('--json') ? 'ignore' : 'inherit';
  return spawnSync(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', quiet, 'inherit'],
    env: { ...process.env, ...environment },
  });
}

function count(passed, failed) {
  tally.passed += passed;
  tally.failed += failed;
}

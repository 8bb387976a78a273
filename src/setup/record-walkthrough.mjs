/**
 * Runs every command of docs/incident-walkthrough.md and writes what it prints below it. Wanted after a change to what a verb prints;
 * a test compares the two. Run it behind a build: `node src/setup/record-walkthrough.mjs`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = join(root, 'docs/incident-walkthrough.md');
const dataDir = mkdtempSync(join(tmpdir(), 'meshledger-walkthrough-'));

function meshledger(words) {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['dist/service/cli.js', ...words.split(' ')], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, MESHLEDGER_DATA_DIR: dataDir, NO_COLOR: '1' },
  });
  if (status === 2) throw new Error(`${words}: ${stderr}`);
  return stdout.replace(/\n$/, '');
}

const text = readFileSync(page, 'utf8');
meshledger(/^npx meshledger (simulate .*) --log \.\/friday$/m.exec(text)[1] + ` --log ${dataDir}`);
const recorded = text.replace(
  /^```console\n\$ npx meshledger (.*)\n[^]*?^```$/gm,
  (_, words) => `\`\`\`console\n$ npx meshledger ${words}\n${meshledger(words)}\n\`\`\``,
);
writeFileSync(page, recorded);
rmSync(dataDir, { recursive: true });

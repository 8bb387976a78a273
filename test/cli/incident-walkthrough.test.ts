import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { commandLine } from '../support/command-line.js';
import { temporaryDataDir } from '../support/log-directory.js';

const PAGE = readFileSync(new URL('../../docs/incident-walkthrough.md', import.meta.url), 'utf8');
const DATA_DIR = 'MESHLEDGER_DATA_DIR';

let remove: () => Promise<void>;

beforeAll(async () => {
  const directory = await temporaryDataDir();
  remove = directory.remove;
  process.env[DATA_DIR] = directory.dataDir;
  const [, simulate = ''] = /^npx meshledger (simulate .*) --log \.\/friday$/m.exec(PAGE) ?? [];
  const made = await commandLine(...simulate.split(' '), '--log', directory.dataDir);
  if (made.exitCode !== 0) throw new Error(`the evening cannot be made: ${made.stderr}`);
});

afterAll(async () => {
  Reflect.deleteProperty(process.env, DATA_DIR);
  await remove();
});

const shown = [...PAGE.matchAll(/^```console\n\$ npx meshledger (.*)\n([^]*?)\n```$/gm)];

it('the walkthrough shows every step of a review', () => {
  const verbs = shown.map(([, command = '']) => command.split(' ')[0]);
  expect(verbs).toEqual(['tracks', 'incidents', 'tree', 'replay', 'explain', 'diff', 'timeline', 'verify']);
});

// After a change to what a verb prints, src/setup/record-walkthrough.mjs writes the page anew.
it.each(shown.map(([, command = '', output = '']) => [command, output]))(
  'the walkthrough shows what is printed: %s',
  async (command, output) => {
    const { stdout, stderr } = await commandLine(...command.split(' '));
    expect(stderr).toBe('');
    expect(stdout).toBe(`${output}\n`);
  },
);

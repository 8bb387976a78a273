import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { commandLine } from '../support/command-line.js';
import { eveningTrack } from '../support/evening-track.js';
import { temporaryDataDir, writeLog } from '../support/log-directory.js';
import { meshledger } from '../support/run-meshledger.js';

let dataDir: string;
let remove: () => Promise<void>;

beforeAll(async () => {
  ({ dataDir, remove } = await temporaryDataDir());
  await writeLog(dataDir, eveningTrack());
});

afterAll(() => remove());

it('help is no error, for the command and for each verb', async () => {
  const verbs = ['tracks', 'tree', 'diff', 'events', 'timeline', 'replay', 'incidents', 'explain', 'verify', 'what-if'];
  const help = await commandLine('--help');
  expect(help.exitCode).toBe(0);
  for (const verb of ['serve', ...verbs]) expect(help.stdout).toContain(`  ${verb} `);
  for (const verb of verbs) {
    const { exitCode, stdout } = await commandLine(verb, '--help');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('--data-dir <dir>');
    expect(stdout).toContain('--json');
  }
});

it('a process says the same and ends with the same code: 0 done, 1 a finding, 2 wrong use', async () => {
  const asked = [
    ['tree', '--track', 'live/evening', '--json'],
    ['incidents', '--track', 'live/evening', '--interrupted-peers-min', '1'],
    ['tree', '--track', 'nope'],
  ];
  for (const [exitCode, words] of asked.entries()) {
    const ended = await meshledger(...words, '--data-dir', dataDir);
    expect(ended).toEqual(await commandLine(...words, '--data-dir', dataDir));
    expect(ended.exitCode).toBe(exitCode);
  }
});

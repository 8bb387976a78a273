import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { eveningTrack } from '../support/evening-track.js';
import { commandLine } from '../support/command-line.js';
import { temporaryDataDir, writeLog } from '../support/log-directory.js';
import { startMeshledger } from '../support/run-meshledger.js';

let dataDir: string;
let remove: () => Promise<void>;

beforeAll(async () => {
  ({ dataDir, remove } = await temporaryDataDir());
  await writeLog(dataDir, eveningTrack());
});

afterAll(() => remove());

const words = (...more: string[]): string[] => ['replay', '--track', 'live/evening', '--data-dir', dataDir, ...more];

it('a replay elsewhere than on a terminal is told line by line, without pauses', async () => {
  const { exitCode, stdout } = await commandLine(...words('--from', '9', '--to', '20'));
  expect(exitCode).toBe(0);
  expect(stdout).toBe(
    '20:14:12.120        19  relay-2 timed out after 10.1 s of silence  (9 pulses before it)\n' +
      '                        - relay-2\n' +
      '                        ~ viewer-4: under relay-2, depth 2 -> without a parent\n' +
      '20:14:12.120        20  viewer-4 moved from relay-2 to relay-1 (depth 1), because of 19\n' +
      '                        ~ viewer-4: without a parent -> under relay-1, depth 1\n',
  );
});

it('a replay in JSON has one step a line, pauses or not', async () => {
  const plain = await commandLine(...words('--json'));
  const steps = plain.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { position: number });
  expect(steps.map(({ position }) => position)).toEqual(
    eveningTrack()
      .events.filter(({ type }) => type !== 'HeartbeatReceived' && type !== 'ForwardReported')
      .map(({ position }) => position),
  );
  const hurried = await commandLine(...words('--json', '--speed', '1000000'));
  expect(hurried.stdout).toBe(plain.stdout);
});

it('a replay goes by keys, also those that come through a pipe', async () => {
  const child = startMeshledger(...words('--step', '--from', '9'));
  let stdout = '';
  child.stdout!.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stdin!.end('tnbq');
  const [exitCode] = (await once(child, 'close')) as [number];
  expect(exitCode).toBe(0);
  expect(stdout.split('\n').filter((line) => !line.startsWith(' '))).toEqual([
    '20:14:12.120        19  relay-2 timed out after 10.1 s of silence  (9 pulses before it)',
    '20:14:12.120        20  viewer-4 moved from relay-2 to relay-1 (depth 1), because of 19',
    'back to position 19',
    '~ viewer-4: under relay-1, depth 1 -> without a parent',
    '',
  ]);
});

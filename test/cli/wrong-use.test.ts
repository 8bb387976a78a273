import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { eveningTrack } from '../support/evening-track.js';
import { temporaryDataDir, writeLog } from '../support/log-directory.js';
import { RecordedTrack } from '../support/recorded-track.js';
import { commandLine } from '../support/command-line.js';

let dataDir: string;
let remove: () => Promise<void>;

beforeAll(async () => {
  ({ dataDir, remove } = await temporaryDataDir());
  const closed = new RecordedTrack('live/closed').join('solo').later(1_000).leave('solo').close();
  await writeLog(dataDir, eveningTrack(), closed);
});

afterAll(() => remove());

const run = (...words: string[]): ReturnType<typeof commandLine> => commandLine(...words, '--data-dir', dataDir);

describe('wrong use ends with 2 and one line that names what is allowed', () => {
  it.each<[string, string[], RegExp]>([
    [
      'an unknown track',
      ['tree', '--track', 'nope'],
      /^meshledger: unknown_track: no track "nope"; allowed is live\/closed, live\/evening\n$/,
    ],
    [
      'an unknown peer',
      ['timeline', '--track', 'live/evening', '--peer', 'nobody'],
      /^meshledger: unknown_peer: no peer "nobody" ever joined/,
    ],
    ['an unknown peer of events', ['events', '--track', 'live/evening', '--peer', '#5'], /no peer "#5" ever joined/],
    [
      'a position beyond the head',
      ['tree', '--track', 'live/evening', '--position', '25'],
      /^meshledger: position_out_of_range: position 25 is beyond the head of track live\/evening; allowed is 0 to 24\n$/,
    ],
    [
      'a time before the track',
      ['tree', '--track', 'live/evening', '--at', '2026-01-31'],
      /^meshledger: time_out_of_range: track live\/evening has its first event at 2026-01-31T20:14:00.000Z/,
    ],
    [
      'a time in the future',
      ['tree', '--track', 'live/evening', '--at', '9999-01-01'],
      /^meshledger: time_out_of_range: 9999-/,
    ],
    [
      'a reversed range',
      ['diff', '--track', 'live/evening', '--from', '9', '--to', '8'],
      /^meshledger: invalid_range: /,
    ],
    [
      'an end beyond the head',
      ['diff', '--track', 'live/evening', '--to', '25'],
      /^meshledger: position_out_of_range: /,
    ],
    [
      'a bad moment',
      ['diff', '--track', 'live/evening', '--from', 'x'],
      /^meshledger: invalid_time: "x" is not a moment; allowed is a position of the log, or a time: ISO 8601/,
    ],
    [
      'a speed of nothing',
      ['replay', '--track', 'live/evening', '--speed', '0'],
      /Allowed is a number above 0, up to 1000000/,
    ],
    [
      'a replay beyond the head',
      ['replay', '--track', 'live/evening', '--from', '25'],
      /^meshledger: position_out_of_range: /,
    ],
    [
      'a threshold that is no number',
      ['incidents', '--track', 'live/evening', '--reassignments-min', 'many'],
      /Allowed is a whole number, 0 or more/,
    ],
    [
      'a bad time',
      ['tree', '--track', 'live/evening', '--at', 'noon'],
      /^meshledger: invalid_time: "noon" is not a time; allowed is ISO 8601/,
    ],
    [
      'a time and a position',
      ['tree', '--track', 'live/evening', '--at', '5m', '--position', '3'],
      /cannot be used with/,
    ],
    ['an unknown type', ['events', '--track', 'live/evening', '--type', 'Nap'], /Allowed is TrackOpened, /],
    [
      'a limit of nothing',
      ['events', '--track', 'live/evening', '--limit', '0'],
      /Allowed is a whole number, 1 or more/,
    ],
    ['a missing track', ['verify', '--track', 'nope'], /no track "nope"/],
    ['a missing option', ['tree'], /required option '--track <track>' not specified/],
  ])('%s', async (_, words, message) => {
    const { exitCode, stdout, stderr } = await run(...words);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('a data directory that is not there, or holds no log', async () => {
    const missing = await commandLine('tracks', '--data-dir', join(dataDir, 'nowhere'));
    expect(missing).toMatchObject({ exitCode: 2, stdout: '' });
    expect(missing.stderr).toMatch(
      /^meshledger: no_data_directory: there is no data directory .*nowhere: name one with --data-dir or MESHLEDGER_DATA_DIR\n$/,
    );
    const empty = await temporaryDataDir();
    expect((await commandLine('verify', '--data-dir', empty.dataDir)).exitCode).toBe(2);
    await empty.remove();
  });

  it('a verb that does not exist', async () => {
    expect(await commandLine('trees')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('Did you mean tree?'),
    });
  });
});

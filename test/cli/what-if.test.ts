import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.js';
import { partOf, writeCutLog } from '../support/cut-log.js';
import { commandLine } from '../support/command-line.js';
import { RecordedTrack, STARTED_AT } from '../support/recorded-track.js';

let place: string;
/** Behind the last join, and before the first goes. */
const CUT_AT = 11;

/** Two roots of two children each; the first dies without a word and takes two with it. */
function evening(): RecordedTrack {
  const track = new RecordedTrack('live/x', { rootPeerCount: 1, maxChildren: 2 }).join('ana', 2).later(5_000);
  for (const peerId of ['ben', 'carl', 'dora', 'eve']) track.join(peerId, 2).later(5_000);
  return track.beat('ben', 'carl').later(20_000).expire('ana', 12_000).later(30_000).leave('eve');
}

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'meshledger-test-'));
  const log = await SqliteEventLog.open({ dataDir: join(place, 'log'), nowMs: STARTED_AT });
  await log.append([evening().append()]);
  await log.close();
});

afterAll(() => rm(place, { recursive: true }));

const ask = (...words: string[]): ReturnType<typeof commandLine> =>
  commandLine('what-if', '--data-dir', join(place, 'log'), '--track', 'live/x', ...words);

describe('what-if', () => {
  it('shows both outcomes, writes the other history as a log that verifies, and refuses to write it twice', async () => {
    const other = join(place, 'other');
    const { exitCode, stdout } = await ask('--policy', 'resilient', '--root-peer-count', '5', '--json', '--log', other);
    expect(exitCode).toBe(0);
    const answer = JSON.parse(stdout) as { recorded: object; what_if: { state_hash: string }; cannot_know: string[] };
    expect(answer).toMatchObject({
      decided_again: null,
      recorded: { policy: 'shallowest', root_peer_count: 1, interrupted_viewers: 4 },
      what_if: { policy: 'resilient', root_peer_count: 5, interrupted_viewers: 0 },
      incidents: [{ peer_id: 'ana', silent: true, recorded: { viewers: 4 }, what_if: { viewers: 0 } }],
    });
    expect(answer.cannot_know.length).toBeGreaterThan(3);
    const verified = await commandLine('verify', '--data-dir', other, '--redecide', '--json');
    expect(verified.exitCode).toBe(0);
    expect(JSON.parse(verified.stdout)).toMatchObject({ tracks: [{ state_hash: answer.what_if.state_hash }] });
    expect((await ask('--max-depth', '2', '--log', other)).exitCode).toBe(2);
  });

  it('takes every decision of the log again, without a difference, when nothing is changed', async () => {
    const { stdout } = await ask('--policy', 'shallowest', '--max-children', '2', '--json');
    const answer = JSON.parse(stdout) as { recorded: { measures: object }; what_if: { measures: object } };
    expect(answer).toMatchObject({ decided_again: { differences: 0 } });
    expect(answer.what_if).toEqual(answer.recorded);
  });

  it('names what is allowed when the rules cannot be', async () => {
    const { exitCode, stderr } = await ask('--max-children', '1000');
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/max_children: 1000 is not allowed; allowed: a whole number from 0 to 100/);
  });
});

it('begins with whoever is in the track where a log begins whose first segments were removed', async () => {
  const dataDir = join(place, 'cut');
  const track = evening();
  await writeCutLog(dataDir, [partOf(track, 0, CUT_AT), partOf(track, CUT_AT)], new Set([0]));
  const now = ['--older-than', new Date(track.nowMs + 1_000).toISOString()];
  expect((await commandLine('retain', '--data-dir', dataDir, '--delete', ...now)).exitCode).toBe(0);
  const words = ['what-if', '--data-dir', dataDir, '--track', 'live/x', '--json'];
  const { exitCode, stdout } = await commandLine(...words);
  expect(exitCode).toBe(0);
  const answer = JSON.parse(stdout) as { cannot_know: string[] };
  expect(answer).toMatchObject({
    decided_again: { differences: 0 },
    incidents: [{ peer_id: 'ana', silent: true, recorded: { viewers: 4 }, what_if: { viewers: 4 } }],
  });
  expect(answer.cannot_know.at(-1)).toContain('What was before the part of the log that is there');
});

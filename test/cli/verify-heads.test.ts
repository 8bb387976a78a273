import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RecordedTopologyEvent } from '../../src/domain/events.js';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.js';
import { commandLine } from '../support/command-line.js';
import { RecordedTrack, STARTED_AT } from '../support/recorded-track.js';

let place: string;
let kept: string;

/** Writes a log whose chain is right, whatever its events say. */
async function written(name: string, ...tracks: readonly RecordedTrack[]): Promise<string> {
  const dataDir = join(place, name);
  const log = await SqliteEventLog.open({ dataDir, nowMs: STARTED_AT });
  for (const track of tracks) await log.append([track.append()]);
  await log.close();
  return dataDir;
}

const evening = (): RecordedTrack =>
  new RecordedTrack('live/x', { rootPeerCount: 2 }).join('ana').join('ben').join('carl').join('dora');
const other = (): RecordedTrack => new RecordedTrack('live/y').join('eve');

/** The log as somebody with the file could rewrite it: two decisions changed, and all hashes made anew. */
function rewritten(): RecordedTrack {
  const track = evening();
  for (const [peerId, parentId] of [
    ['carl', 'ben'],
    ['dora', 'ben'],
  ] as const) {
    const at = track.events.findIndex(
      (event) => event.type === 'ParentAssigned' && event.peer === track.number(peerId),
    );
    track.events[at] = { ...track.events[at]!, parent: track.number(parentId) } as RecordedTopologyEvent;
  }
  return track;
}

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'meshledger-test-'));
  kept = join(place, 'heads.jsonl');
});

afterAll(() => rm(place, { recursive: true }));

describe('a log that was rewritten together with its own heads', () => {
  it('is sound by itself, and is found out by re-decision, each place with the reason why the policy decides otherwise', async () => {
    const dataDir = await written('rewritten', rewritten());
    expect((await commandLine('verify', '--data-dir', dataDir)).exitCode).toBe(0);
    const { exitCode, stdout } = await commandLine('verify', '--data-dir', dataDir, '--redecide', '--json');
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      redecided: [
        {
          differences: [
            {
              position: 7,
              recorded: { peer_id: 'carl', parent_id: 'ben' },
              redecided: { peer_id: 'carl', parent_id: 'ana' },
              explanation: {
                rule: 'shallowest_slot',
                winner: { peer_id: 'ana' },
                runners_up: [{ peer_id: 'ben', lost: 'joined_later' }],
              },
            },
            {
              position: 9,
              redecided: { peer_id: 'dora', parent_id: 'ana' },
              explanation: { winner: { peer_id: 'ana' } },
            },
          ],
        },
      ],
    });
    const { stdout: text } = await commandLine('verify', '--data-dir', dataDir, '--redecide');
    expect(text).toMatch(/difference: track live\/x, position 7/);
    expect(text).toMatch(/next: ben: joined later/);
  });

  it('is found out by heads that were kept elsewhere: of tracks --json, of the service log, or alone', async () => {
    const [sound, wrong] = await Promise.all([written('sound', evening(), other()), written('wrong', rewritten())]);
    const { stdout: listed } = await commandLine('tracks', '--data-dir', sound, '--json');
    const { tracks } = JSON.parse(listed) as { tracks: { track: string; position: number; hash: string }[] };
    const heads = tracks.map(({ track, position, hash }) => ({ track, position, hash }));
    const logged = ['{"level":"info","msg":"listening"}', 'half a li', JSON.stringify({ level: 'info', heads })];
    for (const text of [listed, logged.join('\n'), heads.map((head) => JSON.stringify(head)).join('\n')]) {
      await writeFile(kept, text);
      expect((await commandLine('verify', '--data-dir', sound, '--expect-head', kept)).exitCode).toBe(0);
    }
    const { exitCode, stdout } = await commandLine('verify', '--data-dir', wrong, '--expect-head', kept, '--json');
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      tracks: [
        { track: 'live/x', fault: { position: 9, fault: 'the log was rewritten: another head was seen here' } },
        { track: 'live/y', fault: { position: 1, fault: 'the log has no such track: a head was seen at 3' } },
      ],
    });
  });

  it('cannot be told by a file that holds no head, which is wrong use', async () => {
    const dataDir = await written('plain', other());
    await writeFile(kept, '{"level":"info","msg":"listening"}\n');
    for (const file of [kept, join(place, 'absent')]) {
      const { exitCode, stderr } = await commandLine('verify', '--data-dir', dataDir, '--expect-head', file);
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(/holds no head; allowed|cannot read heads/);
    }
  });
});

describe('explain', () => {
  it('draws the fact, the rule, the classes and who was next; a position beyond the log is wrong use', async () => {
    const dataDir = await written('explained', evening());
    const ask = (position: string): ReturnType<typeof commandLine> =>
      commandLine('explain', '--data-dir', dataDir, '--track', 'live/x', '--position', position);
    expect((await ask('7')).stdout.split('\n')).toEqual([
      'live/x  position 7  2026-01-31T20:14:00.000Z  policy shallowest v1',
      'ParentAssigned: carl assigned to ana (depth 1), because of 6',
      'triggered by: position 6, PeerJoined: carl joined without a capacity claim',
      '  rule: the shallowest peer with a free slot, ties to the fewest children, then to the earliest join: ana, of 2 candidates',
      '  looked at: 0 free root slots, 1 not placed (not eligible), 2 with slot',
      '  next: ben: joined later',
      '',
    ]);
    const { exitCode, stderr } = await ask('10');
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/position 10 of track live\/x is not in the log; allowed is 1 to 9/);
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordedTopologyEvent } from '../../src/domain/events.js';
import { segmentFileName } from '../../src/event-log/data-directory.js';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.js';
import { stateHash } from '../../src/event-log/state-hash.js';
import { commandLine } from '../support/command-line.js';
import { eveningTrack } from '../support/evening-track.js';
import { temporaryDataDir, writeLog } from '../support/log-directory.js';
import { RecordedTrack, STARTED_AT } from '../support/recorded-track.js';

const evening = eveningTrack();
let dataDir: string;
let remove: () => Promise<void>;

beforeAll(async () => {
  ({ dataDir, remove } = await temporaryDataDir());
  await writeLog(dataDir, evening, new RecordedTrack('live/closed').join('solo').later(1_000).leave('solo').close());
});

afterAll(() => remove());

const run = (...words: string[]): ReturnType<typeof commandLine> => commandLine(...words, '--data-dir', dataDir);

describe('verify', () => {
  it('proves a sound log', async () => {
    const { exitCode, stdout } = await run('verify', '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      track_count: 2,
      event_count: 29,
      tracks: [{ track: 'live/closed' }, { track: 'live/evening', position: 24, state_hash: stateHash(evening.tree) }],
      log_faults: [],
      first_fault: null,
    });
  });

  it('takes every decision again with --redecide', async () => {
    const { exitCode, stdout } = await run('verify', '--redecide', '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      redecided: [
        { track: 'live/closed', difference: null, unavailable: [] },
        { track: 'live/evening', difference: null, unavailable: [] },
      ],
    });
    expect((await run('verify', '--redecide')).stdout).toMatch(/decided again: \d+ decisions, 0 differences/);
  });

  it('exits with 1 and names the first decision that its policy would not have taken', async () => {
    const copy = await mkdtemp(join(tmpdir(), 'meshledger-test-'));
    const track = new RecordedTrack('live/x', { rootPeerCount: 2 }).join('a').join('b');
    const last = track.events.at(-1) as RecordedTopologyEvent & { type: 'ParentAssigned'; version: 1 };
    track.events[track.events.length - 1] = { ...last, parent: 2, depth: 1 };
    const log = await SqliteEventLog.open({ dataDir: copy, nowMs: STARTED_AT });
    await log.append([track.append()]);
    await log.close();
    expect((await commandLine('verify', '--data-dir', copy)).exitCode).toBe(0);
    const { exitCode, stdout } = await commandLine('verify', '--data-dir', copy, '--redecide', '--json');
    expect(exitCode).toBe(1);
    const difference = { position: last.position, recorded: { parent_id: 'a' }, redecided: { parent: 0 } };
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, first_fault: null, redecided: [{ difference }] });
    const text = await commandLine('verify', '--data-dir', copy, '--redecide');
    expect(text.stdout).toMatch(/difference: track live\/x, position 5/);
    await rm(copy, { recursive: true });
  });

  it('exits with 1 and names track and position of an edited event', async () => {
    const copy = await mkdtemp(join(tmpdir(), 'meshledger-test-'));
    await cp(dataDir, copy, { recursive: true });
    editEvent(join(copy, segmentFileName(1)), 'live/evening', 20);
    const { exitCode, stdout } = await commandLine('verify', '--data-dir', copy, '--json');
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      tracks: [
        { track: 'live/closed', fault: null },
        { track: 'live/evening', state_hash: null },
      ],
      first_fault: { track: 'live/evening' },
    });
    const text = await commandLine('verify', '--data-dir', copy);
    expect(text.stdout).toMatch(/first fault: track live\/evening, position \d+: /);
    const sound = await commandLine('verify', '--data-dir', copy, '--track', 'live/closed');
    expect(sound.exitCode).toBe(0);
    await rm(copy, { recursive: true });
  });
});

/** What somebody with a SQL tool and an intention could do. */
function editEvent(file: string, track: string, position: number): void {
  const database = new Database(file);
  for (const name of database
    .prepare<[], string>(`SELECT name FROM sqlite_master WHERE type = 'trigger'`)
    .pluck()
    .all())
    database.exec(`DROP TRIGGER "${name}"`);
  database
    .prepare(
      'UPDATE topology_event SET depth = 2 WHERE position = ? AND track_id = (SELECT track_id FROM track WHERE name = ?)',
    )
    .run(position, track);
  database.close();
}

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { stateHash } from '../../src/event-log/state-hash.js';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.js';
import { treeJson } from '../../src/history/tree-json.js';
import { eveningTrack } from '../support/evening-track.js';
import { temporaryDataDir, writeLog } from '../support/log-directory.js';
import { RecordedTrack, STARTED_AT } from '../support/recorded-track.js';
import { commandLine } from '../support/command-line.js';
import { linesOf, startMeshledger } from '../support/run-meshledger.js';

const evening = eveningTrack();
const closed = new RecordedTrack('live/closed').join('solo').later(1_000).leave('solo').close();
let dataDir: string;
let remove: () => Promise<void>;

beforeAll(async () => {
  ({ dataDir, remove } = await temporaryDataDir());
  await writeLog(dataDir, evening, closed);
});

afterAll(() => remove());

const run = (...words: string[]): ReturnType<typeof commandLine> => commandLine(...words, '--data-dir', dataDir);

describe('tracks', () => {
  it('lists what is in the data directory', async () => {
    const { exitCode, stdout, stderr } = await run('tracks');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/).map((cell) => cell.trim()))).toEqual([
      ['TRACK', 'STATE', 'PEERS', 'ROOTS', 'WAITING', 'POSITIONS', 'POLICY', 'LIMITS', 'FIRST EVENT', 'LAST EVENT'],
      ['live/closed', 'closed', '0', '0', '0', '5', '-', '-', '2026-01-31T20:14:00.000Z', '2026-01-31T20:14:01.000Z'],
      [
        'live/evening',
        'open',
        '5',
        '1',
        '1',
        '24',
        'shallowest v1',
        '1 / 2 / 3',
        '2026-01-31T20:14:00.000Z',
        '2026-01-31T20:14:13.120Z',
      ],
      [''],
      ['2 tracks; limits are roots / children / depth'],
      [''],
    ]);
  });

  it('answers in JSON', async () => {
    const { stdout } = await run('tracks', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      tracks: [
        { track: 'live/closed', open: false, position: 5, peer_count: 0 },
        {
          track: 'live/evening',
          open: true,
          position: 24,
          peer_count: 5,
          waiting_count: 1,
          settings: { policy: 'shallowest', policy_version: 1, root_peer_count: 1, max_children: 2, max_depth: 3 },
          first_recorded_at: STARTED_AT,
        },
      ],
    });
  });
});

describe('tree', () => {
  it('is drawn with a heading', async () => {
    const { exitCode, stdout } = await run('tree', '--track', 'live/evening');
    expect(exitCode).toBe(0);
    expect(stdout.split('\n').slice(0, 6)).toEqual([
      'live/evening  position 24  2026-01-31T20:14:13.120Z',
      '5 peers · 1 root · 1 waiting · offload 60 % · depth 2',
      `state hash ${stateHash(evening.tree)}`,
      '',
      'origin',
      '└─ relay-1       Root     depth 0   2/2',
    ]);
  });

  it('is the same JSON as of the live tree, byte for byte', async () => {
    const { stdout } = await run('tree', '--track', 'live/evening', '--json');
    const live = treeJson('live/evening', evening.tree, 24, evening.nowMs, stateHash(evening.tree));
    expect(stdout).toBe(`${JSON.stringify(live)}\n`);
  });

  it('goes back to a position', async () => {
    const { stdout } = await run('tree', '--track', 'live/evening', '--position', '9', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ position: 9, recorded_at: STARTED_AT + 1_000, peer_count: 4 });
  });

  it('goes back to a time, with who was overdue then', async () => {
    const { stdout } = await run(
      'tree',
      '--track',
      'live/evening',
      '--at',
      String(STARTED_AT + 12_119),
      '--liveness',
      '--json',
    );
    expect(JSON.parse(stdout)).toMatchObject({
      position: 15,
      peers: [
        { peer_id: 'relay-1', overdue: false },
        { peer_id: 'relay-2', last_heartbeat_at: STARTED_AT + 2_000, overdue: true },
        { peer_id: 'relay-3', forwarded_frames: 1_204 },
        { peer_id: 'viewer-4' },
      ],
    });
  });

  it('as of a duration ago is that of the head, for a log that ended before', async () => {
    const { stdout } = await run('tree', '--track', 'live/closed', '--at', '1s', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ position: 5, peer_count: 0 });
  });
});

describe('diff', () => {
  it('says what lies between two moments, each a position or a time', async () => {
    const { exitCode, stdout } = await run('diff', '--track', 'live/evening', '--from', '18', '--to', '24');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('2 joined · 1 left · 1 moved\n');
    const since = String(STARTED_AT + 12_119);
    const { stdout: json } = await run('diff', '--track', 'live/evening', '--from', since, '--json');
    expect(JSON.parse(json)).toMatchObject({
      from: { position: 15 },
      to: { position: 24, state_hash: stateHash(evening.tree) },
      joined: [{ peer_id: 'late' }, { peer_id: 'later' }],
      left: [{ peer_id: 'relay-2', cause: 'timed_out' }],
      moved: [{ peer_id: 'viewer-4', cause: 'orphaned' }],
    });
  });
});

describe('events', () => {
  it('prints one readable line for each event', async () => {
    const { exitCode, stdout } = await run('events', '--track', 'live/evening', '--after', '18', '--limit', '2');
    expect(exitCode).toBe(0);
    expect(stdout).toBe(
      '      19  2026-01-31T20:14:12.120Z  PeerTimedOut       relay-2 timed out after 10.1 s of silence\n' +
        '      20  2026-01-31T20:14:12.120Z  ParentAssigned     viewer-4 moved from relay-2 to relay-1 (depth 1), because of 19\n',
    );
  });

  it('prints NDJSON of every position in order', async () => {
    const { stdout } = await run('events', '--track', 'live/evening', '--json');
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { position: number; type: string });
    expect(events.map((event) => event.position)).toEqual(evening.events.map((event) => event.position));
    expect(events.map((event) => event.type)).toEqual(evening.events.map((event) => event.type));
    expect(stdout).not.toContain('hash-of');
  });

  it('filters by type and by peer, by name or number', async () => {
    const byType = await run(
      'events',
      '--track',
      'live/evening',
      '--type',
      'PeerWaiting',
      '--type',
      'PeerTimedOut',
      '--json',
    );
    expect(byType.stdout.match(/"position":\d+/g)).toEqual(['"position":19', '"position":24']);
    const byName = await run('events', '--track', 'live/evening', '--peer', 'relay-2', '--json');
    const byNumber = await run('events', '--track', 'live/evening', '--peer', '#4', '--json');
    expect(byName.stdout.match(/"position":\d+/g)).toHaveLength(6);
    expect(byNumber.stdout).toBe(byName.stdout);
  });

  it('ends quietly when its reader goes away', async () => {
    const { dataDir: bigDir, remove: removeBig } = await temporaryDataDir();
    const big = new RecordedTrack('big').join('solo');
    for (let beat = 0; beat < 20_000; beat += 1) big.beat('solo');
    await writeLog(bigDir, big);
    const child = startMeshledger('events', '--track', 'big', '--data-dir', bigDir);
    let stderr = '';
    child.stderr!.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdout!.once('data', () => child.stdout!.destroy());
    const exitCode = await new Promise((resolve) => child.once('close', resolve));
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    await removeBig();
  });

  it('follows what is committed while it runs, until interrupted', async () => {
    const { dataDir: liveDir, remove: removeLive } = await temporaryDataDir();
    const live = new RecordedTrack('live').join('first');
    const log = await SqliteEventLog.open({ dataDir: liveDir, nowMs: STARTED_AT });
    await log.append([live.append()]);
    const child = startMeshledger(
      'events',
      '--track',
      'live',
      '--type',
      'PeerJoined',
      '--follow',
      '--data-dir',
      liveDir,
    );
    const ended = new Promise((resolve) => child.once('close', resolve));
    const lines = linesOf(child);
    expect((await lines.next()).value).toContain('first joined');
    const before = live.events.length;
    live.later(1_000).join('second');
    await log.append([live.append(before)]);
    expect((await lines.next()).value).toContain('second joined');
    child.kill('SIGINT');
    expect(await ended).toBe(0);
    await log.close();
    await removeLive();
  });
});

describe('incidents', () => {
  it('says when there is none', async () => {
    const { exitCode, stdout } = await run('incidents', '--track', 'live/evening');
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'no incident between positions 0 and 24\n' });
  });

  it('exits with 1 when there are some, by thresholds that are flags', async () => {
    const flags = ['--interrupted-peers-min', '1'];
    const { exitCode, stdout } = await run('incidents', '--track', 'live/evening', ...flags);
    expect(exitCode).toBe(1);
    expect(stdout.split('\n')).toEqual([
      '2026-01-31T20:14:02.000Z  interruption       1 peer timed out at once, 1 relay among them (relay-2); 1 more of 4 peers lost its feed; silent for up to 10.1 s [19-20]',
      '  size: 2 peers; hit besides: viewer-4',
      '  causes:',
      '    19  20:14:12.120  relay-2 timed out after 10.1 s of silence',
      '      -> 20  viewer-4 moved from relay-2 to relay-1 (depth 1), because of 19',
      expect.stringMatching(/^ {2}see it again: meshledger replay --track live\/evening --from 18 --to 20/),
      '',
      '1 incident between positions 0 and 24',
      '',
    ]);
    const { stdout: json } = await run('incidents', '--track', 'live/evening', ...flags, '--json');
    expect(JSON.parse(json)).toMatchObject({
      thresholds: { interrupted_peers_min: 1 },
      incidents: [{ kind: 'interruption', replay: 'meshledger replay --track live/evening --from 18 --to 20' }],
    });
  });
});

describe('timeline', () => {
  it('tells the life of a peer', async () => {
    const { exitCode, stdout } = await run('timeline', '--track', 'live/evening', '--peer', 'viewer-4');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('viewer-4 in live/evening, 1 join (#8), up to position 24\n');
    expect(stdout).toContain(
      '20:14:12.120  its parent relay-2 timed out after 10.1 s of silence; moved from relay-2 to relay-1 (depth 1), after up to 10.1 s without a fed parent\n',
    );
    expect(stdout).toContain('1 time without a fed parent, 10.1 s in all\n');
  });

  it('lists each pulse of a part of it', async () => {
    const words = [
      'timeline',
      '--track',
      'live/evening',
      '--peer',
      'relay-3',
      '--pulses',
      '--from',
      '14',
      '--to',
      '15',
    ];
    const { stdout } = await run(...words);
    expect(stdout).toContain('20:14:05.000  forward report: 1,204 frames forwarded, 1,300 received\n');
    expect(JSON.parse((await run(...words, '--json')).stdout)).toMatchObject({
      position: 15,
      entries: [{ kind: 'pulse', type: 'ForwardReported', position: 15, forwarded_frames: 1_204 }],
    });
  });

  it('answers in JSON', async () => {
    const { stdout } = await run('timeline', '--track', 'live/evening', '--peer', 'viewer-4', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      peer_id: 'viewer-4',
      peers: [8],
      entries: [{ kind: 'event' }, {}, { kind: 'pulses' }, {}, {}],
    });
  });
});

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decide } from '../../src/domain/decide.js';
import type { RecordedTopologyEvent } from '../../src/domain/events.js';
import { newPeerNode } from '../../src/domain/peer-node.js';
import { Liveness } from '../../src/domain/liveness.js';
import { SNAPSHOTS_PER_TRACK_MAX } from '../../src/event-log/event-log-limits.js';
import { decodeSnapshot, encodeSnapshot } from '../../src/event-log/snapshot-codec.js';
import { SNAPSHOT_FOLDER, SnapshotFiles } from '../../src/event-log/snapshot-files.js';
import { openEventLogReader, type SqliteEventLogReader } from '../../src/event-log/sqlite-event-log-reader.js';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.js';
import { livenessStateAt, nearestStart, stateAt, treeStateAt } from '../../src/event-log/state-at.js';
import { stateHash } from '../../src/event-log/state-hash.js';
import { takeSnapshot } from '../../src/event-log/take-snapshot.js';
import type { TrackState } from '../../src/event-log/track-state.js';
import { chainIn, verifyTrack } from '../../src/history/verify-track.js';
import { type CommandPlan, doubtingPlan, planned } from '../support/random-commands.js';
import { playTrack, trackPlan } from '../support/random-track.js';
import { RecordedTrack } from '../support/recorded-track.js';
import { damageLog } from '../support/log-damage.js';
import { fingerprintOf } from '../support/state-fingerprint.js';
import { newDataDir, NOW, removeDataDirs, SETTINGS } from './sample-log.js';

const TRACK = 'live/x';
const RUNS = process.env['MESHLEDGER_LONG'] === '1' ? 500 : 25;

afterEach(removeDataDirs);

async function logOf(appends: readonly Parameters<SqliteEventLog['append']>[0][number][]): Promise<string> {
  const dataDir = newDataDir();
  const log = await SqliteEventLog.open({ dataDir, durability: 'normal', nowMs: NOW });
  for (const append of appends) await log.append([append]);
  await log.close();
  return dataDir;
}

async function reading<Answer>(dataDir: string, look: (reader: SqliteEventLogReader) => Answer): Promise<Answer> {
  const reader = openEventLogReader(dataDir);
  try {
    return await look(reader);
  } finally {
    reader.close();
  }
}

/** What the same commands, decided in this state, bring. */
function future(state: TrackState, plans: readonly CommandPlan[]): RecordedTopologyEvent[] {
  const events: RecordedTopologyEvent[] = [];
  plans.forEach((plan, index) => {
    const command = planned(state.tree, plan, state.tree.settings ?? SETTINGS, 10_000 + index);
    decide(state.tree, command, state.tree.recordedAt + plan.elapsedMs, (event) => void events.push(event));
  });
  return events;
}

describe('the state at a position', () => {
  it('is the same from a snapshot and its tail as from the first event, at any position, and decides the same from there', async () => {
    await fc.assert(
      fc.asyncProperty(
        trackPlan,
        fc.array(doubtingPlan, { maxLength: 12 }),
        fc.array(fc.nat(), { minLength: 1, maxLength: 4 }),
        fc.array(fc.nat(), { minLength: 1, maxLength: 6 }),
        async (plan, plans, kept, looked) => {
          const { track, appends } = playTrack(TRACK, plan);
          if (appends.length === 0) return;
          const dataDir = await logOf(appends);
          const files = new SnapshotFiles(dataDir);
          await reading(dataDir, (reader) => {
            const ends = appends.map((append) => append.previousPosition + lengthOf(append));
            for (const share of kept) takeSnapshot(reader, files, TRACK, ends[share % ends.length]);
            for (const share of looked) {
              const position = share % (track.events.length + 1);
              const [full, quick] = [stateAt(reader, TRACK, position, null), stateAt(reader, TRACK, position)];
              expect(quick.startedAt).toBe(files.positions(TRACK).findLast((at) => at <= position) ?? 0);
              expect(fingerprintOf(quick)).toEqual(fingerprintOf(full));
              expect(future(quick, plans)).toEqual(future(full, plans));
            }
            const head = track.events.length;
            expect(stateHash(stateAt(reader, TRACK, head).tree)).toBe(stateHash(track.tree));
          });
        },
      ),
      { seed: 4, numRuns: RUNS },
    );
  }, 120_000);
});

function lengthOf({ runs }: Parameters<SqliteEventLog['append']>[0][number]): number {
  return runs.reduce((sum, run) => sum + (run.kind === 'pulses' ? run.count : run.events.length), 0);
}

/** An evening in four commits, with a snapshot after the second and the third. */
async function evening(): Promise<{ dataDir: string; track: RecordedTrack; kept: readonly [number, number] }> {
  const track = new RecordedTrack(TRACK, { rootPeerCount: 2 });
  const appends = [];
  const ends: number[] = [];
  for (const round of [0, 1, 2, 3]) {
    const before = track.events.length;
    for (let peer = 0; peer < 5; peer += 1) track.later(100).join(`p${round}-${peer}`, peer);
    track.later(50).beat(`p${round}-0`, `p${round}-1`).report(`p${round}-2`, 30, 20).leave(`p${round}-1`);
    appends.push(track.append(before));
    ends.push(track.events.length);
  }
  const dataDir = await logOf(appends);
  const kept = [ends[1]!, ends[2]!] as const;
  await reading(dataDir, (reader) => {
    for (const position of kept) takeSnapshot(reader, new SnapshotFiles(dataDir), TRACK, position);
  });
  return { dataDir, track, kept };
}

function filesIn(dataDir: string): string[] {
  const folder = join(dataDir, SNAPSHOT_FOLDER);
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

describe('a snapshot', () => {
  it('is where a replay begins: nothing before it is read', async () => {
    const { dataDir, track, kept } = await evening();
    damageLog(
      dataDir,
      `DELETE FROM topology_event WHERE position <= ${kept[1]}`,
      `DELETE FROM pulse_block WHERE first_position <= ${kept[1]}`,
    );
    await reading(dataDir, (reader) => {
      const head = track.events.length;
      expect(stateHash(stateAt(reader, TRACK, head).tree)).toBe(stateHash(track.tree));
      expect(stateHash(treeStateAt(reader, TRACK, head))).toBe(stateHash(track.tree));
      expect(livenessStateAt(reader, TRACK, track.tree, head).size).toBe(track.tree.size);
    });
  });

  it('that is damaged in whatever byte is passed over for the one before, and then for the first event', async () => {
    const { dataDir, track, kept } = await evening();
    const [older, newer] = filesIn(dataDir) as [string, string];
    const sound = readFileSync(newer);
    const head = track.events.length;
    await reading(dataDir, (reader) => {
      const expected = fingerprintOf(stateAt(reader, TRACK, head, null));
      const expectFrom = (position: number): void => {
        const state = stateAt(reader, TRACK, head);
        expect(state.startedAt).toBe(position);
        expect(fingerprintOf(state)).toEqual(expected);
      };
      expectFrom(kept[1]);
      for (let place = 0; place < sound.length; place += 13) {
        const damaged = Buffer.from(sound);
        damaged[place]! ^= 0x40;
        expect(decodeSnapshot(damaged)).toBe('damaged');
      }
      for (const length of [0, 5, 40, sound.length - 1]) {
        writeFileSync(newer, sound.subarray(0, length));
        expectFrom(kept[0]);
      }
      writeFileSync(older, sound.subarray(9));
      expectFrom(0);
      rmSync(join(dataDir, SNAPSHOT_FOLDER), { recursive: true });
      expectFrom(0);
    });
  });

  it('of another history of the track is not believed: the commit it was taken at is not in the log', async () => {
    const { dataDir, track, kept } = await evening();
    const files = new SnapshotFiles(dataDir);
    await reading(dataDir, (reader) => {
      const state = stateAt(reader, TRACK, kept[1]);
      files.write(
        TRACK,
        kept[1],
        encodeSnapshot({ track: TRACK, position: kept[1], chainHash: '00'.repeat(32) }, state),
      );
      expect(nearestStart(reader, TRACK, track.events.length)?.position).toBe(kept[0]);
    });
  });

  it('under the name of another track, or of another position, is not believed', async () => {
    const { dataDir, kept } = await evening();
    const files = new SnapshotFiles(dataDir);
    await reading(dataDir, (reader) => {
      const place = { track: 'live/other', position: kept[0], chainHash: reader.commitHash(TRACK, kept[0])! };
      files.write(TRACK, kept[1], encodeSnapshot(place, stateAt(reader, TRACK, kept[0])));
      expect(files.read(TRACK, kept[1])).toBe('damaged');
    });
  });

  it('written by another version of the folds is outdated, and the next one stands beside it', async () => {
    const { dataDir, kept } = await evening();
    const [older] = filesIn(dataDir) as [string];
    const bytes = readFileSync(older);
    const text = bytes.toString('latin1').replace('"reducer":1', '"reducer":0');
    const body = Buffer.from(text, 'latin1').subarray(0, -32);
    const { createHash } = await import('node:crypto');
    writeFileSync(older, Buffer.concat([body, createHash('sha256').update(body).digest()]));
    const files = new SnapshotFiles(dataDir);
    expect(files.read(TRACK, kept[0])).toBe('outdated');
    await reading(dataDir, (reader) => {
      expect(takeSnapshot(reader, files, TRACK, kept[0])).toMatchObject({ position: kept[0] });
      expect(files.read(TRACK, kept[0])).toMatchObject({ stateHash: expect.any(String) });
    });
  });

  it('that holds another state than the log is what verification names, and a sound one is no fault', async () => {
    const { dataDir, kept } = await evening();
    const files = new SnapshotFiles(dataDir);
    await reading(dataDir, (reader) => {
      const head = reader.head(TRACK)!;
      expect(verifyTrack(reader, head, chainIn(reader)).fault).toBeNull();
      const wrong = stateAt(reader, TRACK, kept[0], null);
      const place = { track: TRACK, position: kept[1], chainHash: reader.commitHash(TRACK, kept[1])! };
      files.write(TRACK, kept[1], encodeSnapshot(place, wrong));
      expect(verifyTrack(reader, head, chainIn(reader)).fault).toMatchObject({
        position: kept[1],
        fault: expect.stringContaining('the snapshot holds another state'),
      });
    });
  });

  it('holds no name: whoever is forgotten is forgotten in it too', async () => {
    const { dataDir, track } = await evening();
    for (const file of filesIn(dataDir)) expect(readFileSync(file, 'latin1')).not.toMatch(/p\d-\d|hash-of/);
    await reading(dataDir, (reader) => {
      const tree = treeStateAt(reader, TRACK, track.events.length);
      expect([...tree.peers()].map((peer) => peer.identity)).toEqual(
        [...track.tree.peers()].map((peer) => peer.identity),
      );
    });
  });

  it('is not taken twice, nor between two commits, nor of a track that is not there', async () => {
    const { dataDir, kept } = await evening();
    const files = new SnapshotFiles(dataDir);
    await reading(dataDir, (reader) => {
      expect(takeSnapshot(reader, files, TRACK, kept[0])).toBeNull();
      expect(takeSnapshot(reader, files, TRACK, kept[0] - 1)).toBeNull();
      expect(takeSnapshot(reader, files, 'live/nowhere')).toBeNull();
    });
  });

  it('keeps every field that a peer and its liveness have', () => {
    const peer = newPeerNode(1, NOW, null, null, SETTINGS);
    expect(Object.keys(peer).sort()).toEqual(
      [
        ...['cause', 'children', 'claim', 'depth', 'effectiveCapacity', 'formerParent', 'heapPlaces', 'identity'],
        ...['joinedAt', 'number', 'parent', 'revoked', 'standing', 'subtreeSize', 'suspected', 'tenured'],
        'unplacedBecause',
      ].sort(),
    );
    const liveness = new Liveness();
    expect(Object.keys(liveness.heard(1, NOW)).sort()).toEqual(
      [
        ...['complainedAt', 'connected', 'flowedAt', 'flowingSince', 'forwardedFrames', 'lastHeardAt'],
        ...['lastHeartbeatAt', 'longerSilent', 'parent', 'parentSince', 'peer', 'receivedFrames', 'reportedAt'],
        ...['shorterSilent', 'turnedTo'],
      ].sort(),
    );
  });
});

describe('the snapshots of a track', () => {
  it('are thinned evenly, and the newest two stay', () => {
    const files = new SnapshotFiles(newDataDir());
    const written = SNAPSHOTS_PER_TRACK_MAX + 72;
    for (let position = 1; position <= written; position += 1) files.write(TRACK, position, new Uint8Array(8));
    const positions = files.positions(TRACK);
    expect(positions).toHaveLength(SNAPSHOTS_PER_TRACK_MAX);
    expect(positions.slice(-2)).toEqual([written - 1, written]);
    const holes = positions.map((position, index) => position - (positions[index - 1] ?? 0));
    expect(Math.max(...holes)).toBeLessThanOrEqual(6);
  });

  it('behind the head are of another history, and go with the next one that is written', () => {
    const files = new SnapshotFiles(newDataDir());
    for (const position of [10, 20, 30]) files.write(TRACK, position, new Uint8Array(8));
    files.write(TRACK, 15, new Uint8Array(8));
    expect(files.positions(TRACK)).toEqual([10, 15]);
  });
});

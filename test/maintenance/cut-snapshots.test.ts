import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SNAPSHOT_FOLDER, SnapshotFiles } from '../../src/event-log/snapshot-files.js';
import { nearestStart, stateAt } from '../../src/event-log/state-at.js';
import { stateHash } from '../../src/event-log/state-hash.js';
import { takeSnapshot } from '../../src/event-log/take-snapshot.js';
import { cutPosition } from '../../src/event-log/track-parts.js';
import { treeAt } from '../../src/history/tree-at.js';
import { chainIn, verifyTrack } from '../../src/history/verify-track.js';
import { applyRetention } from '../../src/maintenance/apply-retention.js';
import { forgetPeer } from '../../src/maintenance/forget-peer.js';
import { openKeeper } from '../../src/maintenance/open-keeper.js';
import { newDataDir, removeDataDirs } from '../event-log/sample-log.js';
import { partOf, readLog, writeCutLog } from '../support/cut-log.js';
import { playTrack, trackPlan } from '../support/random-track.js';
import { RecordedTrack } from '../support/recorded-track.js';
import { fingerprintOf } from '../support/state-fingerprint.js';

const TRACK = 'live/cut';
const PERSON = 'a-person-to-forget';
const RUNS = process.env['MESHLEDGER_LONG'] === '1' ? 300 : 12;

afterEach(removeDataDirs);

/** Three of four appends are followed by neither a cut nor a snapshot; where the two fall is independent. */
const choices = fc.array(fc.record({ cuts: fc.nat({ max: 3 }), keeps: fc.nat({ max: 3 }) }), {
  minLength: 60,
  maxLength: 60,
});

async function retainAll(dataDir: string): Promise<number> {
  const before = readLog(dataDir, (reader) => reader.lastRecordedAt()) + 1;
  const keeper = await openKeeper(dataDir);
  try {
    return (await applyRetention({ dataDir, before, disposal: { kind: 'delete' } }, keeper)).segments.length;
  } finally {
    await keeper.close();
  }
}

describe('a snapshot of a log in several segments', () => {
  it('changes no state at any position, wherever the log was cut, also when the first segments are gone', async () => {
    await fc.assert(
      fc.asyncProperty(trackPlan, choices, async (plan, chosen) => {
        const { track, appends } = playTrack(TRACK, plan);
        if (appends.length === 0) return;
        const dataDir = newDataDir();
        const places = appends.map((_, index) => index);
        await writeCutLog(dataDir, appends, new Set(places.filter((index) => chosen[index]?.cuts === 0)));
        const ends = [...appends.slice(1).map(({ previousPosition }) => previousPosition), track.events.length];
        const files = new SnapshotFiles(dataDir);
        const states = readLog(dataDir, (reader) => {
          const full = [0, ...track.events.map(({ position }) => position)].map((position) =>
            fingerprintOf(stateAt(reader, TRACK, position, null)),
          );
          const kept = ends.filter((_, index) => chosen[index]?.keeps === 0);
          for (const position of kept) takeSnapshot(reader, files, TRACK, position);
          takeSnapshot(reader, files, TRACK, cutPosition(reader, TRACK));
          expect(files.positions(TRACK)).toEqual(
            [...new Set([...kept, cutPosition(reader, TRACK)])].filter((at) => at > 0).sort((a, b) => a - b),
          );
          full.forEach((state, position) => {
            expect(fingerprintOf(stateAt(reader, TRACK, position))).toEqual(state);
          });
          return full;
        });
        await retainAll(dataDir);
        readLog(dataDir, (reader) => {
          const begun = reader.opening(TRACK)?.position ?? 0;
          for (let position = begun; position < states.length; position += 1)
            expect(fingerprintOf(stateAt(reader, TRACK, position))).toEqual(states[position]);
          expect(verifyTrack(reader, reader.head(TRACK)!, chainIn(reader))).toMatchObject({ fault: null });
        });
      }),
      { seed: 44, numRuns: RUNS },
    );
  }, 120_000);

  it('holds no name, and tells the same state with nobody in the place of whom was forgotten', async () => {
    const dataDir = newDataDir();
    const track = new RecordedTrack(TRACK, { rootPeerCount: 2 });
    track.join('viewer-1', 3).join(PERSON, 3).join('viewer-2', 2);
    const half = track.events.length;
    track.join('viewer-3').join('viewer-4');
    await writeCutLog(dataDir, [partOf(track, 0, half), partOf(track, half)], new Set([0]));
    const files = new SnapshotFiles(dataDir);
    const before = readLog(dataDir, (reader) => {
      takeSnapshot(reader, files, TRACK, half);
      takeSnapshot(reader, files, TRACK);
      return [half, track.events.length].map((at) => stateHash(treeAt(reader, TRACK, at)));
    });
    const folder = join(dataDir, SNAPSHOT_FOLDER);
    const kept = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(kept).toHaveLength(2);
    for (const { parentPath, name } of kept) {
      const bytes = readFileSync(join(parentPath, name));
      expect([PERSON, 'viewer-'].filter((name) => bytes.includes(name))).toEqual([]);
    }
    const number = track.number(PERSON);
    const keeper = await openKeeper(dataDir);
    await forgetPeer(dataDir, PERSON, [TRACK], keeper);
    await keeper.close();
    readLog(dataDir, (reader) => {
      [half, track.events.length].forEach((at, index) => {
        expect(nearestStart(reader, TRACK, at)?.position).toBe(at);
        const tree = treeAt(reader, TRACK, at);
        expect(stateHash(tree)).toBe(before[index]);
        expect(tree.peer(number)).toMatchObject({ identity: null });
      });
      expect(verifyTrack(reader, reader.head(TRACK)!, chainIn(reader))).toMatchObject({ fault: null });
    });
  });
});

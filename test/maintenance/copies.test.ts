import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { copyLog } from '../../src/event-log/copy-log.js';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.js';
import { verifyChain } from '../../src/event-log/verify-chain.js';
import { verifyLogFile } from '../../src/event-log/verify-log-file.js';
import { importTrack } from '../../src/maintenance/import-track.js';
import { commandLine } from '../support/command-line.js';
import { partOf, readLog, writeCutLog } from '../support/cut-log.js';
import { RecordedTrack } from '../support/recorded-track.js';
import { startMeshledger } from '../support/run-meshledger.js';
import {
  NOW,
  append,
  heartbeats,
  joined,
  newDataDir,
  opened,
  removeDataDirs,
  topology,
} from '../event-log/sample-log.js';

const TRACK = 'live/a';
let dataDir: string;

beforeEach(() => {
  dataDir = newDataDir();
});
afterEach(removeDataDirs);

function evening(viewers = 40): RecordedTrack {
  const track = new RecordedTrack(TRACK, { policy: 'resilient', rootPeerCount: 3, maxChildren: 2 });
  for (let join = 0; join < viewers; join += 1) {
    track.later(1_000).join(`viewer-${String(join)}`, join % 3);
    track.beat(`viewer-${String(join)}`);
    if (join % 4 === 0) track.report(`viewer-${String(join)}`, join, join % 8 === 0 ? null : join);
    if (join % 5 === 4) track.leave(`viewer-${String(join - 3)}`);
  }
  return track;
}

describe('a backup', () => {
  it('of a log that is written and cut meanwhile is one moment of it, and can be gone on with', async () => {
    const log = await SqliteEventLog.open({
      dataDir,
      nowMs: NOW,
      segments: { bytesMax: 512 * 1024, ageMsMax: Infinity },
    });
    await log.append([append(TRACK, 0, topology(opened(1)))]);
    let position = 1;
    const write = async (joins: number): Promise<void> => {
      const events = Array.from({ length: joins }, (_, index) =>
        joined(position + 1 + index, `v-${String(position + index)}`, NOW + position),
      );
      const numbers = events.map((event) => event.position);
      await log.append([
        append(TRACK, position, topology(...events), heartbeats(position + joins + 1, numbers, NOW + position)),
      ]);
      position += 2 * joins;
    };
    for (let commit = 0; commit < 20; commit += 1) await write(200);
    const before = position;
    const target = join(newDataDir(), 'copy');
    const progress = { isCopying: true };
    const copied = copyLog(dataDir, target).finally(() => (progress.isCopying = false));
    while (progress.isCopying) {
      await write(20);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await copied).files).toContain('names.sqlite');
    await log.close();
    const copiedPosition = readLog(target, (reader) => {
      expect(verifyChain(reader, TRACK)).toMatchObject({ ok: true });
      expect(verifyLogFile(reader)).toEqual([]);
      for (const event of reader.topologyEvents({ track: TRACK, afterPosition: 1 }))
        expect(event).toMatchObject({ identity: { peerId: expect.stringMatching(/^v-/) } });
      return reader.head(TRACK)!.position;
    });
    expect(copiedPosition).toBeGreaterThanOrEqual(before);
    const restored = await SqliteEventLog.open({ dataDir: target, nowMs: NOW });
    await restored.append([append(TRACK, copiedPosition, heartbeats(copiedPosition + 1, [2], NOW + 1_000_000))]);
    await restored.close();
    expect(readLog(target, (reader) => verifyChain(reader, TRACK))).toMatchObject({ ok: true });
  });

  it('is refused into a directory that holds something', async () => {
    await writeCutLog(dataDir, [evening().append()], new Set());
    expect(await commandLine('backup', dataDir, '--data-dir', dataDir)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('not empty'),
    });
  });
});

describe('an export', () => {
  async function exported(): Promise<string> {
    const { exitCode, stdout } = await commandLine('export', '--track', TRACK, '--data-dir', dataDir);
    expect(exitCode).toBe(0);
    const file = join(newDataDir(), 'track.ndjson');
    writeFileSync(file, stdout);
    return file;
  }

  it('brings back every event, position and the state hash, also under another name', async () => {
    const track = evening();
    await writeCutLog(dataDir, [track.append()], new Set([0]));
    const file = await exported();
    const target = newDataDir();
    const { stdout, exitCode } = await commandLine('import', file, '--data-dir', target, '--as', 'copy/b', '--json');
    expect(exitCode).toBe(0);
    const told = JSON.parse(stdout) as { position: number; state_hash: string };
    expect(told.position).toBe(track.events.length);
    readLog(target, (reader) => {
      const events = [...reader.events({ track: 'copy/b', afterPosition: 0 })];
      const withoutTokens = track.events.map((event) =>
        event.type === 'PeerJoined' ? { ...event, identity: { ...event.identity, resumeHash: null } } : event,
      );
      expect(events).toEqual(withoutTokens);
      expect(verifyChain(reader, 'copy/b')).toMatchObject({ ok: true });
    });
    const again = await commandLine('export', '--track', 'copy/b', '--data-dir', target);
    expect(again.stdout.replaceAll('"copy/b"', `"${TRACK}"`)).toBe(readFileSync(file, 'utf8'));
  });

  it('is imported from a pipe', async () => {
    await writeCutLog(dataDir, [evening().append()], new Set([0]));
    const file = await exported();
    const target = newDataDir();
    const child = startMeshledger('import', '--data-dir', target);
    child.stdin?.end(readFileSync(file));
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0);
    readLog(target, (reader) => {
      expect([...reader.heads()].map(({ position }) => position)).toEqual([evening().events.length]);
    });
  });

  it('goes on where its import was interrupted, and is refused where the track holds something else', async () => {
    await writeCutLog(dataDir, [evening().append()], new Set());
    const file = await exported();
    const [part, other] = [newDataDir(), newDataDir()];
    await writeCutLog(part, [partOf(evening(), 0, 30)], new Set());
    expect(await importTrack(part, file, null, NOW)).toMatchObject({ appended: evening().events.length - 30 });
    expect(await importTrack(part, file, null, NOW)).toMatchObject({ appended: 0 });
    await writeCutLog(other, [new RecordedTrack(TRACK).join('somebody').append()], new Set());
    await expect(importTrack(other, file, null, NOW)).rejects.toThrow(/there already, and differs at position/);
  });

  it.each<[string, (lines: string[]) => string[], RegExp]>([
    ['a missing event', (lines) => lines.toSpliced(7, 1), /position 7 is missing/],
    [
      'an event that cannot be',
      (lines) => lines.toSpliced(2, 1, lines[2]!.replace('"peer":2', '"peer":9')),
      /line 3 of the export/,
    ],
    [
      'two peers of one name at a time',
      (lines) => lines.map((line) => line.replace('"viewer-2"', '"viewer-1"')),
      /joins a peer that is present/,
    ],
    ['a cut end', (lines) => lines.slice(0, -2), /it ends at position/],
    [
      'another state',
      (lines) => lines.toSpliced(0, 1, lines[0]!.replace(/"state_hash":"../, '"state_hash":"00')),
      /make the state/,
    ],
    ['no header', (lines) => lines.slice(1), /does not say that it is an export/],
    ['no JSON', (lines) => lines.toSpliced(5, 1, '{'), /line 6 of the export: it is no JSON/],
  ])('with %s is refused as a whole', async (_name, spoil, message) => {
    await writeCutLog(dataDir, [evening(10).append()], new Set());
    const file = await exported();
    writeFileSync(file, spoil(readFileSync(file, 'utf8').trimEnd().split('\n')).join('\n'));
    await expect(importTrack(newDataDir(), file, null, NOW)).rejects.toThrow(message);
  });
});

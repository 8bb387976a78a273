import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { segmentFileName } from '../../src/event-log/data-directory.js';
import { DataDirectoryLockedError } from '../../src/event-log/event-log-errors.js';
import { openEventLogReader } from '../../src/event-log/sqlite-event-log-reader.js';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.js';
import { verifyChain } from '../../src/event-log/verify-chain.js';
import { builtModule } from './built-worker.js';
import { NOW, newDataDir, removeDataDirs } from './sample-log.js';

/** Writes commit after commit, and says the position of each once it is durable. */
const WRITER = `
  import { SqliteEventLog } from '${builtModule('sqlite-event-log.js')}';
  const log = await SqliteEventLog.open({ dataDir: process.argv[1], nowMs: 0 });
  for (let position = 1; position <= 1e6; position += 1) {
    const identity = { peerId: 'p' + position, resumeHash: null };
    const events = [{ type: 'PeerJoined', version: 1, position, recordedAt: position, peer: position, capacity: 3, identity }];
    await log.append([{ track: 'live/a', previousPosition: position - 1, open: true, runs: [{ kind: 'topology', events }] }]);
    process.stdout.write(position + '\\n');
  }
`;

let dataDir: string;
let writer: ChildProcess;
let acknowledged: number;

beforeEach(async () => {
  dataDir = newDataDir();
  acknowledged = 0;
  writer = spawn(process.execPath, ['--input-type=module', '-e', WRITER, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  writer.stdout?.setEncoding('utf8').on('data', (lines: string) => {
    acknowledged = Number(lines.trimEnd().split('\n').at(-1));
  });
  while (acknowledged < 50) await once(writer.stdout ?? writer, 'data');
});
afterEach(async () => {
  await killed();
  removeDataDirs();
});

async function killed(): Promise<void> {
  if (writer.exitCode !== null || writer.signalCode !== null) return;
  writer.kill('SIGKILL');
  await once(writer, 'close');
}

describe('a log that another process writes', () => {
  it('is refused to a second writer until the first one is gone, in whatever way', async () => {
    await expect(SqliteEventLog.open({ dataDir, nowMs: NOW })).rejects.toThrow(DataDirectoryLockedError);
    await killed();
    const log = await SqliteEventLog.open({ dataDir, nowMs: NOW });
    expect((await log.head('live/a'))?.position).toBeGreaterThanOrEqual(acknowledged);
    await log.close();
  });

  it('can be read and verified meanwhile, up to one moment', () => {
    const reader = openEventLogReader(dataDir);
    const report = verifyChain(reader, 'live/a');
    expect(report).toMatchObject({ ok: true });
    expect(report.position).toBeGreaterThanOrEqual(50);
    const positions = [...reader.topologyEvents({ track: 'live/a', afterPosition: 0 })].map(({ position }) => position);
    expect(positions).toEqual(positions.map((_, index) => index + 1));
    reader.close();
  });

  it('holds every acknowledged event after a kill, for a reader that finds the leftover WAL', async () => {
    await killed();
    expect(existsSync(join(dataDir, `${segmentFileName(1)}-wal`))).toBe(true);
    const reader = openEventLogReader(dataDir);
    const report = verifyChain(reader, 'live/a');
    expect(report).toMatchObject({ ok: true });
    expect(report.position).toBeGreaterThanOrEqual(acknowledged);
    reader.close();
  });
});

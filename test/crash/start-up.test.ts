import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.js';
import { commandLine } from '../support/command-line.js';
import { CrashStage } from '../support/crash-stage.js';
import { RecordedTrack } from '../support/recorded-track.js';
import { ServiceProcess } from '../support/service-process.js';
import { SmallDisk } from '../support/small-disk.js';

let stage: CrashStage;
beforeEach(async () => {
  stage = await CrashStage.set();
});
afterEach(async () => {
  await stage.clear();
});

describe('a service that is started wrongly', () => {
  const serve = (...flags: string[]): ReturnType<typeof commandLine> =>
    commandLine('serve', '--data-dir', stage.dataDir, '--port', '0', ...flags);

  it.each([
    ['--port', 'seventy'],
    ['--root-peer-count', '0'],
    ['--heartbeat-timeout-ms', '-1'],
    ['--policy', 'fairest'],
    ['--durability', 'perhaps'],
    ['--log-level', 'loud'],
  ])('names the setting, the value and what is allowed: %s %s', async (flag, value) => {
    const refused = await serve(flag, value);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain(`${flag}: ${JSON.stringify(value)} is not allowed; allowed: `);
  });

  it('is told of every wrong setting at once', async () => {
    const refused = await serve('--max-depth', 'x', '--max-children', 'y');
    expect(refused.stderr).toMatch(/--max-children: "y"[^]*--max-depth: "x"/);
  });

  it('does not know an unknown flag', async () => {
    const refused = await serve('--speed', 'fast');
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('--speed');
  });

  it.each(['0.0.0.0', '::', '192.0.2.1'])('does not listen on %s without tokens', async (host) => {
    const refused = await serve('--host', host);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain(
      `--host: "${host}" is not allowed without --admin-token and one of --subscribe-token`,
    );
  });

  it('ends by itself, as a process does', async () => {
    expect(await stage.serveRefused('--max-depth', 'x')).toMatchObject({ exitCode: 2, stdout: '' });
  });
});

describe('a service that cannot start', () => {
  it('because its port is in use says so, records nothing, ends, and lets go of the data directory', async () => {
    await openTrack(stage);
    const before = stage.readLog((reader) => reader.heads());
    const other = await listening(stage.port);
    const refused = await stage.serveRefused();
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain(
      `meshledger: cannot listen on 127.0.0.1, port ${String(stage.port)}: the port is in use`,
    );
    expect(stage.readLog((reader) => reader.heads())).toEqual(before);
    await new Promise((resolve) => other.close(resolve));
    const service = await stage.serve();
    expect(await service.terminate()).toBe(0);
  });

  it('because the host is not its own says so and ends', async () => {
    const refused = await stage.serveRefused('--insecure', '--host', '192.0.2.1');
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('meshledger: cannot listen on 192.0.2.1');
  });

  it('because the data directory is a file, or lies below one, names it and ends', async () => {
    const file = join(stage.directory, 'file');
    await writeFile(file, '');
    const refusedAt = async (dataDir: string): Promise<void> => {
      const refused = await ServiceProcess.refused(['--data-dir', dataDir, '--port', '0']);
      expect(refused.exitCode).toBe(2);
      expect(refused.stderr).toContain(`meshledger: data directory ${dataDir} cannot be written: `);
    };
    await Promise.all([refusedAt(file), refusedAt(join(file, 'below'))]);
  });

  it('because the disk is full names the data directory and ends, and starts once there is room', async () => {
    const disk = await SmallDisk.mount(1);
    try {
      disk.fill();
      const words = ['--data-dir', join(disk.path, 'data'), '--port', String(stage.port)];
      const refused = await ServiceProcess.refused(words);
      expect(refused.exitCode).toBe(2);
      expect(refused.stderr).toContain(`meshledger: data directory ${join(disk.path, 'data')} cannot be written: `);
      disk.empty();
      const service = await ServiceProcess.start(words);
      expect(await service.terminate()).toBe(0);
    } finally {
      await disk.unmount();
    }
  });
});

/** A log with an open track, in which a restart would be recorded. */
async function openTrack({ dataDir }: CrashStage): Promise<void> {
  const log = await SqliteEventLog.open({ dataDir, nowMs: 0 });
  await log.append([new RecordedTrack('live/x').join('root').append()]);
  await log.close();
}

function listening(port: number): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

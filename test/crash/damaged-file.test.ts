import { randomBytes } from 'node:crypto';
import { cp, readFile, truncate, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CrashStage } from '../support/crash-stage.js';
import { damageLog, logFile, numberInLog } from '../support/log-damage.js';
import { MeshClient } from '../support/mesh-client.js';
import { recordEvening } from '../support/recorded-evening.js';

const TRACKS = ['live/one', 'live/two'];

let evening: CrashStage;
let stage: CrashStage;
let file: string;
beforeAll(async () => {
  evening = await CrashStage.set();
  await recordEvening(evening, TRACKS);
});
afterAll(async () => {
  await evening.clear();
});
beforeEach(async () => {
  stage = await CrashStage.set();
  file = logFile(stage.dataDir);
  await cp(evening.dataDir, stage.dataDir, { recursive: true });
});
afterEach(async () => {
  await stage.clear();
});

describe('a log file that cannot be trusted', () => {
  it('when truncated keeps the service from starting, which names the file and up to where each track is proven', async () => {
    const { length } = await readFile(file);
    await truncate(file, length - 4_096);
    const refused = await stage.serveRefused();
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain(file);
    expect(refused.stderr).toMatch(/last good positions: .*live\/one \d+/);
    expect(refused.stderr).toMatch(/live\/two \d+/);
  });

  it('when it is garbage keeps the service from starting, which says that no track can be read', async () => {
    await writeFile(file, randomBytes(64 * 1024));
    const refused = await stage.serveRefused();
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain(`${file} is damaged`);
    expect(refused.stderr).toContain('no track in it can be read');
  });

  it('of a newer format is refused, and left as it is', async () => {
    damageLog(stage.dataDir, 'UPDATE log_meta SET format_version = format_version + 1');
    const before = await readFile(file);
    const refused = await stage.serveRefused();
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain(file);
    expect(refused.stderr).toContain('upgrade meshledger');
    expect(await readFile(file)).toEqual(before);
  });
});

describe('a data directory', () => {
  it('is refused to a second service, and the first one is unharmed', async () => {
    const first = await stage.serve();
    const refused = await stage.serveRefused('--port', '0');
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain(`${stage.dataDir} is in use by another meshledger service`);
    const client = await MeshClient.connect(first.url);
    expect(await client.request('register', { peer_id: 'late', track: 'live/one' })).toMatchObject({ ok: true });
    client.close();
    expect(await first.terminate()).toBe(0);
    expect(await stage.verify()).toMatchObject({ exitCode: 0 });
    expect(numberInLog(stage.dataDir, `SELECT count(*) FROM peer_name WHERE peer_id = 'late'`)).toBe(1);
  });
});

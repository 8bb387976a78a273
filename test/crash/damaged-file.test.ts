import { randomBytes } from 'node:crypto';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { copiedEvening } from '../support/copied-evening.js';
import { damageLog, numberInLog } from '../support/log-damage.js';
import { MeshClient } from '../support/mesh-client.js';

const TRACKS = ['live/one', 'live/two'];

const copy = copiedEvening(TRACKS);

describe('a log file that cannot be trusted', () => {
  it('when truncated keeps the service from starting, which names the file and up to where each track is proven', async () => {
    const { length } = await readFile(copy.file);
    await truncate(copy.file, length - 4_096);
    const refused = await copy.stage.serveRefused();
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain(copy.file);
    expect(refused.stderr).toMatch(/last good positions: .*live\/one \d+/);
    expect(refused.stderr).toMatch(/live\/two \d+/);
  });

  it('when it is garbage keeps the service from starting, which says that no track can be read', async () => {
    await writeFile(copy.file, randomBytes(64 * 1024));
    const refused = await copy.stage.serveRefused();
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain(`${copy.file} is damaged`);
    expect(refused.stderr).toContain('no track in it can be read');
  });

  it('of a newer format is refused, and left as it is', async () => {
    damageLog(copy.stage.dataDir, 'UPDATE log_meta SET format_version = format_version + 1');
    const before = await readFile(copy.file);
    const refused = await copy.stage.serveRefused();
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain(copy.file);
    expect(refused.stderr).toContain('upgrade meshledger');
    expect(await readFile(copy.file)).toEqual(before);
  });
});

describe('a data directory', () => {
  it('is refused to a second service, and the first one is unharmed', async () => {
    const first = await copy.stage.serve();
    const refused = await copy.stage.serveRefused('--port', '0');
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain(`${copy.stage.dataDir} is in use by another meshledger service`);
    const client = await MeshClient.connect(first.url);
    expect(await client.request('register', { peer_id: 'late', track: 'live/one' })).toMatchObject({ ok: true });
    client.close();
    expect(await first.terminate()).toBe(0);
    expect(await copy.stage.verify()).toMatchObject({ exitCode: 0 });
    expect(numberInLog(copy.stage.dataDir, `SELECT count(*) FROM peer_name WHERE peer_id = 'late'`)).toBe(1);
  });
});

import { randomBytes } from 'node:crypto';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { copiedEvening } from '../support/copied-evening.js';
import { damageLog } from '../support/log-damage.js';

const copy = copiedEvening(['live/one', 'live/two']);

describe('a log file that cannot be trusted', () => {
  it('when half of it is gone keeps the service from starting, which names the file', async () => {
    const { length } = await readFile(copy.file);
    await truncate(copy.file, Math.floor(length / 2));
    const refused = await copy.stage.serveRefused();
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain(`${copy.file} is damaged`);
    expect(refused.stderr).toMatch(/last good positions|no track in it can be read/);
  });

  it('with its first page overwritten, keeps the service from starting', async () => {
    const bytes = await readFile(copy.file);
    randomBytes(4_096).copy(bytes);
    await writeFile(copy.file, bytes);
    const refused = await copy.stage.serveRefused();
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain(`${copy.file} is damaged`);
  });

  it('that went through an unknown migration is refused', async () => {
    damageLog(copy.stage.dataDir, `INSERT INTO kysely_migration (name, timestamp) VALUES ('0999-of-tomorrow', '')`);
    const refused = await copy.stage.serveRefused();
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('0999-of-tomorrow');
  });
});

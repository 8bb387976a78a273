import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it } from '@jest/globals';
import { TOPOLOGY_EVENT_TYPES } from '../../src/domain/events.js';
import { createOrMigrateLog } from '../../src/event-log/create-log.js';
import { temporaryDataDir } from '../support/log-directory.js';

it('a log names every event type by the code that its rows carry', async () => {
  const { dataDir, remove } = await temporaryDataDir();
  try {
    await createOrMigrateLog(dataDir, 'full', 0);
    const database = new Database(join(dataDir, 'log-000001.sqlite'), { readonly: true });
    const names = database.prepare<[], string>('SELECT name FROM event_type ORDER BY code').pluck().all();
    const codes = database.prepare<[], number>('SELECT code FROM event_type ORDER BY code').pluck().all();
    database.close();
    expect(names).toEqual(TOPOLOGY_EVENT_TYPES);
    expect(codes).toEqual(TOPOLOGY_EVENT_TYPES.map((_, index) => index + 1));
  } finally {
    await remove();
  }
});

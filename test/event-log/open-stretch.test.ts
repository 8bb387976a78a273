import { describe, expect, it, jest } from '@jest/globals';
import Database from 'better-sqlite3';
import { createOrMigrateLog } from '../../src/event-log/create-log.js';
import { ROWS_PER_STRETCH, STRETCHES_REMEMBERED_MAX } from '../../src/event-log/event-log-limits.js';
import { OpenStretch } from '../../src/event-log/open-stretch.js';
import { StretchPacker } from '../../src/event-log/pack-stretches.js';
import { ROWS_TO_INDEX } from '../../src/event-log/stretch-queries.js';
import { rowOfEvent } from '../../src/event-log/topology-event-row.js';
import { temporaryDataDir } from '../support/log-directory.js';
import { joined, NOW } from './sample-log.js';

function add(stretch: OpenStretch, from: number, count: number): void {
  for (let position = from; position < from + count; position += 1)
    stretch.add(rowOfEvent(joined(position, `peer-${String(position)}`)));
}

describe('the rows of an open stretch', () => {
  it('are remembered from its beginning, or from where the file has less than a whole one', () => {
    const young = new OpenStretch(0, 0);
    add(young, 1, 3);
    expect(young.firstRows(2)).toEqual({
      positions: [1, 2],
      types: [4, 4],
      peers: [1, 2],
      parents: [null, null],
      formerParents: [null, null],
    });
    const begun = new OpenStretch(0, 10);
    add(begun, 11, ROWS_PER_STRETCH);
    expect([begun.rowCount, begun.firstRows(ROWS_PER_STRETCH)]).toEqual([ROWS_PER_STRETCH + 10, null]);
    begun.packed(ROWS_PER_STRETCH, ROWS_PER_STRETCH);
    expect([begun.after, begun.rowCount]).toEqual([ROWS_PER_STRETCH, 10]);
    expect(begun.firstRows(1)?.positions).toEqual([ROWS_PER_STRETCH + 1]);
  });

  it('are left to the file while whole stretches of it wait to be packed, however many come meanwhile', () => {
    const waiting = 1_000;
    const old = new OpenStretch(0, waiting * ROWS_PER_STRETCH);
    let [packed, added, rowsMost] = [0, waiting * ROWS_PER_STRETCH, 0];
    while (old.rowCount >= ROWS_PER_STRETCH) {
      add(old, added + 1, 1_500);
      added += 1_500;
      for (let stretches = 2; stretches > 0 && old.rowCount >= ROWS_PER_STRETCH; stretches -= 1) {
        packed += ROWS_PER_STRETCH;
        old.packed(ROWS_PER_STRETCH, packed);
      }
      rowsMost = Math.max(rowsMost, old.rowsRemembered);
    }
    expect(rowsMost).toBeLessThanOrEqual(ROWS_PER_STRETCH + 1_500);
    // What it says of rows that it has packed last goes on to be true.
    add(old, added + 1, 2 * ROWS_PER_STRETCH);
    while (old.firstRows(1) === null) {
      packed += ROWS_PER_STRETCH;
      old.packed(ROWS_PER_STRETCH, packed);
    }
    expect(old.firstRows(1)?.positions).toEqual([packed + 1]);
    expect(packed + old.rowCount).toBe(added + 2 * ROWS_PER_STRETCH);
  });
});

describe('a stretch that is full', () => {
  it('is packed without a look into the file, unless more tracks than so many were written since its rows', async () => {
    const { dataDir, remove } = await temporaryDataDir();
    const database = new Database(await createOrMigrateLog(dataDir, 'normal', NOW));
    const prepare = jest.spyOn(database, 'prepare');
    const packer = new StretchPacker(database);
    const rowsInFile = prepare.mock.results[prepare.mock.calls.findIndex(([sql]) => sql === ROWS_TO_INDEX)]?.value;
    const read = jest.spyOn(rowsInFile as Database.Statement, 'get');
    const insert = database.prepare(
      'INSERT INTO topology_event (track_id, position, recorded_at, type, version, codec, peer) VALUES (?, ?, 0, 4, 1, 1, ?)',
    );
    const write = (trackId: number, from: number, count: number): void => {
      add(packer.openOf(trackId), from, count);
      for (let position = from; position < from + count; position += 1) insert.run(trackId, position, position);
      packer.inserted(trackId, count);
    };
    database.exec('BEGIN');
    write(1, 1, ROWS_PER_STRETCH - 1);
    for (let other = 2; other <= STRETCHES_REMEMBERED_MAX; other += 1) write(other, 1, 1);
    write(1, ROWS_PER_STRETCH, 1);
    expect(read).not.toHaveBeenCalled();
    write(1, ROWS_PER_STRETCH + 1, 1);
    for (let other = 2; other <= STRETCHES_REMEMBERED_MAX + 1; other += 1) write(other, 2, 1);
    write(1, ROWS_PER_STRETCH + 2, ROWS_PER_STRETCH - 1);
    expect(read).toHaveBeenCalledTimes(1);
    expect(database.prepare('SELECT last_position FROM stretch WHERE track_id = 1').pluck().all()).toEqual([
      ROWS_PER_STRETCH,
      2 * ROWS_PER_STRETCH,
    ]);
    database.close();
    await remove();
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CorruptLogError } from '../../src/domain/errors.js';
import { DEPTH_MAX } from '../../src/domain/limits.js';
import { ByteReader } from '../../src/event-log/byte-reader.js';
import { ByteWriter } from '../../src/event-log/byte-writer.js';
import { readCanonicalRow, writeCanonicalRow } from '../../src/event-log/canonical-bytes.js';
import { eventOfRow, rowOfEvent } from '../../src/event-log/topology-event-row.js';
import { event } from './arbitrary-event.js';

describe('a topology row', () => {
  it('gives back every event, also through its canonical bytes', () => {
    fc.assert(
      fc.property(event, (one) => {
        const out = new ByteWriter(0);
        writeCanonicalRow(out, rowOfEvent(one));
        const row = readCanonicalRow(new ByteReader(out.finish()));
        expect(row).toEqual(rowOfEvent(one));
        expect(eventOfRow(row, null)).toEqual(one);
      }),
    );
  });

  it('is read through the upcasts of its version, one after the other', async () => {
    const { upcast } = await import('../../src/event-log/upcasters.js');
    const claimed = rowOfEvent({
      type: 'CapacityClaimed',
      version: 1,
      position: 9,
      recordedAt: 1,
      peer: 3,
      capacity: 2,
    });
    const steps = [
      (row: typeof claimed) => ({ ...row, version: 2, amount: (row.amount ?? 0) * 10 }),
      (row: typeof claimed) => ({ ...row, version: 3, amount: (row.amount ?? 0) + 1 }),
    ];
    expect(upcast(claimed, { CapacityClaimed: steps })).toMatchObject({ version: 3, amount: 21 });
    expect(upcast({ ...claimed, version: 2 }, { CapacityClaimed: steps })).toMatchObject({ version: 3, amount: 3 });
    expect(upcast(claimed, { PeerLeft: steps })).toBe(claimed);
  });

  it.each([
    ['an unknown type', { type: 200 }],
    ['an unknown version', { version: 2 }],
    ['an unknown codec', { codec: 2 }],
    ['an unknown cause', { cause: 14 }],
    ['a depth out of bounds', { depth: DEPTH_MAX + 1 }],
    ['a fraction', { depth: 1.5 }],
    ['a negative time', { recordedAt: -1 }],
    ['no parent', { parent: null }],
    ['a peer that has not joined yet', { peer: 51 }],
    ['a column of another type', { amount: 1 }],
    ['a name that does not belong', { nameDigest: new Uint8Array(16) }],
  ])('with %s is damage, named with its position', (_, change) => {
    const row = rowOfEvent({
      type: 'ParentAssigned',
      version: 1,
      position: 50,
      recordedAt: 1,
      causedBy: null,
      peer: 3,
      parent: 0,
      formerParent: null,
      depth: 0,
      cause: 'joined',
    });
    expect(() => eventOfRow({ ...row, ...change }, null)).toThrow(CorruptLogError);
    expect(() => eventOfRow({ ...row, ...change }, null)).toThrow(/position 50/);
  });
});

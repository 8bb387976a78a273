import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CorruptLogError } from '../../src/domain/errors.js';
import {
  ASSIGNMENT_CAUSES,
  DEPARTURE_CAUSES,
  RECOVERY_REASONS,
  type RecordedTopologyEvent,
} from '../../src/domain/events.js';
import { CAPACITY_CLAIM_MAX, DEPTH_MAX } from '../../src/domain/limits.js';
import { ByteReader } from '../../src/event-log/byte-reader.js';
import { ByteWriter } from '../../src/event-log/byte-writer.js';
import { readCanonicalRow, writeCanonicalRow } from '../../src/event-log/canonical-bytes.js';
import { eventOfRow, rowOfEvent } from '../../src/event-log/topology-event-row.js';
import { SETTINGS } from './sample-log.js';

const position = fc.integer({ min: 1_000, max: Number.MAX_SAFE_INTEGER });
const place = { version: fc.constant(1 as const), position, recordedAt: fc.maxSafeNat() };
const peer = fc.integer({ min: 1, max: 1_000 });
const formerParent = fc.option(fc.nat({ max: 1_000 }));
const capacity = fc.option(fc.nat({ max: CAPACITY_CLAIM_MAX }));
const causedBy = fc.option(peer);

const event: fc.Arbitrary<RecordedTopologyEvent> = fc.oneof(
  fc.record({
    type: fc.constantFrom('TrackOpened' as const, 'TrackConfigured' as const),
    ...place,
    settings: fc.oneof(
      fc.constant(SETTINGS),
      fc
        .record({ swap: fc.boolean(), heir: fc.boolean(), tenureMs: fc.option(fc.nat()) })
        .map((ideas) => ({ ...SETTINGS, ideas })),
    ),
  }),
  fc.record({ type: fc.constant('TrackClosed' as const), ...place }),
  fc.record({
    type: fc.constant('ServiceRecovered' as const),
    ...place,
    reason: fc.constantFrom(...RECOVERY_REASONS),
    gapMs: fc.maxSafeNat(),
  }),
  fc.record({ type: fc.constant('PeerResumed' as const), ...place, peer }),
  fc.record({ type: fc.constant('PeerDisconnected' as const), ...place, peer }),
  fc.record({ type: fc.constant('CapacityClaimed' as const), ...place, peer, capacity }),
  fc.record({
    type: fc.constant('PeerLeft' as const),
    ...place,
    peer,
    formerParent,
    cause: fc.constantFrom(...DEPARTURE_CAUSES),
  }),
  fc.record({ type: fc.constant('PeerTimedOut' as const), ...place, peer, formerParent, silentMs: fc.maxSafeNat() }),
  fc.record({ type: fc.constant('PeerKicked' as const), ...place, peer, formerParent }),
  fc.record({
    type: fc.constant('ParentAssigned' as const),
    ...place,
    causedBy,
    peer,
    parent: fc.nat({ max: 1_000 }),
    formerParent,
    depth: fc.nat({ max: DEPTH_MAX }),
    cause: fc.constantFrom(...ASSIGNMENT_CAUSES),
  }),
  fc.record({
    type: fc.constant('ParentAssigned' as const),
    ...place,
    version: fc.constant(2 as const),
    causedBy,
    peer,
    parent: fc.nat({ max: 1_000 }),
    formerParent,
    depth: fc.nat({ max: DEPTH_MAX }),
    cause: fc.constantFrom(...ASSIGNMENT_CAUSES),
    displaced: peer,
  }),
  fc.record({ type: fc.constant('PeerWaiting' as const), ...place, causedBy, peer, formerParent }),
  fc.record({
    type: fc.constantFrom('PeerTenured' as const, 'CapacityRevoked' as const, 'CapacityRestored' as const),
    ...place,
    causedBy,
    peer,
  }),
  fc.record({ type: fc.constant('PeerCleared' as const), ...place, peer }),
  fc.record({
    type: fc.constant('StallReported' as const),
    ...place,
    peer,
    parent: fc.nat({ max: 1_000 }),
    silentMs: fc.maxSafeNat(),
  }),
  fc.record({
    type: fc.constant('PlanFollowed' as const),
    ...place,
    peer,
    lostParent: fc.option(peer),
    connectedTo: fc.nat({ max: 1_000 }),
  }),
  fc.record({ type: fc.constant('PeerSuspected' as const), ...place, peer, complaints: fc.nat({ max: 100 }) }),
  fc.record({
    type: fc.constant('ForwardingFailed' as const),
    ...place,
    peer,
    complaints: fc.nat({ max: 100 }),
    windowMs: fc.nat(),
  }),
);

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

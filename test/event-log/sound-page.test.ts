import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TOPOLOGY_EVENT_TYPES } from '../../src/domain/events.js';
import { CAPACITY_CLAIM_MAX, CHILDREN_PER_PEER_MAX, DEPTH_MAX } from '../../src/domain/limits.js';
import { type EventColumns, eventPageOfColumns } from '../../src/event-log/event-columns.js';
import { PageRows } from '../../src/event-log/page-rows.js';
import { isSound } from '../../src/event-log/sound-page.js';
import { rowOfEvent } from '../../src/event-log/topology-event-row.js';
import { faultOfRow, NAME_DIGEST_BYTES, type TopologyRow, typeCode } from '../../src/event-log/topology-row.js';
import { event } from './arbitrary-event.js';

const DIGEST = new Uint8Array(NAME_DIGEST_BYTES);
const join = fc.record({
  position: fc.integer({ min: 1, max: 2_000 }),
  amount: fc.option(fc.nat({ max: CAPACITY_CLAIM_MAX })),
});
const sound: fc.Arbitrary<TopologyRow> = fc.oneof(
  { weight: 9, arbitrary: event.map(rowOfEvent) },
  {
    weight: 1,
    arbitrary: join.map(({ position, amount }) => ({
      ...rowOfEvent({ type: 'PeerCleared', version: 1, position, recordedAt: 1, peer: position }),
      type: typeCode('PeerJoined'),
      amount,
      nameDigest: DIGEST,
    })),
  },
);

/** At and around every limit that a column has. */
const limit = fc.constantFrom(
  -1,
  0,
  1,
  0xff,
  0x100,
  ...[DEPTH_MAX, CAPACITY_CLAIM_MAX, CHILDREN_PER_PEER_MAX].flatMap((most) => [most, most + 1]),
);
const cell = fc.oneof(fc.constant(null), limit, fc.constantFrom(999, 1_000, 1_001, Number.MAX_SAFE_INTEGER, 2 ** 53));
/** What a page shows of a null where none belongs. */
const NULL = NaN;
/** One column changed; all that a damaged file can hold there. */
const change: fc.Arbitrary<Partial<TopologyRow>> = fc.oneof(
  fc.constant({}),
  fc.record({ position: fc.constantFrom(NULL, -1, 0, 1, 999, 1_000, 2 ** 53) }),
  fc.record({ recordedAt: fc.constantFrom(NULL, -1, 0, Number.MAX_SAFE_INTEGER, 2 ** 53) }),
  fc.record({ type: fc.oneof(fc.constant(NULL), fc.integer({ min: -1, max: TOPOLOGY_EVENT_TYPES.length + 2 })) }),
  fc.record({ version: fc.constantFrom(0, 1, 2, 3, 0xffff, 0x10000) }),
  fc.record({ codec: fc.constantFrom(0, 1, 2) }),
  ...(['peer', 'parent', 'formerParent', 'causedBy', 'cause', 'amount', 'depth'] as const).map((column) =>
    cell.map((value) => ({ [column]: value })),
  ),
  fc.record({ nameDigest: fc.constantFrom(null, DIGEST, new Uint8Array(7)) }),
  fc.record({ detail: fc.constantFrom(null, '', '{}') }),
);
const row = fc.tuple(sound, change).map(([before, changed]) => ({ ...before, ...changed }));
const page = fc
  .uniqueArray(row, { minLength: 1, maxLength: 4, selector: ({ position }) => position })
  .map((rows) => rows.sort((one, other) => one.position - other.position));
const numbered = page.filter((rows) => rows.every(({ position }) => !Number.isNaN(position)));

describe('a page of rows', () => {
  it('is sound exactly when none of its rows has a fault', () => {
    const seen = { sound: 0, faulty: 0 };
    fc.assert(
      fc.property(page, (rows) => {
        const expected = rows.every((one) => faultOfRow(one) === null);
        seen[expected ? 'sound' : 'faulty'] += 1;
        expect(isSound(eventPageOfColumns(columnsOf(rows)))).toBe(expected);
      }),
      { numRuns: 3_000 },
    );
    expect(Math.min(seen.sound, seen.faulty)).toBeGreaterThan(300);
  });

  it('is not sound without the detail that a type needs', () => {
    fc.assert(
      fc.property(event, (one) => {
        const bare = { ...rowOfEvent(one), detail: null };
        expect(isSound(eventPageOfColumns(columnsOf([bare])))).toBe(faultOfRow(bare) === null);
      }),
      { numRuns: 1_000 },
    );
  });

  it('shows its rows one after the other, and gives copies to keep', () => {
    fc.assert(
      fc.property(numbered, (rows) => {
        const shown = new PageRows(eventPageOfColumns(columnsOf(rows)));
        expect(Array.from(shown, ({ position, detail }) => ({ position, detail }))).toEqual(
          rows.map(({ position, detail }) => ({ position, detail })),
        );
        expect(shown.copies()).toEqual(rows);
        expect(shown.last).toBe(rows.at(-1)?.position);
      }),
    );
  });
});

/** Columns as SQLite gives them of rows. */
function columnsOf(rows: readonly TopologyRow[]): EventColumns {
  const column = (cellOf: (row: TopologyRow) => number | null): string => JSON.stringify(rows.map(cellOf));
  const unusual = rows.filter(
    ({ type, version, codec, nameDigest, detail }) =>
      version !== 1 ||
      codec !== 1 ||
      detail !== null ||
      nameDigest?.length !== (type === typeCode('PeerJoined') ? NAME_DIGEST_BYTES : undefined),
  );
  return [
    column(({ position }) => position),
    column(({ recordedAt }) => recordedAt),
    column(({ type }) => type),
    column(({ peer }) => peer),
    column(({ parent }) => parent),
    column(({ formerParent }) => formerParent),
    column(({ causedBy }) => causedBy),
    column(({ cause }) => cause),
    column(({ amount }) => amount),
    column(({ depth }) => depth),
    JSON.stringify(
      unusual.map(({ position, version, codec, nameDigest, detail }) => [
        position,
        version,
        codec,
        nameDigest?.length ?? null,
        detail,
      ]),
    ),
  ];
}

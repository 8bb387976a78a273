import type { Position } from '../domain/ids.js';
import { endOfPage } from './row-range.js';
import { typeCode } from './topology-row.js';

/** A page of topology rows as numbers: what one thread can hand to another without a copy. */
export interface EventPage {
  readonly count: number;
  /** The columns one after the other, `count` numbers each; NaN stands for null. */
  readonly numbers: Float64Array<ArrayBuffer>;
  readonly unusual: readonly Unusual[];
}

/** A page that was looked through, on whichever thread read it. */
export interface CheckedPage extends EventPage {
  /** Whether `faultOfRow` finds nothing in any of its rows. */
  readonly isSound: boolean;
}

/** What a row says beyond the columns. Usual is the first version, without detail, and the digest of a name where somebody joins. */
export type Unusual = readonly [
  position: number,
  version: number,
  codec: number,
  digestBytes: number | null,
  detail: string | null,
];

/** Where each column of numbers stands in a page. */
export const COLUMN = {
  position: 0,
  recordedAt: 1,
  type: 2,
  peer: 3,
  parent: 4,
  formerParent: 5,
  causedBy: 6,
  cause: 7,
  amount: 8,
  depth: 9,
} as const;
export const NUMBER_COLUMNS = 10;

const PEER_JOINED = typeCode('PeerJoined');

/** Where a page ends that another one may follow; null for the last one. */
export function endOfEventPage({ count, numbers }: EventPage): Position | null {
  return endOfPage(count, numbers[count - 1]);
}

/** Positions of the first and the last join of a page; null without any. */
export function endsOfJoins({
  count,
  numbers,
}: EventPage): { readonly first: Position; readonly last: Position } | null {
  const types = numbers.subarray(COLUMN.type * count, (COLUMN.type + 1) * count);
  const first = types.indexOf(PEER_JOINED);
  if (first < 0) return null;
  return { first: numbers[first] ?? 0, last: numbers[types.lastIndexOf(PEER_JOINED)] ?? 0 };
}

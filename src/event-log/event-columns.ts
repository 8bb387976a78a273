import type { Position } from '../domain/ids.js';
import { endOfPage } from './row-range.js';
import { NAME_DIGEST_BYTES, TOPOLOGY_ROW_CODEC, typeCode, type TopologyRow } from './topology-row.js';

/**
 * Topology rows as `EVENT_COLUMNS` reads it: a JSON array for each column, and last, with their positions, the rows that
 * are not as usual.
 */
export type EventColumns = readonly [
  positions: string,
  recordedAt: string,
  types: string,
  peers: string,
  parents: string,
  formerParents: string,
  causedBy: string,
  causes: string,
  amounts: string,
  depths: string,
  unusual: string,
];

/** What a row says beyond the columns. Usual is the first version, without detail, and the digest of a name where somebody joins. */
type Unusual = readonly [
  position: number,
  version: number,
  codec: number,
  digestBytes: number | null,
  detail: string | null,
];

const PEER_JOINED = typeCode('PeerJoined');
/** Stands for a digest that is there and was not read. */
const DIGEST_NOT_READ = new Uint8Array(NAME_DIGEST_BYTES);

/** A page of topology rows as numbers: what one thread can hand to another without a copy. */
export interface EventPage {
  readonly count: number;
  /** The columns one after the other, `count` numbers each; NaN stands for null. */
  readonly numbers: Float64Array<ArrayBuffer>;
  readonly unusual: readonly Unusual[];
}

/** Columns that hold numbers. */
const NUMBER_COLUMNS = 10;

/** @throws SyntaxError for text that is no UTF-8; TypeError for what is no integer. */
export function eventPageOfColumns(columns: EventColumns): EventPage {
  const parsed = columns.slice(0, NUMBER_COLUMNS).map((column) => JSON.parse(column) as readonly (number | null)[]);
  const count = parsed[0]?.length ?? 0;
  const numbers = new Float64Array(NUMBER_COLUMNS * count);
  let place = 0;
  for (const values of parsed) for (const value of values) numbers[place++] = value === null ? NaN : integerOf(value);
  return { count, numbers, unusual: JSON.parse(columns[NUMBER_COLUMNS]) as readonly Unusual[] };
}

/** Where a page ends that another one may follow; null for the last one. */
export function endOfEventPage({ count, numbers }: EventPage): number | null {
  return endOfPage(count, numbers[count - 1]);
}

/** Positions of the first and the last join of a page; null without any. */
export function endsOfJoins({
  count,
  numbers,
}: EventPage): { readonly first: Position; readonly last: Position } | null {
  const types = numbers.subarray(2 * count, 3 * count);
  const first = types.indexOf(PEER_JOINED);
  if (first < 0) return null;
  return { first: numbers[first] ?? 0, last: numbers[types.lastIndexOf(PEER_JOINED)] ?? 0 };
}

/** The rows, in their order; of a name digest only the length is right. */
export function eventRowsOfPage({ count, numbers, unusual }: EventPage): TopologyRow[] {
  const rows = new Array<TopologyRow>(count);
  let passed = 0;
  for (let index = 0; index < count; index += 1) {
    const position = numbers[index] ?? 0;
    const type = numbers[2 * count + index] ?? 0;
    const says = unusual[passed]?.[0] === position ? unusual[passed++] : undefined;
    rows[index] = {
      position,
      recordedAt: numbers[count + index] ?? 0,
      type,
      version: says === undefined ? 1 : says[1],
      codec: says === undefined ? TOPOLOGY_ROW_CODEC : says[2],
      peer: numberOrNull(numbers[3 * count + index]),
      parent: numberOrNull(numbers[4 * count + index]),
      formerParent: numberOrNull(numbers[5 * count + index]),
      causedBy: numberOrNull(numbers[6 * count + index]),
      cause: numberOrNull(numbers[7 * count + index]),
      amount: numberOrNull(numbers[8 * count + index]),
      depth: numberOrNull(numbers[9 * count + index]),
      nameDigest: says === undefined ? usualDigest(type) : digestOfLength(says[3]),
      detail: says === undefined ? null : says[4],
    };
  }
  return rows;
}

/** Both in one. @throws SyntaxError for text that is no UTF-8; TypeError for what is no integer. */
export function eventRowsOfColumns(columns: EventColumns): TopologyRow[] {
  return eventRowsOfPage(eventPageOfColumns(columns));
}

/** SQLite hands over text where somebody has put some. */
function integerOf(value: unknown): number {
  if (Number.isInteger(value)) return value as number;
  throw new TypeError('a column of numbers holds something else');
}

function numberOrNull(number = NaN): number | null {
  return Number.isNaN(number) ? null : number;
}

function usualDigest(type: number): Uint8Array | null {
  return type === PEER_JOINED ? DIGEST_NOT_READ : null;
}

/** What stands for a digest of which only the length was read. */
function digestOfLength(length: number | null): Uint8Array | null {
  if (length === null) return null;
  return length === NAME_DIGEST_BYTES ? DIGEST_NOT_READ : new Uint8Array(length);
}

import { TOPOLOGY_EVENT_TYPES } from '../domain/events.js';
import { COLUMN, type PageCells } from './event-page.js';
import { RowOfPage } from './page-rows.js';
import { boundsInBareRow, type ColumnBounds, faultOfRow, type RangedColumn, typeCode } from './topology-row.js';

/** In the order in which they stand in a page, one behind the other. */
const COLUMNS = [
  'peer',
  'parent',
  'formerParent',
  'causedBy',
  'cause',
  'amount',
  'depth',
] as const satisfies readonly RangedColumn[];
const FIRST_COLUMN = COLUMN[COLUMNS[0]];
/** Holds for no number, and not for null. */
const NOTHING: ColumnBounds = { lowest: Infinity, highest: 0, mayBeNull: false };
/** By the code of a type and then by column: of every number that may stand in a usual row. */
const LOWEST = tableOf(({ lowest }) => lowest);
const HIGHEST = tableOf(({ highest }) => highest ?? Number.MAX_SAFE_INTEGER);
const IS_UP_TO_POSITION = tableOf(({ highest }) => Number(highest === null));
const MAY_BE_NULL = tableOf(({ mayBeNull }) => Number(mayBeNull));
const PEER_JOINED = typeCode('PeerJoined');

/**
 * Whether `faultOfRow` finds nothing in any row of a page. Usual rows are held against the same rules as the numbers that they are, which
 * takes a tenth of the time.
 */
export function isSound(page: PageCells): boolean {
  const { count, numbers, unusual } = page;
  const row = new RowOfPage(page);
  let passed = 0;
  for (let index = 0; index < count; index += 1) {
    if (unusual[passed]?.[0] !== numbers[index]) {
      if (!isUsualRowSound(numbers, count, index)) return false;
      continue;
    }
    passed += 1;
    row.moveTo(index);
    if (faultOfRow(row) !== null) return false;
  }
  return true;
}

function isUsualRowSound(numbers: Float64Array, count: number, index: number): boolean {
  const position = numbers[index] ?? 0;
  const recordedAt = numbers[COLUMN.recordedAt * count + index] ?? 0;
  const type = numbers[COLUMN.type * count + index] ?? 0;
  if (position < 1 || position > Number.MAX_SAFE_INTEGER) return false;
  if (recordedAt < 0 || recordedAt > Number.MAX_SAFE_INTEGER) return false;
  if (type < 1 || type > TOPOLOGY_EVENT_TYPES.length) return false;
  if (type === PEER_JOINED && numbers[COLUMN.peer * count + index] !== position) return false;
  const place = (type - 1) * COLUMNS.length;
  for (let column = 0; column < COLUMNS.length; column += 1) {
    const number = numbers[(FIRST_COLUMN + column) * count + index] ?? 0;
    if (Number.isNaN(number)) {
      if (MAY_BE_NULL[place + column] === 0) return false;
    } else {
      if (number < (LOWEST[place + column] ?? 0) || number > (HIGHEST[place + column] ?? 0)) return false;
      if (number > position && IS_UP_TO_POSITION[place + column] === 1) return false;
    }
  }
  return true;
}

function tableOf(numberOf: (bounds: ColumnBounds) => number): Float64Array {
  return Float64Array.from(
    TOPOLOGY_EVENT_TYPES.flatMap((type) => COLUMNS.map((column) => numberOf(boundsInBareRow(type, column) ?? NOTHING))),
  );
}

import { TOPOLOGY_EVENT_TYPES } from '../domain/events.js';
import { COLUMN, type EventPage } from './event-page.js';
import { RowOfPage } from './page-rows.js';
import { boundsInBareRow, type ColumnBounds, faultOfRow, type RangedColumn, RANGES, typeCode } from './topology-row.js';

const COLUMNS = Object.keys(RANGES) as RangedColumn[];
/** Where each stands in a page. */
const PLACES = Uint8Array.from(COLUMNS, (column) => COLUMN[column]);
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
export function isSound(page: EventPage): boolean {
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
  const position = numbers[index] ?? NaN;
  const recordedAt = numbers[COLUMN.recordedAt * count + index] ?? NaN;
  const type = numbers[COLUMN.type * count + index] ?? NaN;
  // None of them holds for NaN, which stands for null.
  const isPlaced = position >= 1 && position <= Number.MAX_SAFE_INTEGER;
  const isTimed = recordedAt >= 0 && recordedAt <= Number.MAX_SAFE_INTEGER;
  const isTyped = type >= 1 && type <= TOPOLOGY_EVENT_TYPES.length;
  if (!isPlaced || !isTimed || !isTyped) return false;
  if (type === PEER_JOINED && numbers[COLUMN.peer * count + index] !== position) return false;
  const place = (type - 1) * COLUMNS.length;
  for (let column = 0; column < COLUMNS.length; column += 1) {
    const number = numbers[(PLACES[column] ?? 0) * count + index] ?? NaN;
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

import { type EventPage, NUMBER_COLUMNS, type Unusual } from './event-page.js';
import { PageRows } from './page-rows.js';
import type { TopologyRow } from './topology-row.js';

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

/** @throws SyntaxError for text that is no UTF-8; TypeError for what is no integer. */
export function eventPageOfColumns(columns: EventColumns): EventPage {
  const parsed = columns.slice(0, NUMBER_COLUMNS).map((column) => JSON.parse(column) as readonly unknown[]);
  const count = parsed[0]?.length ?? 0;
  const numbers = new Float64Array(NUMBER_COLUMNS * count);
  for (const [column, values] of parsed.entries()) putColumn(numbers, column * count, values);
  return { count, numbers, unusual: JSON.parse(columns[NUMBER_COLUMNS]) as readonly Unusual[] };
}

/** Rows to keep. @throws SyntaxError for text that is no UTF-8; TypeError for what is no integer. */
export function eventRowsOfColumns(columns: EventColumns): TopologyRow[] {
  return new PageRows(eventPageOfColumns(columns)).copies();
}

/** A function of its own, and by index: half the time of a loop over all columns, since each is of one kind of array. */
function putColumn(numbers: Float64Array, from: number, values: readonly unknown[]): void {
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index];
    numbers[from + index] = value === null ? NaN : integerOf(value);
  }
}

/** SQLite hands over text where somebody has put some. */
function integerOf(value: unknown): number {
  if (Number.isInteger(value)) return value as number;
  throw new TypeError('a column of numbers holds something else');
}

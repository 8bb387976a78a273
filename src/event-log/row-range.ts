import type { Position } from '../domain/ids.js';

/** Rows of one track behind `after`, up to and with `until`, at most `limit`. */
export interface RowRange {
  readonly trackId: number;
  readonly after: Position;
  readonly until: Position;
  readonly limit: number;
}

import type Database from 'better-sqlite3';
import type { Position } from '../domain/ids.js';
import { STRETCH_ROWS_MAX } from './event-log-limits.js';
import { sameBytes } from './head-row.js';
import { hasInSchema } from './segment-queries.js';
import { STRETCH_CODEC, StretchIndex } from './stretch-index.js';
import {
  ROWS_TO_INDEX,
  STRETCHES,
  stretchRowsOf,
  type RowsToIndexBinds,
  type RowsToIndexCells,
} from './stretch-queries.js';

type StretchCells = [trackId: number, after: Position, last: Position, codec: number, body: Buffer];

/** One by one along the key, each a short read. */
const NEXT_STRETCH = `
  SELECT track_id, after_position, last_position, codec, body FROM stretch
   WHERE (track_id, after_position) > (?, ?) ORDER BY track_id, after_position LIMIT 1`;

/**
 * Packs every stretch of a file once more and compares: an index that was edited would hide rows from whoever asks about a peer. One
 * that was removed hides nothing, because rows without an index are looked through.
 */
export function faultsOfStretches(database: Database.Database): string[] {
  if (!hasInSchema(database, STRETCHES)) return [];
  const next = database.prepare<[number, Position], StretchCells>(NEXT_STRETCH).raw();
  const rows = database.prepare<RowsToIndexBinds, RowsToIndexCells>(ROWS_TO_INDEX).raw();
  const faults: string[] = [];
  let end: readonly [trackId: number, last: Position] = [0, 0];
  for (let cells = next.get(-1, -1); cells !== undefined; cells = next.get(cells[0], cells[1])) {
    const [trackId, after, last, codec, body] = cells;
    const isBehind = trackId !== end[0] || after >= end[1];
    const index = StretchIndex.of(stretchRowsOf(rows.get(trackId, after, last, STRETCH_ROWS_MAX)));
    const isTrue = codec === STRETCH_CODEC && index.last === last && sameBytes(index.body, body);
    if (!isBehind || !isTrue)
      faults.push(
        `the index of track ${String(trackId)} behind position ${String(after)} was edited, or its rows were`,
      );
    end = [trackId, last];
  }
  return faults;
}

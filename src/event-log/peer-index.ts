import type { PeerNumber, Position } from '../domain/ids.js';
import type { RowRange } from './row-range.js';
import { eventRowOfCells, type EventCells } from './stored-cells.js';
import type { TopologyRow } from './topology-row.js';

/** A range that is read whole. */
export type WholeRange = Omit<RowRange, 'limit'>;

/** The last decision about a peer in a range, and how many there were. */
export interface DecisionRow {
  readonly count: number;
  readonly row: TopologyRow;
}

/** Finds the rows of a file that are about some peer. Files differ in how their indexes are cut. */
export interface PeerIndex {
  /**
   * Rows that name a peer as themselves, as parent or as former parent, in order.
   *
   * @param untilGone those behind the row with which the peer went may be missing.
   */
  rowsNaming(range: RowRange, peer: PeerNumber, untilGone: boolean): TopologyRow[];
  /** The row with which each of some peers went, for those who did; in no particular order. */
  departureRows(range: WholeRange, peers: readonly PeerNumber[]): TopologyRow[];
  /** For each of some peers about whom something was decided; one may be there twice, the later part behind the earlier. */
  decisionRows(range: WholeRange, peers: readonly PeerNumber[]): DecisionRow[];
  /** Peers that joined in the range. */
  joinCount(range: WholeRange): number;
  /** Whether there is an event of a type about a peer. */
  hasEvent(trackId: number, peer: PeerNumber, type: number): boolean;
}

/** What a range binds in a statement. */
export interface RangeBinds {
  readonly track_id: number;
  readonly after: Position;
  readonly until: Position;
}

export function rowsOf(page: string | undefined): TopologyRow[] {
  return (JSON.parse(page ?? '[]') as EventCells[]).map(eventRowOfCells);
}

export function decisionsOf(page: string | undefined): DecisionRow[] {
  const found = JSON.parse(page ?? '[]') as { readonly count: number; readonly last: EventCells }[];
  return found.map(({ count, last }) => ({ count, row: eventRowOfCells(last) }));
}

/** The first of the positions that several indexes have found, as JSON arrays; ascending, each once. */
export function firstOf(pages: readonly (string | undefined)[], limit: number): Position[] {
  const found = new Set<Position>();
  for (const page of pages) for (const position of JSON.parse(page ?? '[]') as Position[]) found.add(position);
  return [...found].sort((one, other) => one - other).slice(0, limit);
}

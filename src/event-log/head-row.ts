import type { TrackHead } from './event-log.js';

/** A row of `track_head` with its track's name. */
export interface HeadRow {
  readonly trackId: number;
  readonly track: string;
  readonly position: number;
  readonly recordedAt: number;
  readonly hash: Uint8Array;
  readonly open: boolean;
}

export type HeadCells = [
  trackId: number,
  name: string,
  position: number,
  recordedAt: number,
  hash: Buffer,
  open: number,
];

/** A raw row of the head queries. */
export function headOfCells(cells: HeadCells): HeadRow {
  const [trackId, track, position, recordedAt, hash, open] = cells;
  return { trackId, track, position, recordedAt, hash, open: open !== 0 };
}

/** As the outside sees it. */
export function trackHeadOf(head: HeadRow): TrackHead {
  const { track, position, recordedAt, open } = head;
  return { track, position, recordedAt, open, hash: hexOf(head.hash) };
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

import type { Position } from '../domain/ids.js';

/**
 * A place in the log as a whole. Positions have an order within their track only; commits have one over all tracks, so the commit and
 * the position in it say exactly which events a reader has had, in every track at once.
 */
export interface StreamCursor {
  /** Of the commit; 0 is before the first. */
  readonly sequence: number;
  /** Of the last event the reader has had, in the track of that commit. */
  readonly position: Position;
  /** The commit's hash, its first characters: a log that was put back from a backup has other commits at the same numbers. */
  readonly check: string;
}

/** Hex digits of a commit's hash in a cursor. */
export const CHECK_LENGTH = 12;

/** Before the first commit of any log. */
export const BEGINNING: StreamCursor = { sequence: 0, position: 0, check: '' };

const CURSOR = /^(\d{1,15})\.(\d{1,15})\.([0-9a-f]{12})$/;

/** As the `id` of a server-sent event. */
export function cursorText({ sequence, position, check }: StreamCursor): string {
  return sequence === 0 ? '0' : `${String(sequence)}.${String(position)}.${check}`;
}

/** Null for anything that this service has not made. */
export function parseCursor(text: string): StreamCursor | null {
  if (text === '0') return BEGINNING;
  const [, sequence, position, check] = CURSOR.exec(text) ?? [];
  if (sequence === undefined || position === undefined || check === undefined) return null;
  if (Number(sequence) === 0) return null;
  return { sequence: Number(sequence), position: Number(position), check };
}

/** Whether `one` is at the place of `other` or behind it. */
export function isAtOrBehind(one: StreamCursor, other: StreamCursor): boolean {
  return one.sequence === other.sequence ? one.position >= other.position : one.sequence > other.sequence;
}

/** Whether both are the same place. */
export function isSamePlace(one: StreamCursor, other: StreamCursor): boolean {
  return one.sequence === other.sequence && one.position === other.position;
}

import type { Position } from '../domain/ids.js';
import { HistoryUnavailableError } from './event-log-errors.js';
import type { HeadRow } from './head-row.js';
import type { SegmentedLog, SegmentReader } from './segment-reader.js';

/** What of a range of one track stands in one segment: behind `after`, up to and with `until`. */
export interface TrackPart {
  readonly segment: SegmentReader;
  readonly trackId: number;
  readonly after: Position;
  readonly until: Position;
}

/**
 * The parts of a track behind `after`, up to and with `until`, oldest first, each found when it is asked for.
 *
 * @param head of the track, from the live segment of `segments`.
 * @throws HistoryUnavailableError when the range begins in a segment that was removed.
 */
export function* partsOf(
  segments: readonly SegmentReader[],
  head: HeadRow,
  after: Position,
  until = head.position,
): Generator<TrackPart, void> {
  const { trackId, track } = head;
  if (after >= until) return;
  let index = lastBeginningAtOrBefore(segments, trackId, after);
  if (index < 0) {
    const first = beginningIn(segments[0], trackId);
    throw new HistoryUnavailableError(track, after + 1, Math.min(until, first));
  }
  for (let reached = after; reached < until; index += 1) {
    const segment = segments[index];
    if (segment === undefined) return;
    const next = segments[index + 1];
    const end = Math.min(until, next === undefined ? head.position : beginningIn(next, trackId));
    if (end > reached) yield { segment, trackId, after: reached, until: end };
    reached = Math.max(reached, end);
  }
}

/** Last position of a track before a segment; 0 when the track began in it or later. */
export function beginningIn(segment: SegmentReader | undefined, trackId: number): Position {
  return segment?.opening(trackId)?.position ?? 0;
}

/** Where the live segment begins for a track; 0 for one that began in it, or that there is none of. */
export function cutPosition({ segments }: Pick<SegmentedLog, 'segments'>, track: string): Position {
  const live = segments.at(-1);
  const trackId = live?.trackId(track) ?? null;
  return trackId === null ? 0 : beginningIn(live, trackId);
}

/** @returns the index of the last segment that begins at `position` or before; -1 when all begin behind it. */
function lastBeginningAtOrBefore(segments: readonly SegmentReader[], trackId: number, position: Position): number {
  let lowest = 0;
  let highest = segments.length - 1;
  while (lowest <= highest) {
    // Most reads are about the present.
    const middle = lowest === 0 && highest === segments.length - 1 ? highest : Math.floor((lowest + highest) / 2);
    if (beginningIn(segments[middle], trackId) <= position) lowest = middle + 1;
    else highest = middle - 1;
  }
  return highest;
}

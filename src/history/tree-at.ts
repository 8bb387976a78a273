import { CorruptLogError } from '../domain/errors.js';
import type { Position } from '../domain/ids.js';
import type { Liveness } from '../domain/liveness.js';
import type { RelayTree } from '../domain/relay-tree.js';
import type { EventLogReader } from '../event-log/event-log.js';
import { livenessStateAt, treeStateAt } from '../event-log/state-at.js';

/** Hears how far a long read of a track has come. */
export type OnProgress = (track: string, position: Position, untilPosition: Position) => void;

/** Topology events between two reports of progress. */
const EVENTS_PER_REPORT = 16_384;

/**
 * The relay tree of a track as it stood after the event at `position`; 0 gives the empty tree. From the nearest snapshot, or
 * from the first event; pulses are not touched.
 *
 * @param from a tree of an earlier position to go on from, which is changed; a nearer snapshot is preferred to it.
 * @throws CorruptLogError, with the track named, when the log holds something that cannot have happened.
 */
export function treeAt(
  reader: EventLogReader,
  track: string,
  position: Position,
  onProgress: OnProgress = () => undefined,
  from: RelayTree | null = null,
): RelayTree {
  const onReplayed = (replayed: Position): void => onProgress(track, replayed, position);
  return namingTrack(track, () => treeStateAt(reader, track, position, onReplayed, from));
}

/** The same events; every so often it is told where they are. */
export function* reporting<Event extends { readonly position: Position }>(
  events: Iterable<Event>,
  track: string,
  untilPosition: Position,
  onProgress: OnProgress = () => undefined,
): IterableIterator<Event> {
  let unreported = 0;
  for (const event of events) {
    unreported += 1;
    if (unreported === EVENTS_PER_REPORT) {
      onProgress(track, event.position, untilPosition);
      unreported = 0;
    }
    yield event;
  }
}

/**
 * Who of `tree` was heard when, up to `position`. The tree must be the one of that position: nothing before the join of
 * its earliest peer can matter, so the pulses of departed audiences are not read.
 *
 * @throws CorruptLogError, with the track named.
 */
export function livenessAt(
  reader: EventLogReader,
  track: string,
  tree: RelayTree,
  position: Position,
  onProgress: OnProgress = () => undefined,
): Liveness {
  const onReplayed = (replayed: Position): void => onProgress(track, replayed, position);
  return namingTrack(track, () => livenessStateAt(reader, track, tree, position, onReplayed));
}

/** Runs a read of one track; a fault it meets says which track it is about. */
export function namingTrack<Answer>(track: string, read: () => Answer): Answer {
  try {
    return read();
  } catch (error) {
    throw error instanceof CorruptLogError ? error.inTrack(track) : error;
  }
}

import { CorruptLogError } from '../domain/errors.js';
import { fold } from '../domain/evolve.js';
import type { Position } from '../domain/ids.js';
import { evolveLiveness, Liveness } from '../domain/liveness.js';
import type { RelayTree } from '../domain/relay-tree.js';
import type { EventLogReader } from '../event-log/event-log.js';
import { HistoryUnavailableError } from '../event-log/event-log-errors.js';
import { startOf, type TrackStart } from '../event-log/track-start.js';

/** Hears how far a long read of a track has come. */
export type OnProgress = (track: string, position: Position, untilPosition: Position) => void;

/** Topology events between two reports of progress. */
const EVENTS_PER_REPORT = 16_384;

/**
 * The relay tree of a track as it stood after the event at `position`; 0 gives the empty tree. Costs about one second
 * per million topology events; pulses are not touched.
 *
 * @throws CorruptLogError, with the track named, when the log holds something that cannot have happened;
 * HistoryUnavailableError for a position before the part of the log that is still there.
 */
export function treeAt(
  reader: EventLogReader,
  track: string,
  position: Position,
  onProgress: OnProgress = () => undefined,
): RelayTree {
  return namingTrack(track, () => {
    const { tree } = beginningBefore(reader, track, position);
    const range = { track, afterPosition: tree.position, untilPosition: position };
    return fold(reporting(reader.topologyEvents(range), track, position, onProgress), tree);
  });
}

/**
 * What a replay up to `position` begins with.
 *
 * @throws HistoryUnavailableError for a position that was removed.
 */
export function beginningBefore(reader: EventLogReader, track: string, position: Position): TrackStart {
  const start = startOf(reader, track);
  const first = start.tree.position;
  if (position < first) throw new HistoryUnavailableError(track, position, first - 1);
  return start;
}

/** The same events; every so often it is told where they are. */
export function* reporting<Event extends { readonly position: Position }>(
  events: Iterable<Event>,
  track: string,
  untilPosition: Position,
  onProgress: OnProgress,
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
  const [earliest] = tree.peers();
  if (earliest === undefined) return new Liveness();
  return namingTrack(track, () => {
    const start = beginningBefore(reader, track, position);
    const { liveness } = start;
    const afterPosition = Math.max(earliest.number - 1, start.tree.position);
    const range = { track, afterPosition, untilPosition: position };
    for (const event of reporting(reader.events(range), track, position, onProgress)) evolveLiveness(liveness, event);
    return liveness;
  });
}

/** Runs a read of one track; a fault it meets says which track it is about. */
export function namingTrack<Answer>(track: string, read: () => Answer): Answer {
  try {
    return read();
  } catch (error) {
    throw error instanceof CorruptLogError ? error.inTrack(track) : error;
  }
}

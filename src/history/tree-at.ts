import { CorruptLogError } from '../domain/errors.js';
import { fold } from '../domain/evolve.js';
import type { Position } from '../domain/ids.js';
import { evolveLiveness, Liveness } from '../domain/liveness.js';
import type { RelayTree } from '../domain/relay-tree.js';
import type { EventLogReader } from '../event-log/event-log.js';

/** Hears how far a long read of a track has come. */
export type OnProgress = (track: string, position: Position, untilPosition: Position) => void;

/** Topology events between two reports of progress. */
const EVENTS_PER_REPORT = 16_384;

/**
 * The relay tree of a track as it stood after the event at `position`; 0 gives the empty tree. Costs about one second
 * per million topology events; pulses are not touched.
 *
 * @throws CorruptLogError, with the track named, when the log holds something that cannot have happened.
 */
export function treeAt(
  reader: EventLogReader,
  track: string,
  position: Position,
  onProgress: OnProgress = () => undefined,
): RelayTree {
  const range = { track, afterPosition: 0, untilPosition: position };
  return namingTrack(track, () => fold(reporting(reader.topologyEvents(range), track, position, onProgress)));
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
  const liveness = new Liveness();
  const [earliest] = tree.peers();
  if (earliest === undefined) return liveness;
  return namingTrack(track, () => {
    const range = { track, afterPosition: earliest.number - 1, untilPosition: position };
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

import {
  type EventType,
  PULSE_EVENT_TYPES,
  type RecordedEvent,
  type RecordedPulseEvent,
  TOPOLOGY_EVENT_TYPES,
} from '../domain/events.js';
import { ORIGIN, type PeerNumber } from '../domain/ids.js';
import type { EventLogReader, EventRange, PulseRun } from '../event-log/event-log.js';

/** Which events of a range are wanted. */
export interface EventFilter {
  /** Null for every type. */
  readonly types: ReadonlySet<EventType> | null;
  /** Only events that name one of these peers, as themselves, as parent or as former parent; null for all. */
  readonly peers: ReadonlySet<PeerNumber> | null;
}

/**
 * The events of a range that pass the filter, in order of position, streamed: nothing is collected. Pulses are
 * read only when the filter lets any through.
 *
 * @throws CorruptLogError on damage that is met.
 */
export function selectEvents(
  reader: EventLogReader,
  range: EventRange,
  { types, peers }: EventFilter,
): IterableIterator<RecordedEvent> {
  const wants = (kind: readonly EventType[]): boolean => types === null || kind.some((type) => types.has(type));
  const passes = (event: RecordedEvent): boolean =>
    (types === null || types.has(event.type)) && (peers === null || namesPeer(event, peers));
  if (!wants(PULSE_EVENT_TYPES)) return filtered(reader.topologyEvents(range), passes);
  if (!wants(TOPOLOGY_EVENT_TYPES)) return filtered(pulses(reader.pulseRuns(range), range, peers), passes);
  return filtered(reader.events(range), passes);
}

/** Whether the event is about one of these peers, or moves somebody to or from one. */
export function namesPeer(event: RecordedEvent, peers: ReadonlySet<PeerNumber>): boolean {
  if ('peer' in event && peers.has(event.peer)) return true;
  if ('parent' in event && peers.has(event.parent)) return true;
  if ('displaced' in event && peers.has(event.displaced)) return true;
  if (event.type === 'PlanFollowed' && (peers.has(event.connectedTo) || peers.has(event.lostParent ?? ORIGIN)))
    return true;
  return 'formerParent' in event && event.formerParent !== null && peers.has(event.formerParent);
}

/** A pulse as an event of its own, out of the columns of its run. */
function pulseAt(run: PulseRun, index: number): RecordedPulseEvent {
  const at = { position: run.firstPosition + index, recordedAt: run.recordedAt[index] ?? 0 };
  const peer = run.peers[index] ?? 0;
  const forwardedFrames = run.forwardedFrames[index] ?? -1;
  if (forwardedFrames < 0) return { type: 'HeartbeatReceived', version: 1, ...at, peer };
  const received = run.receivedFrames[index] ?? -1;
  return {
    type: 'ForwardReported',
    version: 1,
    ...at,
    peer,
    forwardedFrames,
    receivedFrames: received < 0 ? null : received,
  };
}

function* filtered(
  events: IterableIterator<RecordedEvent>,
  passes: (event: RecordedEvent) => boolean,
): IterableIterator<RecordedEvent> {
  for (const event of events) if (passes(event)) yield event;
}

/** Looks at the column of peers first, so that most pulses of a crowded track never become objects. */
function* pulses(
  runs: IterableIterator<PulseRun>,
  range: EventRange,
  peers: ReadonlySet<PeerNumber> | null,
): IterableIterator<RecordedPulseEvent> {
  const until = range.untilPosition ?? Infinity;
  for (const run of runs) {
    const begin = Math.max(0, range.afterPosition + 1 - run.firstPosition);
    const end = Math.min(run.count, until + 1 - run.firstPosition);
    for (let index = begin; index < end; index += 1) {
      if (peers === null || peers.has(run.peers[index] ?? 0)) yield pulseAt(run, index);
    }
  }
}

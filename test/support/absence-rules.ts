import type { RecordedTopologyEvent, TopologyEventType } from '../../src/domain/events.js';
import type { SqliteEventLogReader } from '../../src/event-log/sqlite-event-log-reader.js';

const COMMITS_MAX = 1_000_000;
/** The facts that may move a peer: somebody came or went, or feeds another number of children from now on. */
const MOVING_FACTS: readonly TopologyEventType[] = [
  'PeerJoined',
  'PeerLeft',
  'PeerTimedOut',
  'PeerKicked',
  'PeerSuspected',
  'PeerCleared',
  'ForwardingFailed',
  'CapacityClaimed',
];

/**
 * What in a track's log goes against the rule that nobody pays for the service's own absence: no peer is moved but for a fact
 * of the same commit that moves peers, and nobody is timed out before one whole timeout has passed since the recovery.
 */
export function faultsAroundAbsences(
  reader: SqliteEventLogReader,
  track: string,
  heartbeatTimeoutMs: number,
): string[] {
  const faults: string[] = [];
  const types = new Map<number, TopologyEventType>();
  const commits = [...reader.commitsAfter(0, COMMITS_MAX)].filter((commit) => commit.track === track);
  let commit = 0;
  let recoveredAt = 0;
  for (const event of reader.topologyEvents({ track, afterPosition: 0 })) {
    types.set(event.position, event.type);
    while ((commits[commit]?.lastPosition ?? Infinity) < event.position) commit += 1;
    const committedFrom = commits[commit]?.firstPosition ?? Infinity;
    const at = `${event.type} at ${String(event.position)}`;
    switch (event.type) {
      case 'ServiceRecovered':
        recoveredAt = event.recordedAt;
        break;
      case 'PeerTimedOut':
        if (event.recordedAt - recoveredAt < heartbeatTimeoutMs) {
          faults.push(`${at}: only ${String(event.recordedAt - recoveredAt)} ms after the service was back`);
        }
        break;
      case 'ParentAssigned':
      case 'PeerWaiting': {
        const cause = event.causedBy === null ? null : (types.get(event.causedBy) ?? null);
        if (cause === null || !MOVING_FACTS.includes(cause)) faults.push(`${at}: caused by ${String(cause)}`);
        else if ((event.causedBy ?? 0) < committedFrom) faults.push(`${at}: its cause stands in an earlier commit`);
        break;
      }
    }
  }
  return faults;
}

/** Events of one type, in order. */
export function eventsOfType<Type extends TopologyEventType>(
  reader: SqliteEventLogReader,
  track: string,
  type: Type,
  afterPosition = 0,
): Extract<RecordedTopologyEvent, { type: Type }>[] {
  const isWanted = (event: RecordedTopologyEvent): event is Extract<RecordedTopologyEvent, { type: Type }> =>
    event.type === type;
  return [...reader.topologyEvents({ track, afterPosition })].filter(isWanted);
}

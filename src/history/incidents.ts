import type { RecordedTopologyEvent } from '../domain/events.js';
import { evolve } from '../domain/evolve.js';
import type { PeerNumber, Position } from '../domain/ids.js';
import type { EventLogReader } from '../event-log/event-log.js';
import { FlappingPeers } from './incidents/flapping-peers.js';
import { FlashCrowds } from './incidents/flash-crowds.js';
import { FreeRiders } from './incidents/free-riders.js';
import { incidentSentence } from './incidents/incident-sentence.js';
import type { Incident, IncidentFigures, IncidentKind, IncidentWatch } from './incidents/incident.js';
import { LongWaits } from './incidents/long-waits.js';
import { MassFailures } from './incidents/mass-failures.js';
import { ServiceGaps } from './incidents/service-gaps.js';
import {
  INCIDENT_PEERS_NAMED_MAX,
  INCIDENT_THRESHOLDS,
  INCIDENTS_LISTED_MAX,
  type IncidentThresholds,
} from './incidents/thresholds.js';
import type { MomentRange } from './moment.js';
import { PeerNames, type PeerNaming } from './peer-names.js';
import { eventsWithin, type ReadCost } from './read-cost.js';
import { namingTrack, treeAt } from './tree-at.js';

/** The incidents of a range as the CLI and HTTP answer them. Times are epoch milliseconds. */
export interface IncidentsJson {
  track: string;
  from: { position: Position; recorded_at: number | null };
  to: { position: Position; recorded_at: number | null };
  /** The rules in force. */
  thresholds: Record<string, number>;
  /** All that were found. */
  incident_count: number;
  /** In order of their first event; the first 1,000. */
  incidents: IncidentJson[];
}

/** One incident; the figures of its kind stand beside these fields, see docs/incidents.md. */
export interface IncidentJson {
  kind: IncidentKind;
  first_position: Position;
  last_position: Position;
  started_at: number;
  ended_at: number;
  /** One sentence for a person. */
  text: string;
  /** The first 20 it is about. */
  peers: { peer: PeerNumber; peer_id: string | null }[];
  [figure: string]: unknown;
}

/**
 * The moments of a range that are worth a look. One pass over its topology events; pulses are not read.
 *
 * @param thresholds those given take the place of `INCIDENT_THRESHOLDS`.
 * @throws HistoryFault `query_too_costly`; CorruptLogError, with the track named.
 */
export function incidentsOf(
  reader: EventLogReader,
  track: string,
  range: MomentRange,
  thresholds: Partial<IncidentThresholds> = {},
  cost: ReadCost = {},
): IncidentsJson {
  const rules = { ...INCIDENT_THRESHOLDS, ...thresholds };
  const found = findIncidents(reader, track, range, rules, cost);
  const naming = new PeerNames(reader, track);
  return {
    track,
    from: { position: range.from.position, recorded_at: range.from.recordedAt },
    to: { position: range.to.position, recorded_at: range.to.recordedAt },
    thresholds: snakeCased(rules),
    incident_count: found.length,
    incidents: found.slice(0, INCIDENTS_LISTED_MAX).map((incident) => incidentJson(incident, naming)),
  };
}

/** The same, as objects of ours and without a limit. */
export function findIncidents(
  reader: EventLogReader,
  track: string,
  { from, to }: MomentRange,
  rules: IncidentThresholds = INCIDENT_THRESHOLDS,
  cost: ReadCost = {},
): Incident[] {
  const tree = treeAt(reader, track, from.position, cost.onProgress);
  const watches: IncidentWatch[] = [
    new MassFailures(rules),
    new FreeRiders(),
    new ServiceGaps(rules),
    new LongWaits(rules),
    new FlashCrowds(rules),
    new FlappingPeers(rules),
  ];
  const consequences = new Consequences();
  const range = { track, afterPosition: from.position, untilPosition: to.position };
  namingTrack(track, () => {
    for (const event of eventsWithin(reader, range, cost)) {
      for (const watch of watches) watch.before?.(event, tree);
      evolve(tree, event);
      for (const watch of watches) watch.after?.(event, tree);
      consequences.take(event);
    }
  });
  const found = watches.flatMap((watch) => watch.finish(tree));
  for (const incident of found) incident.lastPosition = consequences.lastOf(incident.lastPosition);
  return found.sort((one, other) => one.firstPosition - other.firstPosition);
}

/** Remembers the last decision that each fact of the kinds that matter here has caused. */
class Consequences {
  readonly #last = new Map<Position, Position>();

  take(event: RecordedTopologyEvent): void {
    if (event.type === 'PeerTimedOut' || event.type === 'PeerSuspected' || event.type === 'ForwardingFailed')
      this.#last.set(event.position, event.position);
    else if ('causedBy' in event && event.causedBy !== null && this.#last.has(event.causedBy))
      this.#last.set(event.causedBy, event.position);
  }

  lastOf(fact: Position): Position {
    return this.#last.get(fact) ?? fact;
  }
}

function incidentJson(incident: Incident, naming: PeerNaming): IncidentJson {
  const { kind, ...figures } = incident.figures;
  return {
    kind,
    first_position: incident.firstPosition,
    last_position: incident.lastPosition,
    started_at: incident.startedAt,
    ended_at: incident.endedAt,
    text: incidentSentence(incident, naming),
    peers: incident.peers.slice(0, INCIDENT_PEERS_NAMED_MAX).map((peer) => ({ peer, peer_id: naming.peerId(peer) })),
    ...snakeCased(figures as Omit<IncidentFigures, 'kind'> & Record<string, unknown>),
  };
}

function snakeCased<Value>(fields: Readonly<Record<string, Value>> | IncidentThresholds): Record<string, Value> {
  const renamed = Object.entries(fields).map(([name, value]) => [
    name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    value as Value,
  ]);
  return Object.fromEntries(renamed) as Record<string, Value>;
}

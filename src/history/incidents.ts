import { evolve } from '../domain/evolve.js';
import type { PeerNumber, Position } from '../domain/ids.js';
import type { EventLogReader } from '../event-log/event-log.js';
import { type CauseJson, causeChain } from './incidents/cause-chain.js';
import { FailedForwarders } from './incidents/failed-forwarders.js';
import { FedPeers } from './incidents/fed-peers.js';
import { incidentSentence } from './incidents/incident-sentence.js';
import type { Incident, IncidentKind, IncidentWatch } from './incidents/incident.js';
import { LongWaits } from './incidents/long-waits.js';
import { MassLosses } from './incidents/mass-losses.js';
import { OffloadDrops } from './incidents/offload-drops.js';
import { RestlessPeers } from './incidents/restless-peers.js';
import { ServiceGaps } from './incidents/service-gaps.js';
import {
  INCIDENT_PEERS_NAMED_MAX,
  INCIDENT_THRESHOLDS,
  INCIDENTS_LISTED_MAX,
  type IncidentThresholds,
} from './incidents/thresholds.js';
import { toldOnce } from './incidents/told-once.js';
import type { MomentRange } from './moment.js';
import { PeerNames, type PeerNaming } from './peer-names.js';
import { namingTrack, type OnProgress, reporting, treeAt } from './tree-at.js';

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
export interface IncidentJson extends FindingJson {
  /** Which facts led to it, and to which decisions: the first 9 facts, and the last. */
  cause_chain: CauseJson[];
  /** All facts that led to it. */
  cause_count: number;
  /** What else followed from the same facts. */
  consequences: FindingJson[];
  /** The command that plays this part of the log again. */
  replay: string;
}

interface FindingJson {
  kind: IncidentKind;
  /** Every rule it meets. */
  rules: readonly IncidentKind[];
  first_position: Position;
  last_position: Position;
  started_at: number;
  ended_at: number;
  /** One sentence for a person. */
  text: string;
  /** Peers that it is about or that it hit, each counted once. */
  size: number;
  /** The first 100 it is about. */
  peers: NamedPeerJson[];
  /** The first 100 of those it hit besides. */
  hit: NamedPeerJson[];
  [figure: string]: unknown;
}

interface NamedPeerJson {
  peer: PeerNumber;
  peer_id: string | null;
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
  onProgress?: OnProgress,
): IncidentsJson {
  const rules = { ...INCIDENT_THRESHOLDS, ...thresholds };
  const found = findIncidents(reader, track, range, rules, onProgress);
  const naming = new PeerNames(reader, track);
  const listed = found.slice(0, INCIDENTS_LISTED_MAX);
  return {
    track,
    from: { position: range.from.position, recorded_at: range.from.recordedAt },
    to: { position: range.to.position, recorded_at: range.to.recordedAt },
    thresholds: snakeCased(rules),
    incident_count: found.length,
    incidents: namingTrack(track, () => listed.map((one) => incidentJson(reader, track, one, naming))),
  };
}

/** The same, as objects of ours and without a limit. `lastPosition` leaves out the decisions of the last fact. */
export function findIncidents(
  reader: EventLogReader,
  track: string,
  { from, to }: MomentRange,
  rules: IncidentThresholds = INCIDENT_THRESHOLDS,
  onProgress?: OnProgress,
): Incident[] {
  const tree = treeAt(reader, track, from.position, onProgress);
  const fed = new FedPeers(tree);
  const watches: IncidentWatch[] = [
    new MassLosses(rules),
    new FailedForwarders(rules),
    new ServiceGaps(rules),
    new LongWaits(rules, tree),
    new OffloadDrops(rules),
    new RestlessPeers(rules),
  ];
  const range = { track, afterPosition: from.position, untilPosition: to.position };
  namingTrack(track, () => {
    for (const event of reporting(reader.topologyEvents(range), track, to.position, onProgress)) {
      for (const watch of watches) watch.before?.(event, tree);
      evolve(tree, event);
      const change = fed.takeChange();
      for (const watch of watches) watch.after?.(event, tree, change);
    }
  });
  return toldOnce(watches.flatMap((watch) => watch.finish(tree)));
}

function incidentJson(reader: EventLogReader, track: string, incident: Incident, naming: PeerNaming): IncidentJson {
  const { causes, lastPosition } = causeChain(reader, track, incident, naming);
  const range = `--from ${String(incident.firstPosition - 1)} --to ${String(lastPosition)}`;
  return {
    ...findingJson(incident, naming),
    last_position: lastPosition,
    cause_chain: causes,
    cause_count: incident.causes.length,
    consequences: incident.consequences.map((consequence) => findingJson(consequence, naming)),
    replay: `meshledger replay --track ${track} ${range}`,
  };
}

function findingJson(incident: Incident, naming: PeerNaming): FindingJson {
  const { kind, ...figures } = incident.figures;
  const named = (peers: readonly PeerNumber[]): NamedPeerJson[] =>
    peers.slice(0, INCIDENT_PEERS_NAMED_MAX).map((peer) => ({ peer, peer_id: naming.peerId(peer) }));
  return {
    kind,
    rules: incident.rules,
    first_position: incident.firstPosition,
    last_position: incident.lastPosition,
    started_at: incident.startedAt,
    ended_at: incident.endedAt,
    text: incidentSentence(incident, naming),
    size: incident.size,
    peers: named(incident.peers),
    hit: named(incident.hit),
    ...figuresJson(figures),
  };
}

/** Shares are counted in tenths of a percent, and shown in percent. */
function figuresJson(figures: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { beforePermille, afterPermille, ...others } = figures;
  if (typeof beforePermille !== 'number' || typeof afterPermille !== 'number') return snakeCased(figures);
  return {
    offload_percentage_before: beforePermille / 10,
    offload_percentage_after: afterPermille / 10,
    ...snakeCased(others),
  };
}

function snakeCased<Value>(fields: Readonly<Record<string, Value>> | IncidentThresholds): Record<string, Value> {
  const renamed = Object.entries(fields).map(([name, value]) => [
    name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    value as Value,
  ]);
  return Object.fromEntries(renamed) as Record<string, Value>;
}

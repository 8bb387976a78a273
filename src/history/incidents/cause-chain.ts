import type { Position } from '../../domain/ids.js';
import type { EventLogReader } from '../../event-log/event-log.js';
import { eventSentence } from '../event-clauses.js';
import type { PeerNaming } from '../peer-names.js';
import type { Incident } from './incident.js';
import { CHAIN_DECISIONS_MAX, CHAIN_FACTS_MAX, CHAIN_POSITIONS_MAX } from './thresholds.js';

/** A fact that led to an incident, as a sentence, and what the service decided because of it. */
export interface CauseJson {
  position: Position;
  recorded_at: number;
  text: string;
  /** All that it led to. */
  decision_count: number;
  /** The first 5. */
  decisions: { position: Position; text: string }[];
}

/** The chain as it was read, and where its last decision stands. */
export interface CauseChain {
  readonly causes: CauseJson[];
  readonly lastPosition: Position;
}

/** Which facts led to an incident, and which decisions they led to. The first facts, and the last one: it ends the incident. */
export function causeChain(
  reader: EventLogReader,
  track: string,
  { causes, lastPosition }: Incident,
  naming: PeerNaming,
): CauseChain {
  const listed = [...new Set([...causes.slice(0, CHAIN_FACTS_MAX - 1), ...causes.slice(-1)])];
  const read = listed.flatMap((cause) => readCause(reader, track, cause, naming) ?? []);
  return {
    causes: read.map(({ json }) => json),
    lastPosition: read.reduce((last, one) => Math.max(last, one.lastPosition), lastPosition),
  };
}

/** All that a fact leads to is decided in its commit, which has one time. */
function readCause(
  reader: EventLogReader,
  track: string,
  position: Position,
  naming: PeerNaming,
): { json: CauseJson; lastPosition: Position } | null {
  const events = reader.topologyEvents({
    track,
    afterPosition: position - 1,
    untilPosition: position + CHAIN_POSITIONS_MAX,
  });
  const first = events.next();
  if (first.done === true) return null;
  const fact = first.value;
  const text = eventSentence(fact, naming).trim();
  const json: CauseJson = { position, recorded_at: fact.recordedAt, text, decision_count: 0, decisions: [] };
  let lastPosition = position;
  for (const event of events) {
    if (event.recordedAt !== fact.recordedAt) break;
    if (!('causedBy' in event)) {
      // Another fact of the same commit: a join that replaces a peer stands behind the departure and before the decisions.
      if (json.decision_count > 0) break;
      continue;
    }
    if (event.causedBy !== position) continue;
    json.decision_count += 1;
    lastPosition = event.position;
    if (json.decisions.length < CHAIN_DECISIONS_MAX)
      json.decisions.push({ position: event.position, text: eventSentence(event, naming) });
  }
  return { json, lastPosition };
}

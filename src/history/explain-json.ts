import type { Choice } from '../domain/decision-trace.js';
import type { RecordedEvent } from '../domain/events.js';
import type { PeerNumber, Position } from '../domain/ids.js';
import { eventSentence } from './event-clauses.js';
import { eventJson, type EventJson } from './event-json.js';
import { type DecisionEvent, type ExplainedDecision, type Explanation } from './explain.js';
import { LOSSES, ruleSentence } from './explain-sentence.js';
import type { PeerNaming } from './peer-names.js';

/** The answer of `explain`. */
export interface ExplanationJson {
  track: string;
  position: Position;
  kind: 'decision' | 'fact' | 'pulse';
  event: EventJson;
  /** The event as a sentence. */
  told: string;
  /** In force when it was decided; null for pulses, and while the track was closed. */
  policy: { name: string; version: number } | null;
  /** The fact behind a decision; null when an operator or a timer asked. */
  triggered_by: (EventJson & { told: string }) | null;
  /** The decision itself, or the first of those that followed from a fact. */
  decisions: DecisionJson[];
  /** All that followed, also those that are not explained here. */
  decision_count: number;
}

/** One decision with what it was chosen from. */
export interface DecisionJson extends ChoiceJson {
  position: Position;
  event: EventJson;
  told: string;
  /** Whether the policy decides the same again. */
  agrees: boolean;
  /** What it decides instead; null for nothing. Absent when it agrees. */
  redecided?: EventJson | null;
}

/** By which rule, among whom, and who was next. */
export interface ChoiceJson {
  /** Null where there was nothing to choose. */
  rule: string | null;
  /** The rule in words. */
  because: string;
  winner: PeerJson | null;
  candidates: { class: string; count: number; eligible: boolean }[];
  runners_up: (PeerJson & { lost: string; because: string })[];
}

interface PeerJson {
  /** 0 is the origin. */
  peer: PeerNumber;
  peer_id: string | null;
}

/** An explanation in the public form. */
export function explanationJson(track: string, explanation: Explanation, naming: PeerNaming): ExplanationJson {
  const { event, settings, fact, decisions, decisionCount } = explanation;
  return {
    track,
    position: event.position,
    kind: kindOf(event),
    event: eventJson(track, event, naming),
    told: eventSentence(event, naming),
    policy: settings === null ? null : { name: settings.policy, version: settings.policyVersion },
    triggered_by: fact === null ? null : { ...eventJson(track, fact, naming), told: eventSentence(fact, naming) },
    decisions: decisions.map((decision) => decisionJson(track, decision, naming)),
    decision_count: decisionCount,
  };
}

/** A choice in the public form; `event` is the decision it led to. */
export function choiceJson(event: DecisionEvent, choice: Choice | null, naming: PeerNaming): ChoiceJson {
  const named = (peer: PeerNumber): PeerJson => ({ peer, peer_id: naming.peerId(peer) });
  const winner = choice?.winner ?? null;
  return {
    rule: choice?.rule ?? null,
    because: ruleSentence(event, choice, naming),
    winner: winner === null ? null : named(winner),
    candidates: (choice?.candidates ?? []).map(({ name, count, eligible }) => ({ class: name, count, eligible })),
    runners_up: (choice?.runnersUp ?? []).map(({ peer, lost }) => ({ ...named(peer), lost, because: LOSSES[lost] })),
  };
}

function decisionJson(track: string, decided: ExplainedDecision, naming: PeerNaming): DecisionJson {
  const { event, choice, redecided } = decided;
  // What is explained is what the policy decides, which is the same event unless the log was tampered with.
  const explained = redecided !== undefined && redecided !== null && 'causedBy' in redecided ? redecided : event;
  return {
    position: event.position,
    event: eventJson(track, event, naming),
    told: eventSentence(event, naming),
    ...choiceJson(explained, choice, naming),
    agrees: redecided === undefined,
    ...(redecided === undefined ? {} : { redecided: redecided === null ? null : eventJson(track, redecided, naming) }),
  };
}

function kindOf(event: RecordedEvent): ExplanationJson['kind'] {
  if (event.type === 'HeartbeatReceived' || event.type === 'ForwardReported') return 'pulse';
  return 'causedBy' in event ? 'decision' : 'fact';
}

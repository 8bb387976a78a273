import type { TrackSettings } from '../../domain/events.js';
import type { PeerNumber } from '../../domain/ids.js';
import type { TrackHead } from '../../event-log/event-log.js';
import type { PeerNaming } from '../../history/peer-names.js';
import type { Impact } from '../../simulator/impact-book.js';
import type { Measures } from '../../simulator/measures.js';
import type { OutcomeOfRules } from '../../simulator/what-if.js';

/** Departures listed with what they did to others: those that cost viewers most under either rules. */
const IMPACTS_LISTED_MAX = 10;

/** What nobody can read out of a log, said with every answer. */
export const CANNOT_KNOW: readonly string[] = [
  'Whether viewers would have come, stayed or left otherwise: the same people come and go at the same moments.',
  'How long links really took: both columns use the delays of the simulator, also the one with the recorded rules.',
  'Stalls of the network itself: only departures, and peers that were caught forwarding nothing, cut viewers off here.',
  'Free-riders that nobody noticed: whoever was never caught is taken to forward; whoever was, to forward nothing from its join on.',
  'When exactly a silent peer died: its last sign of life before its timeout counts.',
  'Whoever died or left so shortly before the end that the log does not know it yet.',
  'Sessions: a peer that lost its connection to the service and resumed is taken to have stayed fed as its place allowed.',
];

/** Said besides of a log whose first events were removed. */
const CANNOT_KNOW_OF_CUT_LOG =
  'What was before the part of the log that is there: whoever was in the track then joins at their time, in a track that only they were ever in.';

/** Of a log whose rules were not changed: how many decisions were taken again, and how many of them came out differently. */
export type DecidedAgain = Readonly<{ decisions: number; differences: number }>;

/** The answer of `what-if`. */
export interface WhatIfJson {
  track: string;
  /** Of the head up to which the facts were read. */
  position: number;
  /** Present where nothing was changed. */
  decided_again: DecidedAgain | null;
  /** How often the log itself decided what, under the suspicions and findings of its day. */
  log_decisions: Record<string, number>;
  recorded: RulesJson;
  what_if: RulesJson;
  incidents: IncidentJson[];
  cannot_know: readonly string[];
}

interface RulesJson {
  policy: string;
  policy_version: number;
  root_peer_count: number;
  max_children: number;
  max_depth: number;
  measures: Measures;
  decisions: Record<string, number>;
  /** Viewers cut off by departures, and what they missed together. */
  interrupted_viewers: number;
  lost_s: number;
  state_hash: string;
}

interface IncidentJson {
  peer: PeerNumber;
  peer_id: string | null;
  /** Epoch milliseconds. */
  at: number;
  silent: boolean;
  recorded: { viewers: number; lost_s: number };
  what_if: { viewers: number; lost_s: number };
}

/** Both outcomes in the public form. */
export function whatIfJson(
  { track, position }: Pick<TrackHead, 'track' | 'position'>,
  rules: Readonly<{ recorded: TrackSettings; other: TrackSettings }>,
  outcomes: Readonly<{ recorded: OutcomeOfRules; other: OutcomeOfRules }>,
  logDecisions: Record<string, number>,
  decidedAgain: DecidedAgain | null,
  startMs: number,
  naming: PeerNaming,
  isCut: boolean,
): WhatIfJson {
  return {
    track,
    position,
    decided_again: decidedAgain,
    log_decisions: logDecisions,
    recorded: rulesJson(rules.recorded, outcomes.recorded),
    what_if: rulesJson(rules.other, outcomes.other),
    incidents: incidents(outcomes.recorded.impacts, outcomes.other.impacts, startMs, naming),
    cannot_know: isCut ? [...CANNOT_KNOW, CANNOT_KNOW_OF_CUT_LOG] : CANNOT_KNOW,
  };
}

function rulesJson(settings: TrackSettings, outcome: OutcomeOfRules): RulesJson {
  const { policy, policyVersion, rootPeerCount, maxChildren, maxDepth } = settings;
  const { measures, decisions, impacts, stateHash } = outcome;
  return {
    policy,
    policy_version: policyVersion,
    root_peer_count: rootPeerCount,
    max_children: maxChildren,
    max_depth: maxDepth,
    measures,
    decisions: { ...decisions },
    interrupted_viewers: impacts.reduce((sum, { viewers }) => sum + viewers, 0),
    lost_s: impacts.reduce((sum, { lostMs }) => sum + lostMs, 0) / 1_000,
    state_hash: stateHash,
  };
}

/** The same departures in both outcomes, the costliest under either rules first. */
function incidents(
  recorded: readonly Impact[],
  other: readonly Impact[],
  startMs: number,
  naming: PeerNaming,
): IncidentJson[] {
  const ours = new Map(recorded.map((impact) => [impact.peer, impact]));
  const others = new Map(other.map((impact) => [impact.peer, impact]));
  const all: IncidentJson[] = [];
  for (const peer of new Set([...ours.keys(), ...others.keys()])) {
    const [before, after] = [ours.get(peer), others.get(peer)];
    const any = before ?? after;
    if (any === undefined) continue;
    all.push({
      peer,
      peer_id: naming.peerId(peer),
      at: startMs + any.atMs,
      silent: any.silent,
      recorded: cost(before),
      what_if: cost(after),
    });
  }
  const weight = ({ recorded: one, what_if: two }: IncidentJson): number => Math.max(one.lost_s, two.lost_s);
  return all.sort((one, two) => weight(two) - weight(one) || one.peer - two.peer).slice(0, IMPACTS_LISTED_MAX);
}

function cost(impact: Impact | undefined): { viewers: number; lost_s: number } {
  return { viewers: impact?.viewers ?? 0, lost_s: (impact?.lostMs ?? 0) / 1_000 };
}

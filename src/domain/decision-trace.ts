import type { PeerNumber } from './ids.js';

/**
 * By which rule a decision was taken. The first group chooses among candidates; the second carries out what such a choice
 * brought with it, and so has no candidates of its own.
 */
export const CHOICE_RULES = [
  'root_slot',
  'shallowest_slot',
  'tenured_slot',
  'viewer_slot',
  'better_slot',
  'no_slot',
  'weaker_peer',
  'weaker_peer_for_the_strongest',
  'heir',
  'stand_in',
  'idle_above',
  'sibling_of_heir',
  'child_of_stand_in',
  'room_below_heir',
  'adopted',
  'exchanged',
] as const;
export type ChoiceRule = (typeof CHOICE_RULES)[number];

/** Candidates of one kind, for instance `full` peers; whether one of them could have been chosen at all. */
export type CandidateClass = Readonly<{ name: string; count: number; eligible: boolean }>;

/** Why a candidate was not chosen. `not_chosen` would contradict the rule, and is never given. */
export type LossReason =
  | 'origin_comes_first'
  | 'not_tenured'
  | 'deeper'
  | 'shallower'
  | 'above_the_last_level'
  | 'more_children'
  | 'joined_later'
  | 'joined_earlier'
  | 'more_capacity'
  | 'less_capacity'
  | 'serves_nobody'
  | 'could_serve'
  | 'not_chosen';

export type RunnerUp = Readonly<{ peer: PeerNumber; lost: LossReason }>;

/** One choice of a policy, as it looked just before its event. */
export type Choice = Readonly<{
  rule: ChoiceRule;
  /** Whom the rule chose: the new parent, the heir, or whoever gives up its slot. `ORIGIN` for a root slot; null where there was none. */
  winner: PeerNumber | null;
  /** Everybody who was looked at, each in one class. */
  candidates: readonly CandidateClass[];
  /** Who would have been next, best first; at most `RUNNERS_UP_MAX`. */
  runnersUp: readonly RunnerUp[];
}>;

/** Runners-up that one choice names. */
export const RUNNERS_UP_MAX = 5;

/**
 * Hears of each choice just before its event. The choice is a function, so that whoever wants to know about one decision pays for one:
 * it scans all peers. It must be called at once or never, since the tree changes next.
 */
export type DecisionTrace = (choice: () => Choice) => void;

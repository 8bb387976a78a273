import type { Choice, ChoiceRule, LossReason } from '../domain/decision-trace.js';
import type { DecisionEvent } from './explain.js';
import { type PeerNaming, spokenName } from './peer-names.js';
import { counted } from './spoken-figures.js';

/** The rule behind a decision as one sentence: which it is, and whom it chose. */
export function ruleSentence(event: DecisionEvent, choice: Choice | null, naming: PeerNaming): string {
  if (choice === null) return withoutChoice(event);
  const peer = spokenName(naming, event.peer);
  const winner = choice.winner === null ? 'nobody' : spokenName(naming, choice.winner);
  const among = choice.candidates.filter(({ eligible }) => eligible).reduce((sum, { count }) => sum + count, 0);
  return SENTENCES[choice.rule](peer, winner, counted(among, 'candidate'));
}

type Sentence = (peer: string, winner: string, among: string) => string;

const SENTENCES: Readonly<Record<ChoiceRule, Sentence>> = {
  root_slot: (peer) => `the origin has a free root slot, and root slots come first: it feeds ${peer}`,
  shallowest_slot: (_, winner, among) =>
    `the shallowest peer with a free slot, ties to the fewest children, then to the earliest join: ${winner}, of ${among}`,
  tenured_slot: (_, winner, among) =>
    `slots of tenured peers first, then the shallowest, then the earliest join: ${winner}, of ${among}`,
  viewer_slot: (peer, winner, among) =>
    `${peer} serves nobody, so it takes a slot where capacity counts least: ${winner}, of ${among}`,
  better_slot: (peer, winner, among) =>
    `an operator asked for a better parent for ${peer}, and the best free slot is a better one: ${winner}, of ${among}`,
  no_slot: (peer) => `no slot is free, and nobody weaker stands where ${peer} could step in: it waits`,
  weaker_peer: (peer, winner, among) =>
    `no slot is free and ${peer} can serve more than others: it takes the slot of the shallowest weaker peer, ties to the weakest, then to the newest: ${winner}, of ${among}`,
  weaker_peer_for_the_strongest: (peer, winner, among) =>
    `pure viewers wait, and ${peer} is the strongest peer of the last level, where capacity is useless: it takes the slot of the shallowest weaker peer: ${winner}, of ${among}`,
  heir: (_, winner, among) =>
    `the best child takes the slot of its parent: whoever can serve, then tenured peers, then whoever can hold more of its siblings, then the earliest join: ${winner}, of ${among}`,
  stand_in: (_, winner, among) =>
    `no child can hold its siblings, so the best childless peer takes the place: tenured peers first, then the strongest, then the earliest join: ${winner}, of ${among}`,
  idle_above: (peer, winner, among) =>
    `by tenure ${peer} takes the place of the shallowest peer above that serves nobody or is younger and childless, the newest first: ${winner} makes room, of ${among}`,
  sibling_of_heir: (peer, winner) => `${peer} goes under the heir that took its parent's slot: ${winner}`,
  child_of_stand_in: (peer, winner) => `${peer} goes under the peer that stands in for its parent: ${winner}`,
  room_below_heir: (peer, winner) =>
    `the heir is full and everyone below it has risen by one: it passes ${peer} on to the best of its children, ${winner}, so that a sibling finds room`,
  adopted: (peer, winner) =>
    `${peer} stays where it is: ${winner} took the slot of its parent, and its children with it`,
  exchanged: (peer, winner) => `${peer} gave up its slot and takes the one that is left: under ${winner}`,
};

function withoutChoice(event: DecisionEvent): string {
  switch (event.type) {
    case 'PeerTenured':
      return 'it has been in the track for the time of tenure that its policy sets';
    case 'CapacityRevoked':
      return 'a peer that is fed and forwards nothing serves nobody for a time';
    case 'CapacityRestored':
      return 'the time for which it was to serve nobody is over';
    default:
      return 'the policy decides nothing here';
  }
}

/** Why a candidate was not chosen, as the end of a sentence that begins with it. */
export const LOSSES: Readonly<Record<LossReason, string>> = {
  origin_comes_first: 'a root slot comes first',
  not_tenured: 'is not tenured',
  deeper: 'stands deeper',
  shallower: 'stands higher, where capacity counts',
  above_the_last_level: 'stands above the last level that has slots',
  more_children: 'has more children',
  joined_later: 'joined later',
  joined_earlier: 'joined earlier',
  more_capacity: 'has more capacity',
  less_capacity: 'has less capacity',
  serves_nobody: 'serves nobody',
  could_serve: 'could serve others',
  not_chosen: 'was not chosen',
};

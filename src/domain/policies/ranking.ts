import { type CandidateClass, type Choice, type LossReason, type RunnerUp, RUNNERS_UP_MAX } from '../decision-trace.js';
import type { PeerNode } from '../peer-node.js';

/** One step of an order: the smaller `of` wins; who has more lost for this reason. */
export type Criterion = Readonly<{ of: (peer: PeerNode) => number; lost: LossReason }>;

/** A class of candidates and who belongs to it. The first that fits counts. */
export type ClassOfPeers = Readonly<{ name: string; eligible: boolean; has: (peer: PeerNode) => boolean }>;

/** Counts every peer in the first class it belongs to, and ranks those that could have been chosen. For explanations: it scans all. */
export function surveyOf(
  peers: Iterable<PeerNode>,
  classes: readonly ClassOfPeers[],
  criteria: readonly Criterion[],
  winner: PeerNode | null,
): Pick<Choice, 'candidates' | 'runnersUp'> {
  const counts = classes.map(() => 0);
  const losers: PeerNode[] = [];
  for (const peer of peers) {
    const at = classes.findIndex(({ has }) => has(peer));
    if (at < 0) continue;
    counts[at] = (counts[at] ?? 0) + 1;
    if (classes[at]?.eligible === true && peer !== winner) losers.push(peer);
  }
  const candidates: CandidateClass[] = classes
    .map(({ name, eligible }, at) => ({ name, count: counts[at] ?? 0, eligible }))
    .filter(({ count }) => count > 0);
  return { candidates, runnersUp: runnersUp(losers, criteria, winner) };
}

/** The best of those who were not chosen, each with the first step of the order in which it is behind the winner. */
function runnersUp(losers: PeerNode[], criteria: readonly Criterion[], winner: PeerNode | null): RunnerUp[] {
  return losers
    .sort((one, other) => compared(one, other, criteria))
    .slice(0, RUNNERS_UP_MAX)
    .map((peer) => ({
      peer: peer.number,
      lost: winner === null ? 'origin_comes_first' : lossOf(peer, winner, criteria),
    }));
}

function compared(one: PeerNode, other: PeerNode, criteria: readonly Criterion[]): number {
  for (const { of } of criteria) if (of(one) !== of(other)) return of(one) - of(other);
  return 0;
}

function lossOf(peer: PeerNode, winner: PeerNode, criteria: readonly Criterion[]): LossReason {
  const step = criteria.find(({ of }) => of(peer) !== of(winner));
  return step !== undefined && step.of(peer) > step.of(winner) ? step.lost : 'not_chosen';
}

export const EARLIEST: Criterion = { of: (peer) => peer.number, lost: 'joined_later' };
export const NEWEST: Criterion = { of: (peer) => -peer.number, lost: 'joined_earlier' };
export const SHALLOWEST: Criterion = { of: (peer) => peer.depth, lost: 'deeper' };
export const DEEPEST: Criterion = { of: (peer) => -peer.depth, lost: 'shallower' };
export const FEWEST_CHILDREN: Criterion = { of: (peer) => peer.children.length, lost: 'more_children' };
export const TENURED: Criterion = { of: (peer) => (peer.tenured ? 0 : 1), lost: 'not_tenured' };
export const WEAKEST: Criterion = { of: (peer) => peer.effectiveCapacity, lost: 'more_capacity' };
export const STRONGEST: Criterion = { of: (peer) => -peer.effectiveCapacity, lost: 'less_capacity' };
export const SERVING: Criterion = { of: (peer) => (peer.effectiveCapacity > 0 ? 0 : 1), lost: 'serves_nobody' };

import type { CandidateClass, Choice, ChoiceRule } from '../decision-trace.js';
import type { TrackSettings } from '../events.js';
import { ORIGIN } from '../ids.js';
import type { PeerNode } from '../peer-node.js';
import type { SurveyedTree } from './placement-policy.js';
import { type ClassOfPeers, type Criterion, surveyOf } from './ranking.js';

/** A choice of a free slot, put so that it can be told; `order` ranks those that have one. */
export type SlotChoice = Readonly<{
  rule: ChoiceRule;
  order: readonly Criterion[];
  /** Whether tenured peers are counted apart. */
  tenure: boolean;
}>;

/** What one choice of a free slot looked like. @param winner null for the origin; `none` when there was no slot at all. @param present the parent it is to be better than. */
export function slotSurvey(
  tree: SurveyedTree,
  settings: TrackSettings,
  { rule, order, tenure }: SlotChoice,
  winner: PeerNode | null | 'none',
  present: PeerNode | null = null,
): Choice {
  const parent = winner === 'none' ? null : winner;
  const { candidates, runnersUp } = surveyOf(
    tree.peers(),
    slotClasses(settings.maxDepth, tenure, present),
    order,
    parent,
  );
  return {
    rule: winner === 'none' ? 'no_slot' : winner === null ? 'root_slot' : rule,
    winner: winner === 'none' ? null : (winner?.number ?? ORIGIN),
    candidates: [...rootSlots(tree, settings), ...candidates],
    runnersUp,
  };
}

function rootSlots(tree: SurveyedTree, { rootPeerCount }: TrackSettings): CandidateClass[] {
  let roots = 0;
  for (const peer of tree.peers()) if (peer.standing === 'placed' && peer.parent === null) roots += 1;
  return [{ name: 'free_root_slots', count: Math.max(0, rootPeerCount - roots), eligible: true }];
}

/** Every peer of the track is in one of these. */
function slotClasses(maxDepth: number, tenure: boolean, present: PeerNode | null): ClassOfPeers[] {
  const hasSlot = (peer: PeerNode): boolean => peer.children.length < peer.effectiveCapacity;
  const free: ClassOfPeers[] = tenure
    ? [
        { name: 'tenured_with_slot', eligible: true, has: (peer) => hasSlot(peer) && peer.tenured },
        { name: 'young_with_slot', eligible: true, has: hasSlot },
      ]
    : [{ name: 'with_slot', eligible: true, has: hasSlot }];
  return [
    { name: 'not_placed', eligible: false, has: ({ standing }) => standing !== 'placed' },
    { name: 'present_parent', eligible: false, has: (peer) => peer === present },
    { name: 'suspected', eligible: false, has: ({ suspected }) => suspected },
    { name: 'revoked', eligible: false, has: ({ revoked }) => revoked },
    { name: 'serves_nobody', eligible: false, has: ({ effectiveCapacity }) => effectiveCapacity === 0 },
    { name: 'full', eligible: false, has: (peer) => !hasSlot(peer) },
    { name: 'at_depth_limit', eligible: false, has: ({ depth }) => depth >= maxDepth },
    ...free,
  ];
}

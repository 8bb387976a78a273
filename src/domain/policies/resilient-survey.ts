import type { Choice, ChoiceRule, DecisionTrace } from '../decision-trace.js';
import type { TrackSettings } from '../events.js';
import { ORIGIN } from '../ids.js';
import type { PeerNode } from '../peer-node.js';
import type { Decisions, SurveyedTree } from './placement-policy.js';
import {
  type ClassOfPeers,
  type Criterion,
  DEEPEST,
  EARLIEST,
  NEWEST,
  SERVING,
  SHALLOWEST,
  STRONGEST,
  surveyOf,
  TENURED,
  WEAKEST,
} from './ranking.js';
import { slotSurvey } from './slot-survey.js';

/** The choices of the policy `resilient`, put so that they can be told. It says the order of each index again, as a list of criteria. */
export class ResilientSurvey {
  constructor(
    private readonly settings: TrackSettings,
    private readonly knowsTenure: boolean,
  ) {}

  /** Whoever gets a slot; a pure viewer's order differs where tenure is known. */
  slot(tree: SurveyedTree, peer: PeerNode, winner: PeerNode | null | 'none', rule?: ChoiceRule): Choice {
    const viewsOnly = peer.effectiveCapacity === 0 && peer.children.length === 0 && this.knowsTenure;
    const order = viewsOnly && rule === undefined ? this.#viewerOrder(winner) : this.#tenuredOrder();
    const present = rule === 'better_slot' ? peer.parent : null;
    const named = rule ?? (viewsOnly ? 'viewer_slot' : 'tenured_slot');
    return slotSurvey(tree, this.settings, { rule: named, order, tenure: this.knowsTenure }, winner, present);
  }

  /** Whoever gives up its slot to `stronger`. */
  weaker(tree: SurveyedTree, rule: ChoiceRule, stronger: PeerNode, capacityMax: number, winner: PeerNode): Choice {
    const { maxDepth } = this.settings;
    const classes: ClassOfPeers[] = [
      { name: 'the_stronger_itself', eligible: false, has: (peer) => peer === stronger },
      { name: 'not_placed', eligible: false, has: ({ standing }) => standing !== 'placed' },
      { name: 'as_strong', eligible: false, has: ({ effectiveCapacity }) => effectiveCapacity > capacityMax },
      { name: 'weaker_at_depth_limit', eligible: false, has: ({ depth }) => depth >= maxDepth },
      { name: 'weaker', eligible: true, has: () => true },
    ];
    return chosen(rule, winner, surveyOf(tree.peers(), classes, [SHALLOWEST, WEAKEST, NEWEST], winner));
  }

  heir(orphans: readonly PeerNode[], winner: PeerNode): Choice {
    const classes: ClassOfPeers[] = [
      { name: 'tenured_child', eligible: true, has: ({ tenured }) => tenured },
      { name: 'young_child', eligible: true, has: () => true },
    ];
    const holdsMost: Criterion = {
      of: (peer) => -Math.min(peer.effectiveCapacity, orphans.length),
      lost: 'less_capacity',
    };
    return chosen('heir', winner, surveyOf(orphans, classes, [SERVING, TENURED, holdsMost, EARLIEST], winner));
  }

  standIn(tree: SurveyedTree, winner: PeerNode): Choice {
    const classes: ClassOfPeers[] = [
      { name: 'not_placed', eligible: false, has: ({ standing }) => standing !== 'placed' },
      { name: 'has_children', eligible: false, has: ({ children }) => children.length > 0 },
      { name: 'serves_nobody', eligible: false, has: ({ effectiveCapacity }) => effectiveCapacity === 0 },
      { name: 'childless_tenured', eligible: true, has: ({ tenured }) => tenured },
      { name: 'childless_young', eligible: true, has: () => true },
    ];
    return chosen('stand_in', winner, surveyOf(tree.peers(), classes, [TENURED, STRONGEST, EARLIEST], winner));
  }

  /** Whoever above the newly tenured peer makes room. */
  idle(tree: SurveyedTree, tenured: PeerNode, winner: PeerNode): Choice {
    const { depth, number } = tenured;
    const servesNobody = (peer: PeerNode): boolean => peer.effectiveCapacity === 0;
    const classes: ClassOfPeers[] = [
      { name: 'not_placed', eligible: false, has: ({ standing }) => standing !== 'placed' },
      { name: 'not_above', eligible: false, has: (peer) => peer.depth >= depth },
      { name: 'serves_nobody_above', eligible: true, has: servesNobody },
      { name: 'has_children_above', eligible: false, has: ({ children }) => children.length > 0 },
      { name: 'childless_and_older_above', eligible: false, has: (peer) => peer.number < number },
      { name: 'childless_and_younger_above', eligible: true, has: () => true },
    ];
    const viewersFirst: Criterion = { of: (peer) => (servesNobody(peer) ? 0 : 1), lost: 'could_serve' };
    return chosen('idle_above', winner, surveyOf(tree.peers(), classes, [SHALLOWEST, viewersFirst, NEWEST], winner));
  }

  #tenuredOrder(): Criterion[] {
    return this.knowsTenure ? [TENURED, SHALLOWEST, EARLIEST] : [SHALLOWEST, EARLIEST];
  }

  /** Among young peers the deepest; among tenured ones the bottom comes before the level above it. */
  #viewerOrder(winner: PeerNode | null | 'none'): Criterion[] {
    if (winner !== null && winner !== 'none' && !winner.tenured) return [TENURED, DEEPEST, EARLIEST];
    const last = this.settings.maxDepth - 1;
    const lastLevelFirst: Criterion = {
      of: ({ depth }) => (depth === last - 1 ? 1 : 0),
      lost: 'above_the_last_level',
    };
    const aboveBoth: Criterion = { of: ({ depth }) => Math.min(depth, last - 1), lost: 'deeper' };
    return [TENURED, aboveBoth, lastLevelFirst, EARLIEST];
  }
}

/** Says that a decision carries out what an earlier choice of the same command brought with it. */
export function traceFollowing(trace: DecisionTrace | null, rule: ChoiceRule, parent: PeerNode | null): void {
  trace?.(() => ({ rule, winner: parent?.number ?? ORIGIN, candidates: [], runnersUp: [] }));
}

/** As `decisions.assign`, where there is nothing to choose any more. */
export function assignFollowing(
  decisions: Decisions,
  rule: ChoiceRule,
  peer: PeerNode,
  parent: PeerNode | null,
  cause: Parameters<Decisions['assign']>[2],
): void {
  traceFollowing(decisions.trace, rule, parent);
  decisions.assign(peer, parent, cause);
}

function chosen(rule: ChoiceRule, winner: PeerNode, survey: Pick<Choice, 'candidates' | 'runnersUp'>): Choice {
  return { rule, winner: winner.number, ...survey };
}

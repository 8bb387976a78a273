import type { AssignmentWatch } from './assignment-watch.js';
import { STALL_REPORTED_AFTER_MS } from './audience-settings.js';
import type { AudienceGround } from './audience-ground.js';
import type { PeerRequests } from './peer-requests.js';
import type { ViewerSession } from './viewer-session.js';
import type { Assignment } from './wire-answers.js';

type Plan = NonNullable<Assignment['plan']>;

interface LostParent {
  readonly parentId: string;
  readonly sinceMs: number;
  /** The place under the lost parent, as it was told last. */
  place: Assignment;
  /** What was done, or what is to be done: the plan that was told last before that. */
  plan: Plan | null;
  stage: 'silent' | 'reported' | 'followed';
}

/**
 * What a viewer does when its parent has vanished without a word: after two seconds without media it says so, turns to
 * whom its plan names, and says that too. The next assignment should name the same parent; how often it does is counted.
 */
export class ViewerFailover {
  #lost: LostParent | null = null;

  constructor(
    private readonly ground: AudienceGround,
    private readonly requests: PeerRequests,
    private readonly assignments: AssignmentWatch,
  ) {}

  /** To be called again and again while the viewer is present. */
  watch(session: ViewerSession, nowMs: number): void {
    const place = this.assignments.current;
    const parentId = place?.parent_id ?? null;
    if (place === null || parentId === null || !this.ground.vanished.has(parentId)) {
      this.#lost = null;
      return;
    }
    if (this.#lost?.parentId !== parentId) {
      this.#lost = { parentId, sinceMs: nowMs, place, plan: place.plan, stage: 'silent' };
    }
    this.#act(session, this.#lost, nowMs);
  }

  /** Compares what the service says with what the viewer has done, or was about to do. */
  told(next: Assignment | null): void {
    const lost = this.#lost;
    if (lost === null || next === null) return;
    const isMoved = next.parent_id !== lost.parentId || next.role === 'Waiting';
    if (!isMoved && this.#isNews(lost, next)) return;
    if (lost.stage === 'silent' || lost.plan === null) return;
    this.#lost = null;
    const agrees = isMoved && next.role !== 'Waiting' && next.parent_id === lost.plan.connect_to;
    if (agrees) this.ground.tally.plansAgreed += 1;
    else this.ground.tally.plansCorrected += 1;
  }

  /** Whether only the plan, the role or the depth became another. The same place told again is the answer to whoever followed. */
  #isNews(lost: LostParent, next: Assignment): boolean {
    const isRepeated = samePlace(lost.place, next);
    lost.place = next;
    if (lost.stage !== 'followed') lost.plan = next.plan;
    return lost.stage !== 'followed' || !isRepeated;
  }

  #act(session: ViewerSession, lost: LostParent, nowMs: number): void {
    const silentMs = Math.round(nowMs - lost.sinceMs);
    if (lost.stage === 'silent' && silentMs >= STALL_REPORTED_AFTER_MS) {
      lost.stage = 'reported';
      this.ground.tally.stallReports += 1;
      const body = { parent_id: lost.parentId, silent_ms: silentMs };
      this.requests.send(session, { kind: 'stall_report', body });
    }
    const { plan } = lost;
    if (lost.stage !== 'reported' || plan === null) return;
    if (silentMs < STALL_REPORTED_AFTER_MS + plan.connect_after_ms) return;
    // Nobody answers there: the plan is as lost as the parent.
    if (plan.connect_to !== null && this.ground.vanished.has(plan.connect_to)) return;
    lost.stage = 'followed';
    const body = { lost_parent_id: lost.parentId, connected_to: plan.connect_to };
    this.requests.send(session, { kind: 'plan_followed', body });
  }
}

function samePlace(one: Assignment, other: Assignment): boolean {
  return (
    one.role === other.role &&
    one.depth === other.depth &&
    one.plan?.rank === other.plan?.rank &&
    one.plan?.connect_to === other.plan?.connect_to
  );
}

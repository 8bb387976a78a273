import type { AssignmentWatch } from './assignment-watch.js';
import { STALL_REPORTED_AFTER_MS } from './audience-settings.js';
import type { AudienceGround } from './audience-ground.js';
import type { PeerRequests } from './peer-requests.js';
import type { ViewerSession } from './viewer-session.js';
import type { Assignment } from './wire-answers.js';

type Plan = NonNullable<Assignment['plan']>;

interface LostParent {
  readonly parentId: string;
  readonly plan: Plan | null;
  readonly sinceMs: number;
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
    const parentId = this.assignments.current?.parent_id ?? null;
    if (parentId === null || !this.ground.vanished.has(parentId)) {
      this.#lost = null;
      return;
    }
    if (this.#lost?.parentId !== parentId) {
      const plan = this.assignments.current?.plan ?? null;
      this.#lost = { parentId, plan, sinceMs: nowMs, stage: 'silent' };
    }
    this.#act(session, this.#lost, nowMs);
  }

  /** Compares what the service says with what the viewer has done, or was about to do. */
  told(next: Assignment | null): void {
    const lost = this.#lost;
    if (lost === null || next === null || lost.stage === 'silent' || lost.plan === null) return;
    const isMoved = next.parent_id !== lost.parentId || next.role === 'Waiting';
    if (!isMoved && lost.stage === 'reported') return;
    this.#lost = null;
    const agrees = isMoved && next.role !== 'Waiting' && next.parent_id === lost.plan.connect_to;
    if (agrees) this.ground.tally.plansAgreed += 1;
    else this.ground.tally.plansCorrected += 1;
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

import type { FailoverPlan } from '../protocol/server-messages.js';

/** How a connection to a parent is: `none` there is none, or it has failed; `silent` open, and nothing is heard. */
export type LinkHealth = 'none' | 'dialing' | 'alive' | 'silent';

/** What to do next. `follow`: the plan's parent feeds from now on, and the service is to be told. Null is the origin. */
export type FailoverAction =
  | Readonly<{ act: 'dial'; peerId: string }>
  | Readonly<{ act: 'follow'; lostParentId: string; connectedTo: string | null }>
  | Readonly<{ act: 'abandon' }>;

/** The health of the links, as they are now. */
export interface LinkView {
  readonly parent: LinkHealth;
  /** The link to whom the plan names; `none` where it names the origin or nobody. */
  readonly planned: LinkHealth;
}

/**
 * steady -> lost -> turning -> followed. `lost`: the parent was alive and is not any more; the plan's delay runs. `turning`: the
 * plan's parent is being connected. `followed`: it is connected, the service knows. A parent that is heard again, or another
 * assignment, leads back to `steady`.
 */
type Stage = 'steady' | 'lost' | 'turning' | 'followed';

/** Follows the pushed plan when the parent dies, without asking anybody. Pure: it is told of links and time, and says what to do. */
export class Failover {
  #stage: Stage = 'steady';
  #parentId: string | null = null;
  #plan: FailoverPlan | null = null;
  #wasAlive = false;
  #lostAtMs = 0;

  get stage(): Stage {
    return this.#stage;
  }

  /** The peer to be connected besides the parent; null when there is none, or it is the origin. */
  get plannedId(): string | null {
    return this.#stage === 'turning' || this.#stage === 'followed' ? (this.#plan?.connect_to ?? null) : null;
  }

  /** Whether the plan said to turn to the origin, and that was done. */
  get isAtOrigin(): boolean {
    return this.#stage === 'followed' && this.#plan?.connect_to === null;
  }

  /** Another parent ends whatever went on. The same one again changes the plan, unless that has been followed already. */
  assigned(parentId: string | null, plan: FailoverPlan | null): void {
    if (parentId !== this.#parentId) {
      this.#parentId = parentId;
      this.#stage = 'steady';
      this.#wasAlive = false;
    } else if (this.#stage === 'followed' && plan?.connect_to === undefined) {
      // The service has nobody else to name; what works is kept.
      return;
    } else if (plan?.connect_to !== this.#plan?.connect_to && this.#stage !== 'steady') {
      this.#stage = 'lost';
    }
    this.#plan = plan;
  }

  /** To be called whenever a link changes and regularly besides. */
  step(nowMs: number, { parent, planned }: LinkView): FailoverAction | null {
    if (this.#parentId === null) return null;
    if (parent === 'alive') return this.#parentIsBack();
    if (this.#stage === 'steady') {
      if (!this.#wasAlive || parent === 'dialing') return null;
      this.#stage = 'lost';
      this.#lostAtMs = nowMs;
    }
    if (this.#plan === null) return null;
    if (this.#stage === 'lost') return this.#turn(nowMs, this.#parentId, this.#plan);
    if (this.#stage === 'followed') return null;
    if (planned === 'alive') return this.#follow(this.#parentId, this.#plan);
    return planned === 'none' && this.#plan.connect_to !== null ? { act: 'dial', peerId: this.#plan.connect_to } : null;
  }

  #parentIsBack(): FailoverAction | null {
    this.#wasAlive = true;
    const wasTurning = this.#stage === 'turning' || this.#stage === 'followed';
    this.#stage = 'steady';
    return wasTurning ? { act: 'abandon' } : null;
  }

  #turn(nowMs: number, parentId: string, plan: FailoverPlan): FailoverAction | null {
    if (nowMs - this.#lostAtMs < plan.connect_after_ms) return null;
    if (plan.connect_to === null) return this.#follow(parentId, plan);
    this.#stage = 'turning';
    return { act: 'dial', peerId: plan.connect_to };
  }

  #follow(lostParentId: string, plan: FailoverPlan): FailoverAction {
    this.#stage = 'followed';
    return { act: 'follow', lostParentId, connectedTo: plan.connect_to };
  }
}

import { createHash } from 'node:crypto';
import { canonicalState } from '../domain/canonical-state.js';
import type { TopologyCommand } from '../domain/commands.js';
import { decide } from '../domain/decide.js';
import type { RecordedTopologyEvent, TrackSettings } from '../domain/events.js';
import { evolve } from '../domain/evolve.js';
import { ORIGIN, type PeerNumber } from '../domain/ids.js';
import { findUnsettled, findViolations } from '../domain/invariants.js';
import type { Placement } from '../domain/policies/placement-policy.js';
import { RelayTree } from '../domain/relay-tree.js';
import { countFaultsAround } from './check-touched.js';
import type { Direction, Planner, PushedPlan } from './planner.js';

/** Events between two looks at the whole tree. */
const EVENTS_PER_FULL_CHECK = 1_000;
const NOBODY: readonly PeerNumber[] = [];
const NO_PLANS: ReadonlyMap<PeerNumber, PushedPlan> = new Map();

export type DomainPlannerOptions = Readonly<{
  /** Takes the place of the policy that the settings name: a baseline that production does not have. */
  placement?: Placement;
  /** Look for broken rules at every event. */
  check?: boolean;
  onEvent?: (event: RecordedTopologyEvent) => void;
  /** Go on at once where a command reached its bound, as the service's ticker does. */
  tends?: boolean;
}>;

/** The service's own code: `decide` and `evolve`, driven by virtual time. */
export class DomainPlanner implements Planner {
  readonly #tree = new RelayTree();
  readonly #directions = new Map<PeerNumber, Direction>();
  #violations: number | null;
  #events = 0;

  constructor(
    settings: TrackSettings,
    startMs: number,
    private readonly options: DomainPlannerOptions = {},
  ) {
    this.#violations = options.check === true ? 0 : null;
    const opened = { type: 'TrackOpened', version: 1, position: 1, recordedAt: startMs, settings } as const;
    evolve(this.#tree, opened);
    if (options.placement !== undefined) this.#tree.open(settings, options.placement);
    options.onEvent?.(opened);
  }

  get tenureMs(): number | null {
    return this.#tree.placement?.tenureMs ?? null;
  }

  get pushesPlans(): boolean {
    const { settings } = this.#tree;
    return settings?.policy === 'resilient' && settings.ideas?.heir !== false;
  }

  get violations(): number | null {
    return this.#violations;
  }

  submit(command: TopologyCommand, nowMs: number): PeerNumber | null {
    const outcome = decide(this.#tree, command, nowMs, (event) => this.#hear(event));
    if (!outcome.ok) throw new Error(`the planner refused ${command.type}: ${outcome.reason}`);
    if (this.options.tends === true) this.#tend(nowMs);
    if (this.#violations !== null) this.#violations += findUnsettled(this.#tree).length;
    return outcome.peer;
  }

  takeDirections(): Iterable<Direction> {
    const given = [...this.#directions.values()];
    this.#directions.clear();
    return given;
  }

  childrenOf(peer: PeerNumber): readonly PeerNumber[] {
    return this.#tree.peer(peer)?.children.map((child) => child.number) ?? NOBODY;
  }

  plansBelow(peer: PeerNumber): ReadonlyMap<PeerNumber, PushedPlan> {
    const children = this.#tree.peer(peer)?.children ?? [];
    if (!this.pushesPlans || children.length === 0) return NO_PLANS;
    const plans = new Map<PeerNumber, PushedPlan>();
    for (const child of children) {
      const plan = this.#tree.placement?.planOf(child) ?? null;
      if (plan !== null) plans.set(child.number, { rank: plan.rank, connectTo: plan.connectTo?.number ?? ORIGIN });
    }
    return plans;
  }

  visitDepths(visit: (depth: number) => void): void {
    for (const peer of this.#tree.peers()) if (peer.standing === 'placed') visit(peer.depth);
  }

  countViolations(): number {
    return findViolations(this.#tree).length;
  }

  stateHash(): string {
    return createHash('sha256').update(canonicalState(this.#tree)).digest('hex');
  }

  #tend(nowMs: number): void {
    const tree = this.#tree;
    for (let before = -1; before !== tree.position;) {
      const hasPlace = tree.nextWaiting() !== null && (tree.hasRootSlot() || tree.bestSlot() !== null);
      if (tree.nextSurplus() === null && !hasPlace) return;
      before = tree.position;
      decide(tree, { type: 'Tend' }, nowMs, (event) => this.#hear(event));
    }
  }

  #hear(event: RecordedTopologyEvent): void {
    if (event.type === 'ParentAssigned') this.#direct(event.peer, event.parent, event.cause);
    else if (event.type === 'PeerWaiting') this.#direct(event.peer, null, 'waiting');
    this.options.onEvent?.(event);
    if (this.#violations === null) return;
    this.#events += 1;
    this.#violations += countFaultsAround(this.#tree, event);
    if (this.#events % EVENTS_PER_FULL_CHECK === 0) this.#violations += this.countViolations();
  }

  #direct(peer: PeerNumber, parent: PeerNumber | null, cause: Direction['cause']): void {
    this.#directions.delete(peer);
    this.#directions.set(peer, { peer, parent, cause });
  }
}

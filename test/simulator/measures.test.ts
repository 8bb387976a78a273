import { describe, expect, it } from '@jest/globals';
import type { TopologyCommand } from '../../src/domain/commands.js';
import { ORIGIN, type PeerNumber } from '../../src/domain/ids.js';
import type { Direction, Planner, PushedPlan } from '../../src/simulator/planner.js';
import type { Scenario } from '../../src/simulator/scenario.js';
import { drawnEvent } from '../../src/simulator/policies.js';
import { Simulation } from '../../src/simulator/simulation.js';

/** A planner that does as it is told: each peer gets the parent written down for it when the peer joins, or loses its parent. */
class ScriptedPlanner implements Planner {
  readonly tenureMs = null;
  readonly violations = null;
  #numbers = 0;
  #directions: Direction[] = [];
  readonly #parents = new Map<PeerNumber, PeerNumber>();

  constructor(
    readonly pushesPlans: boolean,
    /** For each peer in order of joining: its first parent, and those it gets as each one goes; null lets it wait. */
    private readonly script: (PeerNumber | null)[][],
    private readonly plan?: PushedPlan,
  ) {}

  submit(command: TopologyCommand): PeerNumber | null {
    if (command.type === 'Join') {
      this.#numbers += 1;
      this.#next(this.#numbers);
      return this.#numbers;
    }
    if (command.type !== 'Leave' && command.type !== 'Expire' && command.type !== 'Suspect') return null;
    for (const child of this.childrenOf(command.peer)) this.#next(child);
    return command.peer;
  }

  takeDirections(): Direction[] {
    return this.#directions.splice(0);
  }

  childrenOf(peer: PeerNumber): PeerNumber[] {
    return [...this.#parents].filter(([, parent]) => parent === peer).map(([child]) => child);
  }

  plansBelow(peer: PeerNumber): ReadonlyMap<PeerNumber, PushedPlan> {
    return new Map(this.plan === undefined ? [] : this.childrenOf(peer).map((child) => [child, this.plan!]));
  }

  visitDepths(visit: (depth: number) => void): void {
    for (const depth of [0, 1, 3]) visit(depth);
  }

  countViolations(): number {
    return 0;
  }

  stateHash(): string {
    return '';
  }

  #next(peer: PeerNumber): void {
    const parent = this.script[peer - 1]!.shift() ?? null;
    if (parent === null) this.#parents.delete(peer);
    else this.#parents.set(peer, parent);
    this.#directions.push({ peer, parent, cause: parent === null ? 'waiting' : 'joined' });
  }
}

/** Everyone joins at once and stays for `seconds`; the run lasts 100 s. */
function scenario(viewers: number, seconds: number, silentShare = 0): Scenario {
  return {
    name: 'by-hand',
    runMs: 100_000,
    measureFromMs: 0,
    arrivals: [{ kind: 'flash', viewers, atMs: 0, withinMs: 1 }],
    sessions: { kind: 'fixed', seconds },
    capacities: [{ from: 3, to: 3, share: 1 }],
    limits: { rootPeerCount: 1, maxChildren: 3, maxDepth: 2 },
    silentShare,
    freeRiderShare: 0,
  };
}

function measure(on: Scenario, planner: Planner) {
  const settings = { policy: 'script', policyVersion: 0, ...on.limits, heartbeatTimeoutMs: 10_000 };
  const run = new Simulation(drawnEvent(on, 1), planner, settings).run();
  for (;;) {
    const step = run.next();
    if (step.done === true) return step.value.measures;
  }
}

/** One root that leaves after 50 s, and a child that joins with it, or a moment later, and stays. */
function rootLeaves(silentShare: number, planner: Planner) {
  const on = scenario(1, 50, silentShare);
  const child = { kind: 'flash', viewers: 1, atMs: 10_000, withinMs: 1 } as const;
  return measure({ ...on, arrivals: [...on.arrivals, child] }, planner);
}

describe('measures of a history made by hand', () => {
  it('a root is fed 1.6 s after it joins, by the origin', () => {
    const measures = measure(scenario(1, 200), new ScriptedPlanner(false, [[ORIGIN]]));
    expect(measures).toMatchObject({
      fed_percentage: expect.closeTo(98.4),
      offload_percentage: 0,
      interruptions_per_hour: 0,
      starved_percentage: 0,
      startup_p95_s: 1.6,
      rejected_percentage: 0,
      waiting_percentage: 0,
    });
  });

  it('a child is fed by a peer', () => {
    const measures = measure(scenario(2, 200), new ScriptedPlanner(false, [[ORIGIN], [1]]));
    expect(measures.offload_percentage).toBeCloseTo(49.2);
  });

  it('who waits is rejected, waits, and does not starve', () => {
    const measures = measure(scenario(2, 200), new ScriptedPlanner(false, [[ORIGIN], [null]]));
    expect(measures).toMatchObject({ rejected_percentage: 50, waiting_percentage: 50, starved_percentage: 0 });
    expect(measures.fed_percentage).toBeCloseTo(49.2);
  });

  it('after a graceful leave the child is cut off for 0.2 s and the time of a link', () => {
    const measures = rootLeaves(0, new ScriptedPlanner(false, [[ORIGIN], [1, ORIGIN]]));
    expect(measures).toMatchObject({ outage_p50_s: 1.8, outage_p95_s: 1.8, outages_within_4s_percentage: 100 });
    // The root is online for 50 s, the child for 50 s until it leaves in its turn.
    expect(measures.starved_percentage).toBeCloseTo(1.8);
    expect(measures.interruptions_per_hour).toBeCloseTo(3_600 / (100 - 1.6 * 2 - 1.8));
    expect(measures.messages_per_departure).toBeCloseTo(0.5);
    expect(measures.planned_moves_per_departure).toBe(0);
  });

  it('a child that follows its plan is back after 0.5 s as heir, 0.8 s as sibling', () => {
    const after = (rank: PushedPlan['rank']) =>
      rootLeaves(0, new ScriptedPlanner(true, [[ORIGIN], [1, ORIGIN]], { rank, connectTo: ORIGIN })).outage_p50_s;
    expect(after('heir')).toBe(0.5);
    expect(after('sibling')).toBe(0.8);
  });

  it('a plan that the service does not agree with is worth nothing', () => {
    const plan = { rank: 'heir', connectTo: 99 } as const;
    expect(rootLeaves(0, new ScriptedPlanner(true, [[ORIGIN], [1, ORIGIN]], plan)).outage_p50_s).toBe(1.8);
  });

  it('after a silent leave the deadline has to pass, unless children report the stall', () => {
    const script = () => [[ORIGIN], [1, ORIGIN]];
    const unreported = rootLeaves(1, new ScriptedPlanner(false, script())).outage_p50_s;
    expect(unreported).toBeGreaterThanOrEqual(10);
    expect(unreported).toBeLessThan(16.6);
    expect(rootLeaves(1, new ScriptedPlanner(true, script())).outage_p50_s).toBeCloseTo(3.8);
  });

  it('depths are those of the looks, and what is below the limit is too deep', () => {
    const measures = measure(scenario(1, 200), new ScriptedPlanner(false, [[ORIGIN]]));
    expect(measures.depth_mean).toBeCloseTo(4 / 3);
    expect(measures.depth_p95).toBe(3);
    expect(measures.too_deep_percentage).toBeCloseTo(100 / 3);
  });
});

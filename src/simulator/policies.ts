import type { PolicyIdeas, RecordedTopologyEvent, TrackSettings } from '../domain/events.js';
import { newestPolicy } from '../domain/policies/registry.js';
import { scheduleArrivals } from './audience.js';
import { LvqrPlanner } from './baselines/lvqr-planner.js';
import { SAMPLING_RULES, SampledPlacement } from './baselines/sampled-placement.js';
import { DomainPlanner } from './domain-planner.js';
import type { Planner } from './planner.js';
import type { Scenario } from './scenario.js';
import { SeededRandom } from './seeded-random.js';
import { RUN_START_MS, type RunResult, type SimulatedEvent, Simulation } from './simulation.js';

const HEARTBEAT_TIMEOUT_MS = 10_000;
const TENURE_MS = 300_000;
/** Stream of the seed that the sampling baselines draw from. */
const SAMPLES = 1_000;

/** A policy that can be measured, and how it reads in a table. */
export interface Contender {
  readonly name: string;
  /** A policy of the service, with its ideas; null for a baseline of the simulator. */
  readonly policy: string | null;
  readonly ideas?: PolicyIdeas;
}

/** Every name `--policy` takes. The last four stand only in the simulator, to compare with. */
export const CONTENDERS: readonly Contender[] = [
  { name: 'resilient', policy: 'resilient' },
  { name: 'shallowest', policy: 'shallowest' },
  { name: 'random', policy: null },
  { name: 'longest-first', policy: null },
  { name: 'minimum-depth', policy: null },
  { name: 'lvqr-unrepaired', policy: null },
];

/** The ideas of `resilient` one on top of the other, so that what each brings can be seen. */
export const ABLATION: readonly Contender[] = [
  { name: 'earliest join only', policy: 'resilient', ideas: { swap: false, heir: false, tenureMs: null } },
  { name: '+ swap', policy: 'resilient', ideas: { swap: true, heir: false, tenureMs: null } },
  { name: '+ heir and plan', policy: 'resilient', ideas: { swap: true, heir: true, tenureMs: null } },
  { name: '+ tenure', policy: 'resilient', ideas: { swap: true, heir: true, tenureMs: TENURE_MS } },
];

export type RunOptions = Readonly<{
  check?: boolean;
  onEvent?: (event: RecordedTopologyEvent) => void;
}>;

/**
 * Runs one scenario with one policy and one seed, minute by minute of virtual time. The same three give the same result, to the
 * last bit.
 */
export function scenarioRun(
  scenario: Scenario,
  contender: Contender,
  seed: number,
  options: RunOptions = {},
): Generator<number, RunResult> {
  const settings = settingsOf(scenario, contender);
  const planner = plannerOf(contender, settings, seed, options);
  return new Simulation(drawnEvent(scenario, seed), planner, settings).run();
}

/** The whole run at once. */
export function runScenario(
  scenario: Scenario,
  contender: Contender,
  seed: number,
  options: RunOptions = {},
): RunResult {
  const run = scenarioRun(scenario, contender, seed, options);
  for (;;) {
    const step = run.next();
    if (step.done === true) return step.value;
  }
}

/** The event that a scenario draws from a seed. */
export function drawnEvent(scenario: Scenario, seed: number): SimulatedEvent {
  const { runMs, measureFromMs, limits } = scenario;
  return {
    runMs,
    measureFromMs,
    maxDepth: limits.maxDepth,
    startMs: RUN_START_MS,
    schedule: (time, stage) => scheduleArrivals(scenario, seed, time, (plan) => stage.arrive(plan)),
  };
}

function settingsOf({ limits }: Scenario, { name, policy, ideas }: Contender): TrackSettings {
  return {
    policy: policy ?? name,
    policyVersion: (policy === null ? null : newestPolicy(policy))?.version ?? 0,
    ...limits,
    heartbeatTimeoutMs: HEARTBEAT_TIMEOUT_MS,
    ...(ideas === undefined ? {} : { ideas }),
  };
}

function plannerOf({ name, policy }: Contender, settings: TrackSettings, seed: number, options: RunOptions): Planner {
  if (policy !== null) return new DomainPlanner(settings, RUN_START_MS, options);
  const rule = SAMPLING_RULES[name];
  if (rule === undefined) return new LvqrPlanner(settings);
  const placement = new SampledPlacement(settings, rule, new SeededRandom(seed, SAMPLES));
  return new DomainPlanner(settings, RUN_START_MS, { ...options, placement });
}

import { Command, InvalidArgumentError } from 'commander';
import { grouped } from '../history/spoken-figures.js';
import { ABLATION, CONTENDERS, type Contender, scenarioRun } from '../simulator/policies.js';
import type { Scenario } from '../simulator/scenario.js';
import { SCENARIOS, scenarioNamed } from '../simulator/scenarios.js';
import type { RunResult } from '../simulator/simulation.js';
import { printJson, printLines } from './print-lines.js';
import { ProgressLine } from './progress-line.js';
import { measuresJson, measureTable, type PolicyRuns } from './simulate/measure-table.js';
import { RunLog } from './simulate/run-log.js';
import { readScenarioFile } from './simulate/scenario-file.js';
import { EXIT_FINDING, EXIT_OK, WrongUse } from './wrong-use.js';

const SEED_MAX = 2 ** 31 - 1;
const RUNS_MAX = 1_000;
const MINUTE_MS = 60_000;
const UNREPAIRED = 'lvqr-unrepaired';

const NOTES = `
Scenarios: ${SCENARIOS.map(({ name }) => name).join(', ')}; or a JSON file (docs/planner.md shows one).
Policies: ${CONTENDERS.map(({ name }) => name).join(', ')}. The first two are the service's; the others stand only
here, to compare with: three textbook rules that choose among 100 random members, and LVQR as it is.

Time is virtual, and everything is drawn from the seed: the same scenario, policy and seed give the same state hash
on every machine. --log writes each run as a track SCENARIO/POLICY/SEED, which tracks, tree, events and verify read.

Exit code: 0; 1 when --check found a violation; 2 on wrong use.`;

type Options = Readonly<{
  policy: readonly Contender[];
  seeds: readonly number[];
  ablate: boolean;
  check: boolean;
  json: boolean;
  log?: string;
}>;

/** The verb `simulate`: a virtual audience against the planner, and what its viewers get to see. */
export function simulateCommand(): Command {
  return new Command('simulate')
    .description('a virtual audience: how well a policy feeds it, side by side with others')
    .argument('<scenario>', 'name of a scenario, or a JSON file')
    .option('--policy <names>', 'policies to compare, with commas', parsePolicies, parsePolicies('resilient'))
    .option('--seeds <numbers>', 'one run for each seed, with commas', parseSeeds, [1])
    .option('--ablate', 'what each idea of resilient brings, one on top of the other', false)
    .option('--check', 'look for broken rules at every event (slower)', false)
    .option('--json', 'print one JSON document', false)
    .option('--log <dir>', 'write the runs into this data directory')
    .addHelpText('after', NOTES)
    .action(async (named: string, options: Options) => {
      process.exitCode = await simulate(named, options);
    });
}

async function simulate(named: string, options: Options): Promise<number> {
  const scenario = scenarioNamed(named) ?? (named.endsWith('.json') ? readScenarioFile(named) : unknownScenario(named));
  const contenders = options.ablate ? ABLATION : options.policy;
  const log = options.log === undefined ? null : await openLog(options.log, contenders);
  const progress = new ProgressLine();
  try {
    const policies: PolicyRuns[] = [];
    for (const contender of contenders) {
      const runs: { seed: number; result: RunResult }[] = [];
      for (const seed of options.seeds)
        runs.push({ seed, result: await runOnce(scenario, contender, seed, options.check, log, progress) });
      policies.push({ policy: contender.name, runs });
    }
    progress.clear();
    if (options.json) await printJson(measuresJson(scenario.name, policies));
    else await printLines(measureTable(scenario.name, policies));
    return policies.some(({ runs }) => runs.some(({ result }) => (result.violations ?? 0) > 0))
      ? EXIT_FINDING
      : EXIT_OK;
  } finally {
    await log?.close();
  }
}

async function runOnce(
  scenario: Scenario,
  contender: Contender,
  seed: number,
  check: boolean,
  log: RunLog | null,
  progress: ProgressLine,
): Promise<RunResult> {
  const track = `${scenario.name}/${contender.name.replaceAll(/[^A-Za-z0-9]+/g, '-').replace(/^-/, 'plus-')}/${String(seed)}`;
  if (log !== null && (await log.has(track))) throw new WrongUse(`the data directory has a track ${track} already`);
  const run = scenarioRun(scenario, contender, seed, {
    check,
    ...(log === null ? {} : { onEvent: (event) => log.take(event) }),
  });
  for (;;) {
    const step = run.next();
    await log?.flush(track);
    if (step.done === true) return step.value;
    const [done, all] = [step.value, scenario.runMs].map((ms) => grouped(Math.round(ms / MINUTE_MS)));
    progress.update(
      `${scenario.name}, ${contender.name}, seed ${String(seed)}: minute ${String(done)} of ${String(all)}`,
    );
  }
}

function openLog(dataDir: string, contenders: readonly Contender[]): Promise<RunLog> {
  if (contenders.some(({ name }) => name === UNREPAIRED))
    throw new WrongUse(`${UNREPAIRED} makes trees that no log can hold: leave it out of --policy, or --log away`);
  return RunLog.open(dataDir);
}

function unknownScenario(named: string): never {
  const names = SCENARIOS.map(({ name }) => name).join(', ');
  throw new WrongUse(`no scenario "${named}"; allowed is ${names}, or a file that ends in .json`);
}

function parsePolicies(text: string): Contender[] {
  return text.split(',').map((name) => {
    const found = CONTENDERS.find((contender) => contender.name === name);
    if (found !== undefined) return found;
    throw new InvalidArgumentError(`Allowed is ${CONTENDERS.map((contender) => contender.name).join(', ')}.`);
  });
}

function parseSeeds(text: string): number[] {
  const seeds = text.split(',');
  if (seeds.length > RUNS_MAX) throw new InvalidArgumentError(`Give at most ${String(RUNS_MAX)} seeds.`);
  return seeds.map((digits) => {
    const seed = Number(digits);
    if (/^\d+$/.test(digits) && seed <= SEED_MAX) return seed;
    throw new InvalidArgumentError(`A seed is a whole number up to ${String(SEED_MAX)}.`);
  });
}

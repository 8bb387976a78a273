import { MEASURES } from '../../simulator/measures.js';
import type { RunResult } from '../../simulator/simulation.js';
import { summarise } from '../../simulator/summary.js';
import { drawTable } from '../draw-table.js';

/** All runs of one policy in one scenario. */
export type PolicyRuns = Readonly<{ policy: string; runs: readonly Readonly<{ seed: number; result: RunResult }>[] }>;

/** One JSON document: each seed, and mean and standard deviation over the seeds. */
export function measuresJson(scenario: string, policies: readonly PolicyRuns[]): object {
  return {
    scenario,
    policies: policies.map(({ policy, runs }) => {
      const { mean, standardDeviation } = summarise(runs.map(({ result }) => result.measures));
      const violations = sumOf(runs);
      return {
        policy,
        seeds: runs.map(({ seed, result }) => ({
          seed,
          joins: result.joins,
          ...result.measures,
          violations: result.violations,
          state_hash: result.stateHash,
        })),
        mean: { ...mean, violations: violations === null ? null : violations / runs.length },
        standard_deviation: standardDeviation,
      };
    }),
  };
}

/** The policies side by side, a measure a line; the spread over the seeds behind the mean. */
export function* measureTable(scenario: string, policies: readonly PolicyRuns[]): IterableIterator<string> {
  const columns = policies.map(({ runs }) => summarise(runs.map(({ result }) => result.measures)));
  const rows: string[][] = MEASURES.map((measure) => [
    measure,
    ...columns.map(({ mean, standardDeviation }, at) => {
      const spread = (policies[at]?.runs.length ?? 0) > 1 ? ` ± ${figure(standardDeviation[measure])}` : '';
      return figure(mean[measure]) + spread;
    }),
  ]);
  rows.push(['violations', ...policies.map(({ runs }) => sumOf(runs)?.toString() ?? '-')]);
  const right = new Set(policies.map((_policy, at) => at + 1));
  yield* drawTable([scenario, ...policies.map(({ policy }) => policy)], rows, right);
  yield '';
  for (const { policy, runs } of policies)
    for (const { seed, result } of runs)
      yield `state hash of ${policy}, seed ${String(seed)}: ${result.stateHash.slice(0, 16)}`;
}

/** Null where nobody looked for violations. */
function sumOf(runs: PolicyRuns['runs']): number | null {
  let sum = 0;
  for (const { result } of runs) {
    if (result.violations === null) return null;
    sum += result.violations;
  }
  return sum;
}

function figure(value: number): string {
  return value >= 1_000 ? value.toFixed(0) : value.toFixed(2);
}

import type { Benchmark, Figure } from './benchmark.js';
import { MEASURED_POLICIES, type MeasuredPolicy, POLICY_TAGS } from './grown-track.js';

/** One figure: its name, the policy and the number of peers it is about. */
export type PolicyFigure = Readonly<{ name: string; policy: MeasuredPolicy; peers: number }>;

/** `PREFIX_SIZE` under the default policy and `PREFIX_shallowest_SIZE` under the plain rule, at each size. */
export function policyBenchmark(
  prefix: string,
  sizes: Readonly<Record<string, number>>,
  measureOne: (figure: PolicyFigure) => Figure,
): Benchmark {
  const figures = MEASURED_POLICIES.flatMap((policy) =>
    Object.entries(sizes).map(([size, peers]) => ({ name: `${prefix}_${POLICY_TAGS[policy]}${size}`, policy, peers })),
  );
  return {
    names: figures.map(({ name }) => name),
    measure: (wanted) => figures.filter(({ name }) => wanted.has(name)).map(measureOne),
  };
}

import { availableParallelism, loadavg } from 'node:os';

/** One result, as `npm run bench -- --json` prints it under its name. */
export interface Figure {
  readonly name: string;
  /** Median of the runs. */
  readonly value: number;
  readonly unit: string;
  /** The same work by plainer means, measured in the same run; null where there is nothing to compare with. */
  readonly baseline: number | null;
  /** `value / baseline`. */
  readonly ratio: number | null;
  readonly runs: number;
  /** Sizes, machine, and what else must be known to measure it again. */
  readonly conditions: string;
}

/** A group of figures that one measurement yields. */
export interface Benchmark {
  readonly names: readonly string[];
  /** Left out when everything is asked for: it installs what nothing else needs. */
  readonly onlyByName?: true;
  /** @param wanted some of `names`; what costs time of its own is left out unless it is wanted. */
  measure(wanted: ReadonlySet<string>): Figure[] | Promise<Figure[]>;
}

/** What was measured, run by run. */
export interface Measured {
  readonly name: string;
  readonly unit: string;
  readonly values: readonly number[];
  readonly baselines?: readonly number[];
  readonly conditions: string;
}

/** Sums up the runs of one figure. */
export function figureOf({ name, unit, values, baselines = [], conditions }: Measured): Figure {
  const value = median(values);
  const baseline = baselines.length === 0 ? null : median(baselines);
  return {
    name,
    value: rounded(value),
    unit,
    baseline: baseline === null ? null : rounded(baseline),
    ratio: baseline === null || baseline === 0 ? null : rounded(value / baseline),
    runs: values.length,
    conditions: `${conditions}; ${machine()}`,
  };
}

/** The middle one; of an even number the mean of both in the middle. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** @param share 0..1; between two values it takes the part of the way that is due. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] ?? NaN;
  const above = sorted[Math.ceil(place)] ?? NaN;
  return below + (above - below) * (place - Math.floor(place));
}

/**
 * Microseconds of processor time that `work` takes, collecting its garbage included: for work in memory this is what it takes on
 * an idle machine, and it stays that on a busy one.
 */
export function processorMicrosecondsOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
export const PROCESSOR_TIME_TEXT = 'processor time of the process, garbage collection included';

/** Collects garbage now, so that a run does not pay for what was made before it. */
export function collectGarbage(): void {
  globalThis.gc?.();
}

/** Four digits: more would be noise. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

/** With how busy it was: of two cores, anything above about 1 takes from what is measured. */
function machine(): string {
  return `Node ${process.versions.node}, ${String(availableParallelism())} cores, ${process.platform} ${process.arch}, load average ${(loadavg()[0] ?? 0).toFixed(1)}`;
}

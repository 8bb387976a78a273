import { MEASURES, type Measures } from './measures.js';

/** Mean and sample standard deviation (0 for a single run) of each measure. */
export type Summary = Readonly<{ mean: Measures; standardDeviation: Measures }>;

export function summarise(runs: readonly Measures[]): Summary {
  const mean = eachMeasure((measure) => meanOf(runs.map((run) => run[measure])));
  const standardDeviation = eachMeasure((measure) => {
    const squares = runs.map((run) => (run[measure] - mean[measure]) ** 2);
    return runs.length < 2 ? 0 : Math.sqrt((meanOf(squares) * runs.length) / (runs.length - 1));
  });
  return { mean, standardDeviation };
}

function eachMeasure(of: (measure: (typeof MEASURES)[number]) => number): Measures {
  return Object.fromEntries(MEASURES.map((measure) => [measure, of(measure)])) as Measures;
}

function meanOf(numbers: readonly number[]): number {
  return numbers.length === 0 ? 0 : numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

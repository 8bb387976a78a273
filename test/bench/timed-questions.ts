import { collectGarbage, type Figure, figureOf, quantile } from './benchmark.js';

const RUNS = 3;
const SHARES = [0.5, 0.95];

/** One kind of question, asked so often. */
export interface TimedQuestion {
  /** What the names of its figures begin with. */
  readonly name: string;
  readonly perRun: number;
  /** What is asked of what, and how. */
  readonly text: string;
}

/** The figures that a question yields: its median and its 95th percentile. */
export function questionNames(name: string): string[] {
  return SHARES.map((share) => `${name}_p${String(share * 100)}`);
}

/** Times each of many questions, which `next` thinks of, by the clock, one after the other, after a run to warm up; their processor time stands in the conditions. */
export async function timedQuestions<Question>(
  { name, perRun, text }: TimedQuestion,
  next: () => Question,
  ask: (question: Question) => unknown,
): Promise<Figure[]> {
  const runs: number[][] = [];
  const processor: number[] = [];
  for (let run = -1; run < RUNS; run += 1) {
    collectGarbage();
    const times: number[] = [];
    for (let asked = 0; asked < perRun; asked += 1) {
      const question = next();
      const before = process.cpuUsage();
      const startedAt = performance.now();
      await ask(question);
      times.push(performance.now() - startedAt);
      const { user, system } = process.cpuUsage(before);
      if (run >= 0) processor.push((user + system) / 1000);
    }
    if (run >= 0) runs.push(times);
  }
  const used = SHARES.map((share) => quantile(processor, share).toFixed(1));
  const conditions = `${text}; ${String(perRun)} questions a run, 1 run to warm up; processor time p50 ${String(used[0])} ms, p95 ${String(used[1])} ms; files in the system's page cache`;
  return questionNames(name).map((figure, index) =>
    figureOf({
      name: figure,
      unit: 'ms',
      values: runs.map((times) => quantile(times, SHARES[index] ?? 0)),
      conditions,
    }),
  );
}

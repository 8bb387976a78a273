import type { Figure } from './benchmark.js';

/** `{ name: { value, unit, baseline, ratio, runs, conditions } }` */
export function asJson(figures: readonly Figure[]): string {
  return JSON.stringify(Object.fromEntries(figures.map(({ name, ...figure }) => [name, figure])), null, 2);
}

/** One line for each figure, numbers to the right; the conditions stand below, because they are long and matter. */
export function asTable(figures: readonly Figure[]): string {
  const head = ['benchmark', 'value', 'unit', 'baseline', 'ratio', 'runs'];
  const rows = figures.map(({ name, value, unit, baseline, ratio, runs }) => [
    name,
    spoken(value),
    unit,
    baseline === null ? '-' : spoken(baseline),
    ratio === null ? '-' : spoken(ratio),
    String(runs),
  ]);
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const isText = (column: number): boolean => column === 0 || column === 2;
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  const conditions = figures.map(({ name, conditions }) => `${name}: ${conditions}`);
  return [line(head), ...rows.map(line), '', ...conditions].join('\n');
}

function spoken(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString('en-US') : String(value);
}

import { ALL_NAMES, CATALOGUE, namesFor } from './catalogue.js';
import type { Figure } from './benchmark.js';
import { asJson, asTable } from './print-figures.js';

/** `npm run bench [-- NAME ...] [-- --json]`. */
const asked = process.argv.slice(2).filter((argument) => argument !== '--');
const wantsJson = asked.includes('--json');
const names = asked.filter((argument) => argument !== '--json');
const unknown = names.filter((name) => namesFor(name) === null);

if (unknown.length > 0) {
  console.error(`no benchmark ${unknown.join(', ')}; there are:\n${ALL_NAMES.map((name) => `  ${name}`).join('\n')}`);
  process.exitCode = 2;
} else {
  const wanted = new Set(names.length === 0 ? ALL_NAMES : names.flatMap((name) => namesFor(name) ?? []));
  const figures = await measureAll(wanted);
  console.log(wantsJson ? asJson(figures) : asTable(figures));
}

async function measureAll(wanted: ReadonlySet<string>): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const benchmark of CATALOGUE) {
    const names = benchmark.names.filter((name) => wanted.has(name));
    if (names.length === 0) continue;
    const startedAt = performance.now();
    const measured = await benchmark.measure(wanted);
    figures.push(...measured.filter(({ name }) => wanted.has(name)));
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    console.error(`measured ${names[0] ?? ''}${names.length > 1 ? ' ...' : ''} in ${seconds} s`);
  }
  return figures;
}

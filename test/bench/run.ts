import { parseArgs } from 'node:util';
import { ALL_NAMES, CATALOGUE, namesFor, USUAL_NAMES } from './catalogue.js';
import type { Figure } from './benchmark.js';
import { chooseLogEvents, keepLogIn, LOG_EVENTS } from './log-size.js';
import { asJson, asTable } from './print-figures.js';
import { chooseSoakSeconds, SOAK_SECONDS } from './run-length.js';

/** `npm run bench [-- NAME ...] [-- --json] [-- --events N] [-- --seconds N] [-- --log DIR]`. */
const { positionals, values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: {
    json: { type: 'boolean', default: false },
    events: { type: 'string', default: String(LOG_EVENTS) },
    log: { type: 'string' },
    seconds: { type: 'string', default: String(SOAK_SECONDS) },
  },
  allowPositionals: true,
});
if (values.log !== undefined) keepLogIn(values.log);
const unknown = positionals.filter((name) => namesFor(name) === null);

if (!chooseLogEvents(values.events)) {
  console.error(`--events ${values.events}: a whole number of 100000 to 100000000, such as ${String(LOG_EVENTS)}`);
  process.exitCode = 2;
} else if (!chooseSoakSeconds(values.seconds)) {
  console.error(`--seconds ${values.seconds}: a whole number of 10 to 86400, such as ${String(SOAK_SECONDS)}`);
  process.exitCode = 2;
} else if (unknown.length > 0) {
  console.error(`no benchmark ${unknown.join(', ')}; there are:\n${ALL_NAMES.map((name) => `  ${name}`).join('\n')}`);
  process.exitCode = 2;
} else {
  const wanted = new Set(positionals.length === 0 ? USUAL_NAMES : positionals.flatMap((name) => namesFor(name) ?? []));
  const figures = await measureAll(wanted);
  console.log(values.json ? asJson(figures) : asTable(figures));
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

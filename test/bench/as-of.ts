import { stateHash } from '../../src/event-log/state-hash.js';
import { openEventLogReader } from '../../src/event-log/sqlite-event-log-reader.js';
import { treeAt } from '../../src/history/tree-at.js';
import { type Benchmark, collectGarbage, type Figure, figureOf, quantile } from './benchmark.js';
import { PAST_TRACK, type PastLog, withPastLog } from './past-log.js';
import { randomBelow, seededRandom } from './seeded-random.js';
import { withServiceOn } from './server-process.js';

const QUESTIONS = 50;
const RUNS = 3;

/** Asks for the tree after the event at a position. */
type Ask = (position: number) => void | Promise<void>;

interface Way {
  /** What its names begin with. */
  readonly name: string;
  readonly text: string;
  /** Runs `work` with a way to ask. */
  with(dataDir: string, work: (ask: Ask) => Promise<Figure[]>): Promise<Figure[]>;
}

const WAYS: readonly Way[] = [
  {
    name: 'as_of_ms',
    text: 'warm: one reader in this process for all of them; to the tree and its state hash',
    async with(dataDir, work) {
      const reader = openEventLogReader(dataDir);
      try {
        return await work((position) => void stateHash(treeAt(reader, PAST_TRACK, position)));
      } finally {
        reader.close();
      }
    },
  },
  {
    name: 'as_of_cold_ms',
    text: 'cold: files opened, statements prepared and the pages of SQLite read anew for each; to the tree and its state hash',
    with: (dataDir, work) =>
      work((position) => {
        const reader = openEventLogReader(dataDir);
        stateHash(treeAt(reader, PAST_TRACK, position));
        reader.close();
      }),
  },
  {
    name: 'as_of_json_ms',
    text: 'over HTTP from the service, a process of its own, to the last byte of the JSON',
    with: (dataDir, work) =>
      withServiceOn(dataDir, ({ port }) =>
        work(async (position) => {
          const path = `/api/v1/tracks/${encodeURIComponent(PAST_TRACK)}/tree?position=${String(position)}`;
          const response = await fetch(`http://127.0.0.1:${String(port)}${path}`);
          await response.arrayBuffer();
          if (!response.ok) throw new Error(`${path} was answered ${String(response.status)}`);
        }),
      ),
  },
];

/** `as_of_*`: the tree of a random position of a long log, as an operator asks for it. */
export const asOf: Benchmark = {
  names: WAYS.flatMap(({ name }) => [`${name}_p50`, `${name}_p95`]),
  measure: (wanted) =>
    withPastLog(async (log) => {
      const figures: Figure[] = [];
      for (const way of WAYS) {
        if (!wanted.has(`${way.name}_p50`) && !wanted.has(`${way.name}_p95`)) continue;
        figures.push(...(await way.with(log.dataDir, (ask) => measureWay(way, log, ask))));
      }
      return figures;
    }),
};

async function measureWay({ name, text }: Way, log: PastLog, ask: Ask): Promise<Figure[]> {
  const random = seededRandom(9);
  const runs: number[][] = [];
  const processor: number[] = [];
  for (let run = -1; run < RUNS; run += 1) {
    collectGarbage();
    const times: number[] = [];
    for (let question = 0; question < QUESTIONS; question += 1) {
      const position = 1 + randomBelow(random, log.events);
      const before = process.cpuUsage();
      const startedAt = performance.now();
      await ask(position);
      times.push(performance.now() - startedAt);
      const { user, system } = process.cpuUsage(before);
      if (run >= 0) processor.push((user + system) / 1000);
    }
    if (run >= 0) runs.push(times);
  }
  const used = [0.5, 0.95].map((share) => quantile(processor, share).toFixed(1));
  const conditions = `${String(QUESTIONS)} random positions a run, 1 run to warm up; ${log.text}; ${text}; processor time p50 ${String(used[0])} ms, p95 ${String(used[1])} ms; files in the system's page cache`;
  return [0.5, 0.95].map((share) =>
    figureOf({
      name: `${name}_p${String(share * 100)}`,
      unit: 'ms',
      values: runs.map((times) => quantile(times, share)),
      conditions,
    }),
  );
}
